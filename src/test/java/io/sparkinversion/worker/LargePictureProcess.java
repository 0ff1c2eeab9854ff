package io.sparkinversion.worker;

import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.worker.ImageLoader.Loaded;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;

/** A process with a small heap that loads the named files side by side, on an executor's threads. */
final class LargePictureProcess {
    private LargePictureProcess() {}

    public static void main(String[] files) throws Exception {
        WorkerSettings settings = new WorkerSettingsBuilder("m", "f")
                .device("cpu")
                .precision(Precision.FLOAT32)
                .methods(List.of(Method.DDIM_CFG))
                .steps(1)
                .guidance(7.5)
                .resolution(64)
                .resize(Filter.BICUBIC)
                .batchSize(1)
                .maxPixels(178_956_970)
                .build();
        ImageLoader loader = new ImageLoader(
                address -> Files.newInputStream(Path.of(address)),
                settings,
                EngineRegistry.pictureHeap(),
                PipelineFixture.unwatched());
        List<Future<Loaded>> all = new ArrayList<>();
        for (String file : files) {
            WorkItem item = new WorkItem("id", file, "a caption", null, null, null);
            all.add(EngineRegistry.imageThreads().submit(() -> loader.load(item)));
        }
        for (Future<Loaded> one : all) {
            Loaded loaded = one.get();
            System.out.println(
                    loaded.failure() == null
                            ? "loaded " + loaded.source().width() + "x"
                                    + loaded.source().height() + " to "
                                    + loaded.image().size() + " "
                                    + (loaded.image().pixels()[3 * (64 * 32 + 32)] & 0xff)
                            : loaded.failure().code() + " " + loaded.failure().message());
        }
    }
}
