package io.sparkinversion.worker;

import io.sparkinversion.engine.Engine.Input;
import io.sparkinversion.image.ImageDecoder;
import io.sparkinversion.image.ImageException;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** The hundred sample pictures, 64x64, and the model that knows their kind. */
public final class Samples {
    public static final Path MODEL = Path.of("data-samples/models/emoji-ldm");
    public static final Path LPIPS = Path.of("data-samples/models/lpips-demo.safetensors");
    static final int RESOLUTION = 64;

    private Samples() {}

    static Path image(int number) {
        return Path.of("data-samples/images", "%03d.png".formatted(number)).toAbsolutePath();
    }

    static String caption(int number) {
        try {
            return Files.readAllLines(Path.of("data-samples/captions.csv"))
                    .get(number + 1)
                    .split(",")[2];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Input input(int number) {
        try {
            return new Input(ImageDecoder.decode(Files.readAllBytes(image(number)), Long.MAX_VALUE), caption(number));
        } catch (IOException | ImageException e) {
            throw new IllegalStateException("sample " + number, e);
        }
    }

    public static List<Input> inputs(int count) {
        return IntStream.range(0, count).mapToObj(Samples::input).toList();
    }

    static WorkItem item(int number, String path) {
        return new WorkItem("sample " + number, path, caption(number), null, null, null);
    }

    static WorkerSettings settings(int steps, int batchSize) {
        return new WorkerSettingsBuilder(MODEL.toAbsolutePath().toString(), "a fingerprint")
                .lpipsWeights(LPIPS.toAbsolutePath().toString())
                .device("cpu")
                .precision(Precision.FLOAT32)
                .methods(List.of(Method.NEGATIVE_PROMPT))
                .steps(steps)
                .guidance(7.5)
                .resolution(RESOLUTION)
                .resize(Filter.BICUBIC)
                .batchSize(batchSize)
                .maxPixels(1_000_000)
                .build();
    }
}
