package io.sparkinversion.worker;

import io.sparkinversion.image.Restoration;
import io.sparkinversion.worker.ImageLoader.Loaded;
import java.util.function.Function;

/** Says which size the pictures of an outcome get. */
interface Restorer {
    /** That of the image that went through the engine. */
    Restorer NONE = new Restorer() {
        @Override
        public <T> T with(Loaded loaded, Function<Restoration, T> work) {
            return work.apply(Restoration.none(loaded.image()));
        }
    };

    /**
     * Does the work with what gives the results their size; what it holds may be freed afterwards.
     *
     * @throws IllegalStateException if the image's own size cannot be given back, with the reason
     */
    <T> T with(Loaded loaded, Function<Restoration, T> work);
}
