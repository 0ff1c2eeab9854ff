package io.sparkinversion.worker;

import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.image.Restoration;
import io.sparkinversion.worker.ImageLoader.Loaded;
import java.util.function.Function;

/** Gives results the size of the image's file. Its picture is read again: to keep those of several batches takes too much. */
record SourceSizes(ImageLoader loader, Filter filter) implements Restorer {
    @Override
    public <T> T with(Loaded loaded, Function<Restoration, T> work) {
        return loader.withPicture(loaded, picture -> work.apply(new Restoration(picture, loaded.placement(), filter)));
    }
}
