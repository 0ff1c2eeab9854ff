package io.sparkinversion.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.SizeCondition;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.diffusion.TinyXlModel;
import io.sparkinversion.editing.EditOptions;
import io.sparkinversion.editing.EditOptions.Attention;
import io.sparkinversion.editing.EditOptions.Blend;
import io.sparkinversion.editing.EditPrompt;
import io.sparkinversion.engine.EditRecipe.Control;
import io.sparkinversion.engine.Engine.EditInput;
import io.sparkinversion.engine.Engine.Edited;
import io.sparkinversion.engine.Engine.Input;
import io.sparkinversion.engine.Engine.Result;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.torchscript.ScalarType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model in the shape of SDXL is told the sizes of the pictures, image by image. */
@Timeout(300)
class XlSizesIT {
    private static final int STEPS = 3;
    private static final List<SizeCondition> SIZES =
            List.of(new SizeCondition(300, 900, 0, 3, 24, 64), new SizeCondition(48, 128, 5, 0, 24, 64));

    @TempDir
    private static Path folder;

    private static StableDiffusion model;
    private static DiffusionEngine engine;

    @BeforeAll
    static void load() throws Exception {
        TorchRuntime.gpuCount();
        model = StableDiffusion.load(TinyXlModel.write(folder), Device.cpu(), ScalarType.FLOAT32);
        engine = new DiffusionEngine(model, null);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static RgbImage image(int number) {
        byte[] pixels = new byte[3 * 64 * 24];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) (i * (number + 2) / 7);
        }
        return new RgbImage(64, 24, pixels);
    }

    private static Recipe recipe(String... methods) {
        return new Recipe(Arrays.stream(methods).map(Method::of).toList(), STEPS, 2);
    }

    private static float[] latent(Result result) {
        byte[] bytes = result.terminalLatent().bytes();
        float[] values = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
    }

    private static double largestDifference(float[] a, float[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs(a[i] - b[i]));
        }
        return largest;
    }

    private static double meanDifference(RgbImage a, RgbImage b) {
        double sum = 0;
        for (int i = 0; i < a.pixels().length; i++) {
            sum += Math.abs((a.pixels()[i] & 0xff) - (b.pixels()[i] & 0xff));
        }
        return sum / a.pixels().length;
    }

    @Test
    void theSizesOfAConditioningAreThoseOfTheUNetsInput() {
        try (NDManager scope = model.newScope()) {
            NDArray latent = scope.arange(0, 4 * 6 * 16).div(100f).reshape(new Shape(1, 4, 6, 16));
            Conditioning text = model.condition(scope, List.of("a cat"));
            float[] told = {300, 900, 0, 3, 24, 64};

            float[] expected =
                    model.predict(scope, latent, new int[] {501}, text, told).toFloatArray();
            float[] own = model.predict(scope, latent, new int[] {501}, text).toFloatArray();

            assertThat(model.predict(scope, latent, new int[] {501}, text.withSizes(SIZES.subList(0, 1)))
                            .toFloatArray())
                    .isEqualTo(expected);
            assertThat(model.predict(
                                    scope,
                                    latent,
                                    new int[] {501},
                                    text.withSizes(List.of(new SizeCondition(24, 64, 0, 0, 24, 64))))
                            .toFloatArray())
                    .isEqualTo(own);
            assertThat(largestDifference(expected, own)).isGreaterThan(1e-4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"negative-prompt", "ddim-cfg", "null-text", "spdinv", "ef-ddpm", "edict"})
    void everyImageOfABatchIsToldItsOwn(String method) {
        List<Input> batch =
                List.of(new Input(image(0), "a cat", SIZES.get(0)), new Input(image(1), "two dogs", SIZES.get(1)));

        List<Result> together = engine.run(batch, recipe(method));

        for (int i = 0; i < 2; i++) {
            Result alone = engine.run(List.of(batch.get(i)), recipe(method)).get(0);
            Result own = engine.run(List.of(new Input(image(i), batch.get(i).caption())), recipe(method))
                    .get(0);
            RgbImage made = together.get(i).reconstructions().get(0).image();
            assertThat(meanDifference(made, alone.reconstructions().get(0).image()))
                    .as(method)
                    .isCloseTo(0, within(0.05));
            if (alone.terminalLatent() != null) {
                assertThat(largestDifference(latent(together.get(i)), latent(alone)))
                        .isLessThan(1e-3);
                assertThat(largestDifference(latent(alone), latent(own))).isGreaterThan(2e-3);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"negative-prompt", "null-text", "infedit"})
    void editsAreToldTheSizeOfTheirImage(String method) {
        EditOptions options = new EditOptions(Attention.AUTO, 0.4, 0.6, Map.of(), Blend.AUTO, 0.2, 0.3);
        EditRecipe edits = new EditRecipe(List.of(new Control("p2p", options)), null, true);
        List<EditInput> batch =
                List.of(edited(0, "a cat", "a dog", SIZES.get(0)), edited(1, "two dogs", "two cats", SIZES.get(1)));

        List<Edited> together = engine.edit(batch, recipe(method), edits);

        for (int i = 0; i < 2; i++) {
            Edited alone =
                    engine.edit(List.of(batch.get(i)), recipe(method), edits).get(0);
            RgbImage one = alone.edits().get(0).sample().edited();
            assertThat(together.get(i).finite()).isTrue();
            assertThat(meanDifference(together.get(i).edits().get(0).sample().edited(), one))
                    .as(method)
                    .isCloseTo(0, within(0.05));
        }
    }

    private static EditInput edited(int number, String caption, String prompt, SizeCondition size) {
        return new EditInput(image(number), caption, List.of(new EditPrompt(prompt)), null, List.of(), size);
    }
}
