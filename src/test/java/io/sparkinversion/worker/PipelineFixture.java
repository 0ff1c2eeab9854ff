package io.sparkinversion.worker;

import io.sparkinversion.engine.Engine;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.image.Sizing;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.worker.ImageLoader.FileReader;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/** A pipeline around a {@link FakeEngine}, with image threads of its own and a monitor that remembers. */
final class PipelineFixture implements AutoCloseable {
    static final int RESOLUTION = 16;
    static final int IMAGE_THREADS = 2;
    static final long MAX_PIXELS = 1_000_000;

    private final FakeEngine engine;
    private final int batchSize;
    private final List<ImageOutcome> reported = Collections.synchronizedList(new ArrayList<>());
    private ExecutorService imageThreads = Executors.newFixedThreadPool(IMAGE_THREADS);
    private FileReader files = address -> Files.newInputStream(Path.of(address));
    private Supplier<Engine> supplier;
    private BatchLimit limit;
    private Sizing sizing = Sizing.square(RESOLUTION);
    private boolean restoresSize;
    private boolean timesAlone;

    PipelineFixture(FakeEngine engine, int batchSize) {
        this.engine = engine;
        this.batchSize = batchSize;
        this.supplier = () -> engine;
        this.limit = new BatchLimit(batchSize);
    }

    PipelineFixture withFiles(FileReader reader) {
        files = reader;
        return this;
    }

    PipelineFixture withImageThreads(ExecutorService threads) {
        imageThreads.shutdown();
        imageThreads = threads;
        return this;
    }

    PipelineFixture withEngine(Supplier<Engine> other) {
        supplier = other;
        return this;
    }

    PipelineFixture withSizing(Sizing other) {
        sizing = other;
        return this;
    }

    PipelineFixture restoringSizes() {
        restoresSize = true;
        return this;
    }

    PipelineFixture timingAlone() {
        timesAlone = true;
        return this;
    }

    PipelineFixture withLimit(BatchLimit shared) {
        limit = shared;
        return this;
    }

    FakeEngine engine() {
        return engine;
    }

    /** Checkpoints where nobody waits. */
    static Checkpoints unwatched() {
        return new Checkpoints(WorkerHook.NONE, new StallWatch(System::nanoTime, report -> {}), Duration.ofMinutes(1));
    }

    /** What the monitor was told. */
    List<ImageOutcome> reported() {
        return List.copyOf(reported);
    }

    BatchPipeline over(Iterator<WorkItem> items) {
        WorkerMonitor monitor = new WorkerMonitor() {
            private static final long serialVersionUID = 1L;

            @Override
            public void modelLoaded(String place) {}

            @Override
            public void imageDone(ImageOutcome outcome) {
                reported.add(outcome);
            }
        };
        WorkerSettings settings =
                settings("a model", batchSize).toBuilder().sizing(sizing).build();
        ImageLoader loader = new ImageLoader(files, settings, EngineRegistry.pictureHeap(), unwatched());
        Restorer restorer = restoresSize ? new SourceSizes(loader, settings.resize()) : Restorer.NONE;
        BatchPipeline pipeline = new BatchPipeline(
                items,
                loader,
                supplier,
                new InversionWork(
                        settings.recipe(), ToldSizes.of(settings), new OutcomeMaker("3", "host-a", "gpu:7", restorer)),
                limit,
                imageThreads,
                monitor,
                unwatched());
        if (timesAlone) {
            pipeline.timeAlone();
        }
        return pipeline;
    }

    /** The outcomes of all items. */
    List<ImageOutcome> run(List<WorkItem> items) {
        List<ImageOutcome> outcomes = new ArrayList<>();
        try (BatchPipeline pipeline = over(items.iterator())) {
            pipeline.forEachRemaining(outcomes::add);
        }
        return outcomes;
    }

    static WorkerSettings settings(String model, int batchSize) {
        return new WorkerSettingsBuilder(model, "ab12")
                .device("cpu")
                .precision(Precision.FLOAT32)
                .methods(List.of(Method.NEGATIVE_PROMPT))
                .steps(50)
                .guidance(7.5)
                .resolution(RESOLUTION)
                .resize(Filter.BICUBIC)
                .batchSize(batchSize)
                .maxPixels(MAX_PIXELS)
                .build();
    }

    /** Good items {@code id 0}, {@code id 1} and so on, with captions {@code caption 0} and so on. */
    static List<WorkItem> items(int count) {
        return IntStream.range(0, count).mapToObj(PipelineFixture::item).toList();
    }

    static WorkItem item(int number) {
        return new WorkItem("id " + number, number + ".png", "caption " + number, null, png(20, 24, number), null);
    }

    static WorkItem withBytes(String id, byte[] bytes) {
        return new WorkItem(id, id, "caption of " + id, null, bytes, null);
    }

    /** A picture in one colour. */
    static byte[] png(int width, int height, int seed) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < width * height; i++) {
            image.setRGB(i % width, i / width, 0x204060 + 7 * seed);
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file.toByteArray();
    }

    static List<String> ids(List<ImageOutcome> outcomes) {
        return outcomes.stream().map(outcome -> outcome.item().imageId()).toList();
    }

    @Override
    public void close() {
        imageThreads.shutdownNow();
    }
}
