package io.sparkinversion.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.platform.KernelCatalog;
import io.sparkinversion.platform.Platform;
import io.sparkinversion.torchscript.ScalarType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * One evaluation of the UNet by the kernels that the platform check chooses, beside one by libtorch's own choice, in
 * turn on the same data. The machine's other work hits both, so the ratio of a round means more than its times.
 */
class ProcessorBenchmark {
    private static final Path EMBEDDED = Path.of("data-samples/models/emoji-ldm");

    @Test
    void theEmbeddedModelIsFasterThanByLibtorchsOwnKernels() {
        assertThat(ratio(new DiffusersFolder(EMBEDDED), 8, 16, 40)).isGreaterThan(1);
    }

    @Test
    void stableDiffusionIsFasterThanByLibtorchsOwnKernels() {
        assertThat(ratio(new FakeModel("sd15"), 1, 64, Integer.getInteger("rounds", 5)))
                .isGreaterThan(1);
    }

    /** How many times as fast: the median over the rounds. */
    private static double ratio(ModelComponents components, int batch, int side, int rounds) {
        Map<String, KernelCatalog> catalogs = new LinkedHashMap<>();
        catalogs.put("libtorch's own", new KernelCatalog.Gpu());
        catalogs.put("chosen", KernelCatalog.of(Device.cpu()));
        List<String> names = List.copyOf(catalogs.keySet());
        List<StableDiffusion> models = new ArrayList<>();
        try {
            catalogs.forEach((name, catalog) -> {
                long started = System.nanoTime();
                models.add(StableDiffusion.load(
                        components, new Platform(Device.cpu(), catalog), ScalarType.FLOAT32, batch));
                print("%s: loaded in %.1f s", name, (System.nanoTime() - started) / 1e9);
            });
            List<Double> ratios = new ArrayList<>();
            double[] least = {Double.MAX_VALUE, Double.MAX_VALUE};
            for (int round = -1; round < rounds; round++) {
                double[] seconds = new double[2];
                for (int i = 0; i < 2; i++) {
                    int which = round % 2 == 0 ? i : 1 - i;
                    seconds[which] = evaluation(models.get(which), batch, side);
                }
                if (round >= 0) {
                    ratios.add(seconds[0] / seconds[1]);
                    least[0] = Math.min(least[0], seconds[0]);
                    least[1] = Math.min(least[1], seconds[1]);
                }
            }
            Collections.sort(ratios);
            double median = ratios.get(ratios.size() / 2);
            print(
                    "batch %d, latents of %d x %d, %d rounds: %s %.1f ms, %s %.1f ms at the least; ratio %.2f at the "
                            + "least, median of the rounds %.2f (%.2f to %.2f)",
                    batch,
                    side,
                    side,
                    rounds,
                    names.get(0),
                    1e3 * least[0],
                    names.get(1),
                    1e3 * least[1],
                    least[0] / least[1],
                    median,
                    ratios.get(0),
                    ratios.get(rounds - 1));
            return median;
        } finally {
            models.forEach(StableDiffusion::close);
        }
    }

    private static double evaluation(StableDiffusion model, int batch, int side) {
        try (NDManager scope = model.newScope()) {
            NDArray latent = scope.zeros(new Shape(batch, 4, side, side), DataType.FLOAT32)
                    .add(0.5f);
            Conditioning text = model.condition(scope, Collections.nCopies(batch, "a picture"));
            long started = System.nanoTime();
            float first = model.predict(scope, latent, new int[] {501}, text).toFloatArray()[0];
            double seconds = (System.nanoTime() - started) / 1e9;
            assertThat(first).isFinite();
            return seconds;
        }
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
