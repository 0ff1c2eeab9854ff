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
        WorkerSettings settings = new WorkerSettings(
                "m",
                "f",
                null,
                "cpu",
                Precision.FLOAT32,
                List.of(Method.DDIM_CFG),
                1,
                7.5,
                64,
                Filter.BICUBIC,
                1,
                178_956_970,
                0);
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
