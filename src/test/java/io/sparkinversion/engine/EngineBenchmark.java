package io.sparkinversion.engine;

import static io.sparkinversion.engine.DeviceImages.secondsSince;

import ai.djl.Device;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.FakeModel;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.engine.DeviceChoice.Surroundings;
import io.sparkinversion.engine.Engine.Cost;
import io.sparkinversion.engine.Engine.Input;
import io.sparkinversion.engine.Engine.Result;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.metrics.Psnr;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.worker.Samples;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Times the engine without Spark, and shows how well it reconstructs the sample pictures:
 *
 * <pre>
 * java -cp ... io.sparkinversion.engine.EngineBenchmark --device gpu --precision float16 \
 *     --runs "negative-prompt/50/1 negative-prompt/50/8 null-text/2/1"
 * java -cp ... io.sparkinversion.engine.EngineBenchmark --model data-samples/models/emoji-ldm --pictures samples \
 *     --runs "negative-prompt/50/4"
 * </pre>
 *
 * <p>A run is a method, steps and the batch size. {@code --pictures} are {@code noise} of {@code --resolution} pixels,
 * or {@code samples} in the folder that the process runs in. {@code --model}, {@code --device} and {@code --precision}
 * are what {@code invert} has. Before each run, {@code --warm-up} steps of it are computed.
 */
final class EngineBenchmark {
    private static final double GUIDANCE = 7.5;
    private static final Map<String, String> DEFAULTS = Map.of(
            "model", FakeModel.PREFIX + "sd15",
            "device", "auto",
            "precision", "float32",
            "runs", "negative-prompt/50/1",
            "pictures", "noise",
            "resolution", "512",
            "warm-up", "2");

    private final Map<String, String> options;

    private EngineBenchmark(Map<String, String> options) {
        this.options = options;
    }

    public static void main(String[] arguments) {
        Map<String, String> options = new HashMap<>(DEFAULTS);
        for (int i = 0; i < arguments.length; i += 2) {
            if (options.replace(arguments[i].replaceFirst("^--", ""), arguments[i + 1]) == null) {
                throw new IllegalArgumentException("no option " + arguments[i] + "; known: " + DEFAULTS.keySet());
            }
        }
        new EngineBenchmark(options).run();
    }

    private void run() {
        long started = System.nanoTime();
        int gpus = TorchRuntime.gpuCount();
        Device device = DeviceChoice.choose(options.get("device"), new Surroundings(null, true, 0, gpus));
        print("libtorch loaded in %.1f s; GPUs: %d", secondsSince(started), gpus);

        started = System.nanoTime();
        ScalarType precision = ScalarType.valueOf(options.get("precision").toUpperCase(Locale.ROOT));
        StableDiffusion model = StableDiffusion.load(components(), device, precision);
        String place = DiffusionEngine.name(device);
        print("%s loaded onto %s in %.1f s, UNet in %s", options.get("model"), place, secondsSince(started), precision);
        try (DiffusionEngine engine = new DiffusionEngine(model, null)) {
            for (String run : options.get("runs").split(" +")) {
                String[] parts = run.split("/");
                Recipe recipe = new Recipe(List.of(new Method(parts[0])), Integer.parseInt(parts[1]), GUIDANCE);
                time(engine, recipe, Integer.parseInt(parts[2]));
            }
        }
    }

    private ModelComponents components() {
        String name = options.get("model");
        return name.startsWith(FakeModel.PREFIX)
                ? new FakeModel(name.substring(FakeModel.PREFIX.length()))
                : new DiffusersFolder(Path.of(name));
    }

    private void time(DiffusionEngine engine, Recipe recipe, int batch) {
        boolean samples = options.get("pictures").equals("samples");
        List<Input> inputs = samples ? Samples.inputs(batch) : noise(batch);
        int warmUp = Integer.parseInt(options.get("warm-up"));
        double warmUpSeconds = 0;
        if (warmUp > 0) {
            long started = System.nanoTime();
            engine.run(inputs, recipe.withSteps(warmUp));
            warmUpSeconds = secondsSince(started);
        }
        long started = System.nanoTime();
        List<Result> results = engine.run(inputs, recipe);
        double seconds = secondsSince(started);

        Cost cost = results.get(0).reconstructions().get(0).cost();
        print(
                "%s, %d steps, batch %d: %.3f s an image, %.3f images/s, %.2f s in all; warm-up %.2f s, finite: %s",
                recipe.methods().get(0).label(),
                recipe.steps(),
                batch,
                seconds / batch,
                batch / seconds,
                seconds,
                warmUpSeconds,
                results.stream().allMatch(Result::finite));
        print(
                "  s an image: encode %.4f, inversion %.4f, reconstruction %.4f, decode %.4f",
                cost.encodeSeconds(), cost.inversionSeconds(), cost.reconstructionSeconds(), cost.decodeSeconds());
        print(
                "  evaluations: %d + %d, %d gradients; %.2f ms a batch in the inversion; device memory at most %.2f GiB",
                cost.inversionEvaluations(),
                cost.reconstructionEvaluations(),
                cost.gradients(),
                1e3 * cost.inversionSeconds() * batch / Math.max(1, cost.inversionEvaluations()),
                cost.peakMemory() / 0x1p30);
        if (samples) {
            print("  PSNR in dB, VAE alone: %s", psnr(inputs, results, Result::ceiling));
            print(
                    "  PSNR in dB: %s",
                    psnr(inputs, results, result -> result.reconstructions()
                            .get(0)
                            .image()));
        }
    }

    private List<Input> noise(int count) {
        Random random = new Random(1);
        int side = Integer.parseInt(options.get("resolution"));
        return IntStream.range(0, count)
                .mapToObj(i -> {
                    byte[] pixels = new byte[RgbImage.CHANNELS * side * side];
                    random.nextBytes(pixels);
                    return new Input(new RgbImage(side, side, pixels), "a picture of number " + i);
                })
                .toList();
    }

    private static String psnr(List<Input> inputs, List<Result> results, Function<Result, RgbImage> picture) {
        return IntStream.range(0, inputs.size())
                .mapToObj(i -> "%.4f".formatted(Psnr.of(inputs.get(i).image(), picture.apply(results.get(i)))))
                .collect(Collectors.joining(" "));
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
        System.out.flush();
    }
}
