package io.sparkinversion.inversion;

import static io.sparkinversion.diffusion.EmbeddedModel.distance;
import static io.sparkinversion.diffusion.EmbeddedModel.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.inversion.ObelmInversion.Weights;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.weights.SafetensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** O-BELM and EDICT: the way back from the noise ends where the way there began. */
class ExactInversionIT extends WithInvertedImages {
    private static final int STEPS = 10;
    /** A unit in the last place or two of latents that reach to 4. */
    private static final double EXACT = 1e-6;

    private static final String PICTURE = "twemoji emoji of brown heart";
    private static final Path PICTURE_INVERSION =
            Path.of("src/test/resources/fixtures/goldens/emoji-ldm/inv10.safetensors");

    @BeforeAll
    static void invert() {
        invert(STEPS);
    }

    /** From nothing but z_0. */
    private Trajectory reconstruct(String method, int steps) {
        Inversion start = new Inversion(
                model.schedule().steps(steps),
                new Trajectory(List.of(images.latent)),
                images.inversion.caption(),
                images.inversion.empty());
        return Method.of(method)
                .reconstruction()
                .reconstruct(scope, unet, start, 7.5)
                .trajectory();
    }

    private static double deviation(NDArray values) {
        return Math.sqrt(values.square().mean().getFloat());
    }

    private static double rootMeanSquare(NDArray a, NDArray b) {
        return deviation(a.sub(b));
    }

    @ParameterizedTest
    @CsvSource({
        "o-belm-npi, 10, 19",
        "o-belm-npi, 2, 3",
        "o-belm-npi, 1, 1",
        "o-belm-npi:guidance=3, 5, 18",
        "edict-npi, 10, 40",
        "edict-npi, 1, 4",
        "edict-npi:mixing=0.8, 7, 28",
        "edict-npi:mixing=1, 4, 16",
        "edict-npi:guidance=3, 5, 40",
        // Two of five steps are guided, at timesteps 601 and 401.
        "o-belm-npi:guidance=3:guided-from=0.3:guided-to=0.7, 5, 13",
        "edict-npi:guidance=3:guided-from=0.3:guided-to=0.7, 5, 28",
    })
    void reconstructsTheImagesLatentToRounding(String method, int steps, int evaluations) {
        Trajectory result = reconstruct(method, steps);

        assertThat(distance(result.last(), images.latent)).isLessThan(EXACT);
        assertThat(unet.evaluations()).isEqualTo(2L * evaluations);
        assertThat(result.latents()).hasSize(steps + 1);
        assertThat(result.last().getDataType()).isEqualTo(DataType.FLOAT32);
        assertThat(Method.of(method).reconstruction().usesInversion()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"o-belm-npi", "edict-npi"})
    void theNoiseEndLooksLikeNoise(String method) {
        Trajectory result = reconstruct(method, STEPS);

        assertThat(deviation(result.first())).isBetween(0.8, 1.25);
        assertThat(distance(result.first(), images.latent)).isGreaterThan(1);
    }

    /** Of which the Taylor expansions have no third term; what the method neglects is 0. */
    @Test
    void theWeightsOfObelmAreExactForQuadraticPaths() {
        DoubleUnaryOperator path = s -> 3 - 2 * s + 0.5 * s * s;
        DoubleUnaryOperator slope = s -> -2 + s;
        double below = 0.3;
        double here = 0.45;
        double above = 1.2;

        Weights down = Weights.ofCleaner(here - below, above - here);
        Weights up = Weights.ofNoisier(here - below, above - here);

        assertThat(down.other() * path.applyAsDouble(above)
                        + down.middle() * path.applyAsDouble(here)
                        + down.noise() * slope.applyAsDouble(here))
                .isCloseTo(path.applyAsDouble(below), within(1e-12));
        assertThat(up.other() * path.applyAsDouble(below)
                        + up.middle() * path.applyAsDouble(here)
                        + up.noise() * slope.applyAsDouble(here))
                .isCloseTo(path.applyAsDouble(above), within(1e-12));
    }

    /**
     * A recurrence that its inverse merely undoes would reconstruct as well: these follow DDIM's differential equation.
     * On a picture that the model was made for, since it makes little of others.
     */
    @ParameterizedTest
    @CsvSource({"o-belm-npi", "edict-npi"})
    void tenStepsComeNearerToFiftyThanDdimDoes(String method) {
        NDArray latent = pictureLatent();
        Conditioning caption = model.condition(scope, List.of(PICTURE));
        Inversion start =
                new Inversion(model.schedule().steps(STEPS), new Trajectory(List.of(latent)), caption, () -> null);
        List<NDArray> fine = DdimInversion.invert(scope, unet, model.schedule().steps(50), latent, caption)
                .latents();
        List<NDArray> coarse = DdimInversion.invert(scope, unet, start.steps(), latent, caption)
                .latents();

        Trajectory result = Method.of(method)
                .reconstruction()
                .reconstruct(scope, unet, start, 7.5)
                .trajectory();

        // Timestep 501: level 6 of 10, level 26 of 50.
        double exact = rootMeanSquare(result.latents().get(STEPS - 6), fine.get(26));
        double ddim = rootMeanSquare(coarse.get(6), fine.get(26));
        assertThat(exact).isLessThan(ddim);
    }

    private NDArray pictureLatent() {
        try (SafetensorsFile golden = SafetensorsFile.open(PICTURE_INVERSION)) {
            float[] first = Arrays.copyOf(golden.read("ddim_traj").toFloats(), 4 * 16 * 16);
            return scope.create(first, new Shape(1, 4, 16, 16));
        }
    }

    /** At 1000 steps the first timestep would be 1000, which there is none of: that step moves nothing. */
    @Test
    void aStepThatMovesNothingIsLeftOut() {
        try (StableDiffusion tiny = tinyModel("tiny-sd15")) {
            NDManager owner = tiny.newScope();
            NDArray latent = noise(owner, 1, 4, 8, 8).mul(0.8f);
            Inversion start = new Inversion(
                    tiny.schedule().steps(1000).subList(0, 4),
                    new Trajectory(List.of(latent)),
                    tiny.condition(owner, List.of("a cat")),
                    () -> null);

            Trajectory result = new ObelmInversion(
                            CoupledInversion.CoupledSettings.npi(1), false, ObelmInversion.Grid.LEADING)
                    .reconstruct(owner, new Denoiser(tiny), start, 7.5)
                    .trajectory();

            assertThat(result.latents()).hasSize(4);
            assertThat(distance(result.last(), latent)).isLessThan(EXACT);
        }
    }

    @ParameterizedTest
    @CsvSource({"tiny-sd15, o-belm-npi", "tiny-sd15, edict-npi", "tiny-sd21v, o-belm-npi", "tiny-sd21v, edict-npi"})
    void fiftyStepsOfOtherModelsAreExactToo(String name, String method) {
        try (StableDiffusion tiny = tinyModel(name)) {
            NDManager owner = tiny.newScope();
            NDArray latent = noise(owner, 1, 4, 16, 16).mul(0.8f);
            Conditioning caption = tiny.condition(owner, List.of("a cat sitting next to a mirror"));
            Inversion start =
                    new Inversion(tiny.schedule().steps(50), new Trajectory(List.of(latent)), caption, () -> null);

            Trajectory result = Method.of(method)
                    .reconstruction()
                    .reconstruct(owner, new Denoiser(tiny), start, 7.5)
                    .trajectory();

            assertThat(distance(result.last(), latent)).isLessThan(EXACT);
            assertThat(deviation(result.first())).isBetween(0.8, 1.25);
        }
    }

    private static StableDiffusion tinyModel(String name) {
        Path folder = Path.of("../shared/fixtures/models").resolve(name);
        assumeTrue(Files.isDirectory(folder), "the shared fixtures are not here");
        return StableDiffusion.load(new DiffusersFolder(folder), Device.cpu(), ScalarType.FLOAT32);
    }

    @ParameterizedTest
    @CsvSource({"o-belm-npi", "edict-npi", "o-belm-npi:guidance=2"})
    void aResultIsItsLatentsAndNothingElse(String method) {
        int resident = model.residentArrays();

        reconstruct(method, 4);

        assertThat(scope.getManagedArrays()).hasSize(5);
        assertThat(model.residentArrays()).isEqualTo(resident + 5);
    }

    /** A step of O-BELM leaves a latent of the level above behind, which the next step starts from as well. */
    @ParameterizedTest
    @CsvSource({"o-belm-npi, 3", "edict-npi, 4"})
    void theBranchesHaveTheLastWordOnBothLatents(String method, int samplingSteps) {
        CoupledInversion coupled = (CoupledInversion) Method.of(method).reconstruction();
        List<Step> steps = model.schedule().steps(4);
        Inversion start = new Inversion(
                steps, new Trajectory(List.of(images.latent)), images.inversion.caption(), images.inversion.empty());
        LatentPair noiseEnd = coupled.invert(scope, unet, start);
        GuidedBranches captions = GuidedBranches.ofCaptions(scope, unet, start, 1);
        List<Integer> changed = new ArrayList<>();
        GuidedBranches zeroing = new GuidedBranches() {
            @Override
            public NDArray predict(NDManager owner, NDArray latents, Step step) {
                if (!changed.isEmpty()) {
                    assertThat(latents.toFloatArray()).containsOnly(0);
                }
                try (NDArray prediction = captions.predict(owner, latents, step)) {
                    return prediction.zerosLike();
                }
            }

            @Override
            public NDArray afterStep(NDManager owner, NDArray latents, Step step) {
                changed.add(step.index());
                return latents.zerosLike();
            }
        };

        Trajectory result = coupled.sample(scope, unet, zeroing, steps, noiseEnd);

        assertThat(changed).hasSize(2 * samplingSteps);
        assertThat(changed.get(changed.size() - 1)).isEqualTo(3);
        assertThat(result.latents()).hasSize(5);
        assertThat(result.last().toFloatArray()).containsOnly(0);
        assertThat(deviation(noiseEnd.first().toType(DataType.FLOAT32, true)))
                .as("left as it was")
                .isPositive();
    }

    @Test
    void aMixingThatCannotBeUndoneIsRefused() {
        assertThatThrownBy(() -> Method.of("edict-npi:mixing=0"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("method edict-npi: mixing is 0.0; it must be above 0 and at most 1");
        assertThatThrownBy(() -> Method.of("edict-npi:mixing=1.2")).hasMessageContaining("mixing is 1.2");
    }
}
