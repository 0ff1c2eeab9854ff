package io.sparkinversion.editing;

import static io.sparkinversion.diffusion.EmbeddedModel.wave;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.WithEmbeddedModel;
import io.sparkinversion.editing.Sharing.MutualSelfAttention;
import io.sparkinversion.editing.Sharing.PlugAndPlay;
import io.sparkinversion.editing.Sharing.Unified;
import io.sparkinversion.inversion.BatchRows;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.ImageNoise;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.inversion.Trajectory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention controls beside prompt-to-prompt, on the embedded model: two images in a batch and one by one. */
class SharingIT extends WithEmbeddedModel {
    private static final int STEPS = 4;
    private static final double GUIDANCE = 4;
    private static final List<String> CAPTIONS = List.of("noto emoji of dog face", "fluent emoji of red heart");
    private static final List<String> TARGETS = List.of("noto emoji of cat face", "fluent emoji of star");
    private static final ImageNoise NOISE = new ImageNoise(List.of(3L, 8L));

    private static Sharing sharing(String control) {
        return switch (control) {
            case "masactrl" -> MutualSelfAttention.AUTHORS;
            case "pnp" -> PlugAndPlay.AUTHORS;
            case "uac" -> Unified.AUTHORS;
            default -> new Sharing.None();
        };
    }

    private NDArray edited(String method, String control, int height, int width, int... images) {
        List<Step> steps = model.schedule().steps(STEPS);
        NDArray latent = model.encode(scope, wave(scope, 2, 3, height, width));
        Conditioning caption = model.condition(scope, CAPTIONS);
        Conditioning empty = model.condition(scope, List.of("", ""));
        Trajectory trajectory = DdimInversion.invert(scope, new Denoiser(model), steps, latent, caption);
        Inversion inversion = new Inversion(steps, trajectory, caption, () -> empty, NOISE);
        EditMethod editing = EditMethod.of(Method.of(method));
        Map<String, NDArray> start = new HashMap<>(editing.prepare(scope, new Denoiser(model), inversion, GUIDANCE));
        if (editing.sharedKinds().contains(EditMethod.TERMINAL)) {
            start.put(EditMethod.TERMINAL, trajectory.last());
        }
        start.replaceAll((kind, array) -> BatchRows.select(scope, array, images));
        List<Integer> numbers = IntStream.of(images).boxed().toList();
        List<ImageEdits> edits = numbers.stream()
                .map(image -> new ImageEdits(
                        CAPTIONS.get(image),
                        List.of(new TargetEdit(TARGETS.get(image), EditSettings.NONE.withSharing(sharing(control))))))
                .toList();
        return editing.sample(scope, new EditRun(model, steps, edits, start, GUIDANCE, NOISE.select(numbers)))
                .latents();
    }

    private static NDArray row(NDArray latents, int row) {
        return latents.get(row + ":" + (row + 1));
    }

    private static double relative(NDArray actual, NDArray expected) {
        return Math.sqrt(actual.sub(expected).square().sum().getFloat()
                / expected.square().sum().getFloat());
    }

    @ParameterizedTest
    @CsvSource({
        "negative-prompt, masactrl, 64, 64",
        "negative-prompt, pnp, 64, 64",
        "ddim-cfg, masactrl, 64, 64",
        "ef-ddpm, masactrl, 64, 64",
        "infedit, pnp, 64, 64",
        "infedit, uac, 64, 64",
        "negative-prompt, masactrl, 96, 40",
        "negative-prompt, pnp, 40, 96",
        "infedit, uac, 40, 96",
    })
    void anEditDoesNotDependOnItsBatchAndIsNoPromptSwap(String method, String control, int height, int width) {
        NDArray both = edited(method, control, height, width, 0, 1);
        NDArray swapped = edited(method, "none", height, width, 0, 1);

        for (int image = 0; image < 2; image++) {
            NDArray alone = edited(method, control, height, width, image);
            assertThat(relative(row(both, 2 * image), row(alone, 0)))
                    .as("source")
                    .isLessThan(1e-4);
            assertThat(relative(row(both, 2 * image + 1), row(alone, 1)))
                    .as("target")
                    .isLessThan(1e-4);
            // The source is as without the control, the target is not.
            assertThat(relative(row(both, 2 * image), row(swapped, 2 * image))).isLessThan(1e-4);
            assertThat(relative(row(both, 2 * image + 1), row(swapped, 2 * image + 1)))
                    .isGreaterThan(1e-3);
        }
    }

    @Test
    void unifiedAttentionControlIsForVirtualInversionAlone() {
        assertThatThrownBy(() -> edited("negative-prompt", "uac", 64, 64, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unified attention control (uac) is infedit's alone");
    }
}
