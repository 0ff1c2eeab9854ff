package io.sparkinversion.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.WithoutSpark;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.editing.EditOptions;
import io.sparkinversion.editing.EditOptions.Attention;
import io.sparkinversion.editing.EditOptions.Blend;
import io.sparkinversion.editing.EditPrompt;
import io.sparkinversion.engine.EditRecipe.Control;
import io.sparkinversion.engine.Engine.Edit;
import io.sparkinversion.engine.Engine.EditInput;
import io.sparkinversion.engine.Engine.Edited;
import io.sparkinversion.engine.Engine.Input;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.DdimSampling;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Guidance;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.metrics.Lpips;
import io.sparkinversion.metrics.Psnr;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.worker.Samples;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Edits with the embedded model, on the CPU. */
@Timeout(300)
@WithoutSpark
class EditEngineIT {
    private static final int STEPS = 4;
    private static final double GUIDANCE = 7.5;
    private static final EditOptions CONTROLLED =
            new EditOptions(Attention.AUTO, 0.4, 0.6, Map.of(), Blend.AUTO, 0.2, 0.3);
    private static final EditRecipe P2P = recipe(new Control("p2p", CONTROLLED));

    private static StableDiffusion model;
    private static DiffusionEngine engine;

    @BeforeAll
    static void load() {
        TorchRuntime.gpuCount();
        model = StableDiffusion.load(new DiffusersFolder(Samples.MODEL), Device.cpu(), ScalarType.FLOAT32);
        try (WeightSource weights = WeightFiles.openCheckpoint(Samples.LPIPS)) {
            engine = new DiffusionEngine(model, Lpips.load("demo", weights, model.newScope()));
        }
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static EditRecipe recipe(Control... controls) {
        return new EditRecipe(List.of(controls), null, true);
    }

    private static Recipe with(String... methods) {
        return new Recipe(Arrays.stream(methods).map(Method::of).toList(), STEPS, GUIDANCE);
    }

    /** Sample 0 is a brown heart. */
    private static EditInput input(int sample, String... prompts) {
        Input input = Samples.input(sample);
        List<EditPrompt> edits = Arrays.stream(prompts).map(EditPrompt::new).toList();
        return new EditInput(input.image(), input.caption(), edits, null, List.of());
    }

    private static Edited edit(Recipe recipe, EditInput input) {
        return engine.edit(List.of(input), recipe, P2P).get(0);
    }

    @Test
    void threeEditsOfAnImageShareOneInversionAndOneUnguidedSourceBranch() {
        Edited edited = edit(
                with("negative-prompt"),
                input(
                        0,
                        "twemoji emoji of orange heart",
                        "twemoji emoji of blue heart",
                        "twemoji emoji of brown heart arrow"));

        assertThat(edited.evaluations())
                .as("inversion, source branch, and three edits with guidance")
                .isEqualTo(STEPS + STEPS + 3 * 2 * STEPS);
        assertThat(edited.edits()).hasSize(3).allSatisfy(edit -> {
            assertThat(edit.sample().cost().inversionEvaluations()).isEqualTo(STEPS);
            assertThat(edit.sample().cost().reconstructionEvaluations()).isEqualTo(STEPS);
            assertThat(edit.sample().evaluations()).isEqualTo(2 * STEPS);
        });
        assertThat(edited.edits()).extracting(Edit::index).containsExactly(0, 1, 2);
    }

    @ParameterizedTest
    @CsvSource({
        "negative-prompt, zT",
        "proximal, path",
        "null-text:inner-steps=2, zT null_text",
        "direct, path",
        "o-belm-npi, o_belm",
        "edict-npi, edict",
        "ddim-cfg, zT"
    })
    void theSourceBranchIsTheMethodsReconstructionAndWhatIsKeptGivesTheSameEdits(String method, String kinds) {
        EditInput input = input(0, "twemoji emoji of orange heart");
        RgbImage reconstruction = engine.run(List.of(new Input(input.image(), input.caption())), with(method))
                .get(0)
                .reconstructions()
                .get(0)
                .image();

        Edited first = edit(with(method), input);
        Edited again = edit(
                with(method), new EditInput(input.image(), input.caption(), input.edits(), null, first.inversion()));

        assertWithinOneLevel(first.edits().get(0).sample().reconstruction(), reconstruction);
        assertThat(first.inversion()).extracting(InvertedArray::kind).containsExactlyInAnyOrder(kinds.split(" "));
        assertThat(again.edits().get(0).sample().edited().pixels())
                .isEqualTo(first.edits().get(0).sample().edited().pixels());
        assertThat(again.edits().get(0).sample().cost().inversionEvaluations()).isZero();
        assertThat(again.evaluations()).isLessThan(first.evaluations());
    }

    @Test
    void whatAnotherMethodNeedsIsInvertedAnew() {
        EditInput input = input(0, "twemoji emoji of orange heart");
        List<InvertedArray> kept = edit(with("negative-prompt"), input).inversion();

        Edited both = edit(
                with("negative-prompt", "direct"),
                new EditInput(input.image(), input.caption(), input.edits(), null, kept));

        assertThat(both.edits())
                .extracting(edit -> edit.sample().cost().inversionEvaluations())
                .containsExactly(STEPS, STEPS);
        assertThat(both.inversion()).extracting(InvertedArray::kind).containsExactlyInAnyOrder("zT", "path");
    }

    @Test
    void imagesWithDifferentNumbersOfEditsInOneBatchComeOutAsIfAlone() {
        List<EditInput> inputs = List.of(
                input(0, "twemoji emoji of orange heart", "twemoji emoji of blue heart"),
                input(20, "twemoji emoji of tiger"),
                input(9, "twemoji emoji of chestnut"));
        Recipe recipe = with("negative-prompt");

        List<Edited> together = engine.edit(inputs, recipe, P2P);

        for (int i = 0; i < inputs.size(); i++) {
            Edited alone = edit(recipe, inputs.get(i));
            assertThat(together.get(i).evaluations()).isEqualTo(alone.evaluations());
            for (int k = 0; k < alone.edits().size(); k++) {
                assertWithinOneLevel(
                        together.get(i).edits().get(k).sample().edited(),
                        alone.edits().get(k).sample().edited());
            }
        }
    }

    @Test
    void anEditThatItsPromptsDoNotAllowFailsAloneAndSaysWhy() {
        EditOptions replacing = new EditOptions(Attention.REPLACE, 0.4, 0.6, Map.of(), Blend.NONE, 0.2, 0.3);

        Edited edited = engine.edit(
                        List.of(input(0, "a heart with far more words than before", "twemoji emoji of orange heart")),
                        with("negative-prompt"),
                        recipe(new Control("replace", replacing)))
                .get(0);

        assertThat(edited.edits()).hasSize(2);
        Edit refused = edited.edits().stream()
                .filter(edit -> edit.index() == 0)
                .findFirst()
                .orElseThrow();
        assertThat(refused.sample()).isNull();
        assertThat(refused.failure().code()).isEqualTo(ErrorCode.INVALID_EDIT);
        assertThat(refused.failure().stage()).isEqualTo(Failure.Stage.EDIT);
        assertThat(refused.failure().message()).contains("a heart with far more words than before");
        Edit made = edited.edits().stream()
                .filter(edit -> edit.index() == 1)
                .findFirst()
                .orElseThrow();
        assertThat(made.failure()).isNull();
        assertThat(made.sample().edited()).isNotNull();
    }

    @Test
    void controlsAreComparedOnOneInversion() {
        Edited edited = engine.edit(
                        List.of(input(0, "twemoji emoji of orange heart")),
                        with("negative-prompt"),
                        recipe(new Control("p2p", CONTROLLED), new Control("swap", EditOptions.PROMPT_SWAP)))
                .get(0);

        assertThat(edited.edits()).extracting(Edit::control).containsExactly("p2p", "swap");
        assertThat(edited.evaluations()).isEqualTo(STEPS + 2 * (STEPS + 2 * STEPS));
        RgbImage controlled = edited.edits().get(0).sample().edited();
        RgbImage swapped = edited.edits().get(1).sample().edited();
        assertWithinOneLevel(swapped, sampledWith("twemoji emoji of orange heart"));
        assertThat(Psnr.of(controlled, swapped))
                .as("attention from the source changes the edit")
                .isLessThan(30);
        assertThat(edited.edits().get(1).sample().mask())
                .as("one region for all controls")
                .isEqualTo(edited.edits().get(0).sample().mask());
        assertThat(edited.edits().get(1).sample().maskName()).isEqualTo("blend:negative-prompt");
    }

    /** Sample 0 inverted, and sampled with another prompt guided against its caption. */
    private static RgbImage sampledWith(String prompt) {
        try (NDManager scope = model.newScope()) {
            Input input = Samples.input(0);
            NDArray pixels = DeviceImages.pixels(scope, List.of(input.image()));
            Denoiser unet = new Denoiser(model);
            List<Step> steps = model.schedule().steps(STEPS);
            Conditioning caption = model.condition(scope, List.of(input.caption()));
            NDArray noise = DdimInversion.invert(scope, unet, steps, model.encode(scope, pixels), caption)
                    .last();
            Guidance guidance = Guidance.of(scope, caption, model.condition(scope, List.of(prompt)), GUIDANCE);
            NDArray sampled =
                    DdimSampling.sample(scope, unet, steps, noise, guidance).last();
            return new DeviceImages(model, null)
                    .decode(sampled, pixels)
                    .images()
                    .get(0);
        }
    }

    @Test
    void theDatasetsMaskIsWhatEditsAreMeasuredBy() {
        boolean[] inside = new boolean[64 * 64];
        Arrays.fill(inside, 0, 32 * 64, true);
        EditInput plain = input(0, "twemoji emoji of orange heart");
        EditInput masked =
                new EditInput(plain.image(), plain.caption(), plain.edits(), new PixelMask(64, 64, inside), List.of());

        var scores = edit(with("negative-prompt"), masked).edits().get(0).sample();

        assertThat(scores.maskName()).isEqualTo("dataset");
        assertThat(scores.mask().count()).isEqualTo(32 * 64);
        assertThat((scores.scores().lpipsInside() + scores.scores().lpipsOutside()) / 2)
                .as("two halves of the map whose mean is nearly the distance")
                .isEqualTo(scores.scores().lpips(), within(0.02));
        assertThat(scores.scores().lpipsPieBench())
                .isGreaterThan(0)
                .isNotEqualTo(scores.scores().lpips());
        assertThat(scores.scores().clip()).isNaN();
    }

    @Test
    void noNativeArrayOutlivesItsBatch() {
        Recipe recipe = with("negative-prompt", "direct", "null-text:inner-steps=1", "o-belm-npi");
        List<Integer> resident = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            edit(recipe, input(i, "twemoji emoji of orange heart"));
            resident.add(engine.residentArrays());
        }
        assertThat(resident).containsOnly(resident.get(0));
    }

    private static void assertWithinOneLevel(RgbImage a, RgbImage b) {
        for (int i = 0; i < a.pixels().length; i++) {
            int difference = (a.pixels()[i] & 0xff) - (b.pixels()[i] & 0xff);
            assertThat(Math.abs(difference)).as("level %s", i).isLessThanOrEqualTo(1);
        }
    }
}
