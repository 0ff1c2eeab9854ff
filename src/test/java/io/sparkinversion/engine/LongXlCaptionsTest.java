package io.sparkinversion.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.torchscript.ScalarType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** With two text encoders, whose states lie side by side, and a pooled embedding, which is the first piece's. */
class LongXlCaptionsTest {
    private static final Path MODEL = Path.of(System.getProperty("tests.shared", "../shared"))
            .resolve("fixtures-models/models/tiny-sdxl")
            .toAbsolutePath()
            .normalize();

    @Test
    void piecesFollowEachOtherAndThePooledRowIsThatOfTheFirst() {
        assumeThat(MODEL).as("there is no " + MODEL).isDirectory();
        TorchRuntime.gpuCount();
        StableDiffusion model = StableDiffusion.load(new DiffusersFolder(MODEL), Device.cpu(), ScalarType.FLOAT32);
        try (NDManager scope = model.newScope()) {
            int most = model.tokenizer().length() - 2;
            String piece = "a";
            while (model.tokenizer().encode(piece + " a").tokenCount() <= most) {
                piece += " a";
            }
            assumeThat(model.tokenizer().encode(piece).tokenCount()).isEqualTo(most);
            Conditioning both = model.condition(scope, List.of(piece + " a a"), 2);

            NDArray pieces = model.embed(scope, List.of(piece, "a a"));
            float[] expected = concatenated(pieces.get("0, :-1"), pieces.get("1, :-1"), pieces.get("0, -1:"));
            assertThat(both.embedding().toFloatArray()).isEqualTo(expected);
            assertThat(both.embedding().getShape().get(1)).isEqualTo(2L * (most + 2) + 1);
            int keys = both.keysValues().size() - 1;
            assertThat(both.keysValues().subList(0, keys))
                    .allSatisfy(each -> assertThat(each.getShape().get(2)).isEqualTo(2L * (most + 2)));
            NDArray latent = scope.zeros(new Shape(1, 4, 8, 8));
            assertThat(model.predict(scope, latent, new int[] {501}, both).getShape())
                    .isEqualTo(latent.getShape());
        } finally {
            model.close();
        }
    }

    private static float[] concatenated(NDArray... parts) {
        return Arrays.stream(parts).map(NDArray::toFloatArray).reduce(new float[0], (a, b) -> {
            float[] both = Arrays.copyOf(a, a.length + b.length);
            System.arraycopy(b, 0, both, a.length, b.length);
            return both;
        });
    }
}
