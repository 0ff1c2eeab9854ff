package io.sparkinversion.editing;

import static io.sparkinversion.diffusion.EmbeddedModel.distance;
import static io.sparkinversion.diffusion.EmbeddedModel.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.WithEmbeddedModel;
import io.sparkinversion.editing.AttentionEdit.Copy;
import io.sparkinversion.editing.AttentionEdit.Refine;
import io.sparkinversion.editing.AttentionEdit.Replace;
import io.sparkinversion.editing.AttentionEdit.Reweight;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.DdimSampling;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Guidance;
import io.sparkinversion.inversion.Trajectory;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Edits of one latent through the embedded model in four steps. */
class PromptToPromptTest extends WithEmbeddedModel {
    private static final int STEPS = 4;
    private static final double GUIDANCE = 7.5;
    private static final String SOURCE = "twemoji emoji of brown heart";
    private static final String ORANGE = "twemoji emoji of orange heart";
    private static final String LION = "twemoji emoji of lion face";
    private static final EditSettings REPLACE = EditSettings.of(new Replace(), 0.8, 0.5);

    private static List<Step> steps;

    private Denoiser unet;

    @BeforeAll
    static void prepareModel() {
        steps = model.schedule().steps(STEPS);
    }

    @BeforeEach
    void countEvaluations() {
        unet = new Denoiser(model);
    }

    private PromptToPrompt branches(EditSettings settings, String negative, String... prompts) {
        return branches(settings, List.of(model.embed(scope, List.of(negative))), prompts);
    }

    private PromptToPrompt branches(EditSettings settings, List<NDArray> negative, String... prompts) {
        return branches(Negatives.of(negative), image(settings, prompts));
    }

    private PromptToPrompt branches(Negatives negatives, ImageEdits... images) {
        return PromptToPrompt.of(scope, unet, List.of(images), negatives, STEPS);
    }

    /** Of a caption and edit prompts. */
    private static ImageEdits image(EditSettings settings, String... prompts) {
        List<TargetEdit> targets = Stream.of(prompts)
                .skip(1)
                .map(prompt -> new TargetEdit(prompt, settings))
                .toList();
        return new ImageEdits(prompts[0], targets);
    }

    /** The latents of all branches after the last step. */
    private NDArray sample(PromptToPrompt branches) {
        NDArray start = noise(scope, 1, 4, 16, 16).repeat(0, branches.branches());
        return BranchSampling.sample(scope, unet, steps, start, GUIDANCE, branches)
                .last();
    }

    private NDArray edit(EditSettings settings, String... prompts) {
        return sample(branches(settings, SOURCE, prompts));
    }

    private static NDArray branch(NDArray latents, int index) {
        return latents.get(index + ":" + (index + 1));
    }

    private NDArray sampledAlone(String negative, String prompt) {
        Guidance guidance = Guidance.of(
                scope, model.condition(scope, List.of(negative)), model.condition(scope, List.of(prompt)), GUIDANCE);
        Trajectory result =
                DdimSampling.sample(scope, new Denoiser(model), steps, noise(scope, 1, 4, 16, 16), guidance);
        return result.last();
    }

    @Test
    void withoutAnEditEveryBranchIsWhatItIsAlone() {
        NDArray result = edit(EditSettings.NONE, SOURCE, LION);
        NDArray empty = sample(branches(EditSettings.NONE, "", SOURCE, LION));

        assertThat(distance(branch(result, 0), sampledAlone(SOURCE, SOURCE))).isLessThan(1e-5);
        assertThat(distance(branch(result, 1), sampledAlone(SOURCE, LION))).isLessThan(1e-4);
        assertThat(distance(branch(empty, 0), sampledAlone("", SOURCE))).isLessThan(1e-4);
    }

    @Test
    void theSourceDoesNotDependOnItsTargets() {
        NDArray orange = edit(REPLACE, SOURCE, ORANGE);
        NDArray lion = edit(EditSettings.of(new Refine(), 1, 1), SOURCE, LION);

        assertThat(branch(orange, 0).toFloatArray()).isEqualTo(branch(lion, 0).toFloatArray());
        assertThat(distance(branch(orange, 0), sampledAlone(SOURCE, SOURCE))).isLessThan(1e-5);
    }

    @Test
    void targetsTogetherAreWhatTheyAreOneByOne() {
        NDArray together = edit(REPLACE, SOURCE, ORANGE, LION);

        assertThat(distance(branch(together, 0), branch(edit(REPLACE, SOURCE, ORANGE), 0)))
                .isLessThan(1e-5);
        assertThat(distance(branch(together, 1), branch(edit(REPLACE, SOURCE, ORANGE), 1)))
                .isLessThan(1e-4);
        assertThat(distance(branch(together, 2), branch(edit(REPLACE, SOURCE, LION), 1)))
                .isLessThan(1e-4);
        assertThat(distance(branch(together, 1), branch(together, 2))).isGreaterThan(0.1);
    }

    @Test
    void aCopyOfTheSourcesPromptIsTheSource() {
        NDArray result = sample(branches(EditSettings.of(new Copy(), 0.6, 0.6), "", SOURCE, SOURCE));

        assertThat(distance(branch(result, 0), branch(result, 1))).isLessThan(1e-4);
    }

    @Test
    void controlKeepsTheEditOfAPictureNearerToIt() throws IOException {
        List<String> prompts = List.of("fluent emoji of melon", "fluent emoji of grapes");
        NDArray caption = model.embed(scope, prompts.subList(0, 1));
        NDArray latent = model.encode(scope, pixels(Path.of("data-samples/images/006.png")));
        List<Step> many = model.schedule().steps(20);
        NDArray noise = DdimInversion.invert(scope, unet, many, latent, model.condition(scope, caption))
                .last();
        double[] change = new double[2];
        List<EditSettings> edits = List.of(EditSettings.NONE, EditSettings.of(new Replace(), 1, 1));
        for (int i = 0; i < change.length; i++) {
            ImageEdits edit = image(edits.get(i), prompts.toArray(String[]::new));
            PromptToPrompt branches =
                    PromptToPrompt.of(scope, unet, List.of(edit), Negatives.of(List.of(caption)), many.size());
            NDArray result = BranchSampling.sample(scope, unet, many, noise.repeat(0, 2), GUIDANCE, branches)
                    .last();
            NDArray difference = branch(result, 0).sub(branch(result, 1));
            change[i] = difference.mul(difference).mean().getFloat();
        }

        assertThat(change[1]).isLessThan(0.6 * change[0]).isGreaterThan(0);
    }

    /** {@code [1, 3, 64, 64]} in [-1, 1]. */
    private NDArray pixels(Path file) throws IOException {
        BufferedImage image = ImageIO.read(file.toFile());
        int size = image.getWidth() * image.getHeight();
        float[] pixels = new float[3 * size];
        for (int i = 0; i < size; i++) {
            int colour = image.getRGB(i % image.getWidth(), i / image.getWidth());
            for (int channel = 0; channel < 3; channel++) {
                pixels[channel * size + i] = (colour >> (16 - 8 * channel) & 0xff) / 127.5f - 1;
            }
        }
        return scope.create(pixels, new Shape(1, 3, image.getHeight(), image.getWidth()));
    }

    @Test
    void layersOfTooManyPixelsKeepTheirSelfAttention() {
        EditSettings settings = EditSettings.of(new Replace(), 0, 1);
        NDArray without = edit(settings.withSelfReplacePixels(63), SOURCE, LION);

        // The model's transformers see 8 x 8 pixels.
        assertThat(distance(without, edit(EditSettings.NONE, SOURCE, LION))).isLessThan(1e-4);
        assertThat(distance(edit(settings.withSelfReplacePixels(64), SOURCE, LION), edit(settings, SOURCE, LION)))
                .isZero();
        assertThat(distance(without, edit(settings, SOURCE, LION))).isGreaterThan(0.1);
    }

    @Test
    void aFactorOfOneChangesNothingAndALargerOneDoes() {
        NDArray plain = edit(EditSettings.of(new Refine(), 0.8, 0.4), SOURCE, ORANGE);
        NDArray same =
                edit(EditSettings.of(new Reweight(new Refine(), Map.of("orange", 1.0)), 0.8, 0.4), SOURCE, ORANGE);
        NDArray more =
                edit(EditSettings.of(new Reweight(new Refine(), Map.of("orange", 4.0)), 0.8, 0.4), SOURCE, ORANGE);

        assertThat(distance(same, plain)).isZero();
        assertThat(branch(more, 0).toFloatArray()).isEqualTo(branch(plain, 0).toFloatArray());
        assertThat(distance(more, plain)).isGreaterThan(0.01);
    }

    @Test
    void negativePromptsMayDifferFromStepToStep() {
        NDArray caption = model.embed(scope, List.of(SOURCE));
        NDArray empty = model.embed(scope, List.of(""));

        PromptToPrompt same = branches(REPLACE, Collections.nCopies(STEPS, caption), SOURCE, ORANGE);
        PromptToPrompt mixed = branches(REPLACE, List.of(caption, empty, empty, empty), SOURCE, ORANGE);

        assertThat(distance(sample(same), edit(REPLACE, SOURCE, ORANGE))).isLessThan(1e-4);
        assertThat(distance(sample(mixed), edit(REPLACE, SOURCE, ORANGE))).isGreaterThan(0.01);
    }

    @Test
    void aNegativePromptForEachBranchIsTaken() {
        NDArray each = model.embed(scope, List.of(SOURCE, ORANGE));
        PromptToPrompt branches = branches(EditSettings.NONE, List.of(each), SOURCE, ORANGE);

        assertThat(distance(branch(sample(branches), 1), sampledAlone(ORANGE, ORANGE)))
                .isLessThan(1e-4);
    }

    @Test
    void theSourcesOwnPromptOnBothSidesIsEvaluatedOnce() {
        PromptToPrompt negativePrompt = branches(REPLACE, SOURCE, SOURCE, ORANGE, LION);
        PromptToPrompt alone = branches(REPLACE, SOURCE, SOURCE);

        sample(negativePrompt);

        assertThat(unet.evaluations()).isEqualTo(5L * STEPS);
        assertThat(negativePrompt.sourceEvaluations()).isEqualTo(STEPS);
        assertThat(negativePrompt.targetEvaluations()).isEqualTo(4L * STEPS);
        assertThat(distance(sample(alone), sampledAlone(SOURCE, SOURCE))).isLessThan(1e-5);
        assertThat(unet.evaluations()).isEqualTo(6L * STEPS);
        assertThat(alone.sourceEvaluations()).isEqualTo(STEPS);
    }

    @Test
    void againstAnotherPromptEveryBranchIsEvaluatedTwice() {
        PromptToPrompt empty = branches(REPLACE, "", SOURCE, ORANGE, LION);

        sample(empty);

        assertThat(unet.evaluations()).isEqualTo(6L * STEPS);
        assertThat(empty.sourceEvaluations()).isEqualTo(2L * STEPS);
        assertThat(empty.targetEvaluations()).isEqualTo(4L * STEPS);
    }

    @Test
    void branchesThatAreNotGuidedAreEvaluatedOnce() {
        List<NDArray> empty = List.of(model.embed(scope, List.of("")));
        PromptToPrompt targetsOnly = branches(new Negatives(empty, false, true), image(REPLACE, SOURCE, ORANGE));
        NDArray ofTargets = sample(targetsOnly);
        assertThat(unet.evaluations()).isEqualTo(3L * STEPS);
        PromptToPrompt nobody = branches(new Negatives(empty, false, false), image(EditSettings.NONE, SOURCE, ORANGE));
        NDArray ofNobody = sample(nobody);
        assertThat(unet.evaluations()).isEqualTo(5L * STEPS);

        assertThat(distance(branch(ofTargets, 0), sampledAlone(SOURCE, SOURCE))).isLessThan(1e-5);
        assertThat(distance(branch(ofNobody, 1), sampledAlone(ORANGE, ORANGE))).isLessThan(1e-5);
    }

    /** Of a batch the rows that are not controlled must not be none. */
    @Test
    void controlWithoutGuidanceIsSampledToo() {
        List<NDArray> caption = List.of(model.embed(scope, List.of(SOURCE)));
        EditSettings copy = EditSettings.of(new Copy(), 1, 1);

        NDArray result = sample(branches(new Negatives(caption, false, false), image(copy, SOURCE, SOURCE)));

        assertThat(distance(branch(result, 1), branch(result, 0))).isLessThan(1e-4);
        assertThat(distance(branch(result, 0), sampledAlone(SOURCE, SOURCE))).isLessThan(1e-4);
    }

    /** With the caption on both sides, but its attention changed on one. */
    @Test
    void aReweightedCaptionIsGuidedAgainstThePlainOne() {
        EditSettings more = EditSettings.of(new Reweight(new Copy(), Map.of("heart", 5.0)), 1, 0);

        NDArray result = edit(more, SOURCE, SOURCE);

        assertThat(unet.evaluations()).isEqualTo(3L * STEPS);
        assertThat(distance(branch(result, 0), branch(result, 1))).isGreaterThan(0.1);
    }

    @Test
    void imagesTogetherAreWhatTheyAreOneByOne() {
        ImageEdits heart = new ImageEdits(
                SOURCE,
                List.of(new TargetEdit(ORANGE, REPLACE), new TargetEdit(LION, EditSettings.of(new Refine(), 0.3, 1))));
        ImageEdits lion = new ImageEdits(
                LION,
                List.of(
                        new TargetEdit(SOURCE, EditSettings.NONE),
                        new TargetEdit(ORANGE, REPLACE.withSelfReplacePixels(16))));
        NDArray negative = model.embed(scope, List.of("", "noto emoji of cat"));

        NDArray together = sample(branches(Negatives.of(List.of(negative)), heart, lion));

        List<NDArray> alone = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            ImageEdits image = List.of(heart, lion).get(i);
            for (TargetEdit target : image.targets()) {
                Negatives own = Negatives.of(List.of(branch(negative, i)));
                alone.add(sample(branches(own, new ImageEdits(image.caption(), List.of(target)))));
            }
        }
        for (int i = 0; i < 2; i++) {
            NDArray first = alone.get(2 * i);
            assertThat(distance(branch(together, 3 * i), branch(first, 0)))
                    .as("source " + i)
                    .isLessThan(1e-4);
            assertThat(distance(branch(together, 3 * i + 1), branch(first, 1)))
                    .as("target of " + i)
                    .isLessThan(1e-4);
            assertThat(distance(branch(together, 3 * i + 2), branch(alone.get(2 * i + 1), 1)))
                    .as("second target of " + i)
                    .isLessThan(1e-4);
        }
        assertThat(distance(branch(together, 1), branch(together, 5))).isGreaterThan(0.1);
    }

    @Test
    void attentionMapsAreSharesAndFollowTheEdit() {
        PromptToPrompt branches = branches(EditSettings.of(new Copy(), 1, 0), SOURCE, SOURCE, LION);
        PromptToPrompt free = branches(EditSettings.NONE, SOURCE, SOURCE, LION);
        NDArray latents = noise(scope, 2, 4, 16, 16);

        Map<String, NDArray> maps = branches.crossAttention(scope, latents, steps.get(0));

        assertThat(maps.keySet()).containsExactly("down1.attn0", "mid.attn0", "up0.attn0", "up0.attn1");
        maps.forEach((layer, map) -> {
            assertThat(map.getShape().getShape()).as(layer).containsExactly(2, 4, 64, 77);
            assertThat(map.sum(new int[] {-1}).sub(1).abs().max().getFloat())
                    .as(layer)
                    .isLessThan(1e-5f);
            assertThat(distance(branch(map, 0), branch(map, 1))).as(layer).isZero();
        });
        NDArray own = free.crossAttention(scope, latents, steps.get(0)).get("down1.attn0");
        assertThat(distance(branch(own, 0), branch(own, 1))).isGreaterThan(0.01);
    }

    @Test
    void stepsLeaveNoArraysBehind() {
        LocalBlend blend = LocalBlend.of(List.of(List.of("heart"), List.of("heart")));
        PromptToPrompt branches = branches(REPLACE.withLocalBlend(blend), SOURCE, SOURCE, ORANGE);
        NDArray latents = noise(scope, 2, 4, 16, 16);
        int[] counts = new int[STEPS];
        for (Step step : steps) {
            try (NDManager stepScope = scope.newSubManager()) {
                branches.predict(stepScope, latents, step);
                NDArray moved = latents.duplicate();
                moved.attach(stepScope);
                branches.afterStep(stepScope, moved, step);
            }
            counts[step.index()] = scope.getManagedArrays().size();
        }

        assertThat(counts[STEPS - 1]).isEqualTo(counts[1]);
    }

    @Test
    void numbersThatDoNotFitAreNamed() {
        List<NDArray> two = Collections.nCopies(2, model.embed(scope, List.of("")));
        List<NDArray> threeRows = List.of(model.embed(scope, List.of("", "", "")));
        PromptToPrompt branches = branches(REPLACE, "", SOURCE, ORANGE);

        assertThatThrownBy(() -> branches(REPLACE, two, SOURCE, ORANGE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 negative prompts for 4 steps; one is needed, or one for each step");
        assertThatThrownBy(() -> branches(REPLACE, threeRows, SOURCE, ORANGE))
                .hasMessage("negative prompts for 3 branches, there are 2");
        assertThatThrownBy(() -> branches(Negatives.of(two)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there are no images to edit");
        assertThatThrownBy(() -> branches(
                        Negatives.of(two), image(REPLACE, SOURCE, ORANGE), image(REPLACE, SOURCE, ORANGE, LION)))
                .hasMessage("images of one batch have equally many edits, here are 1 and 2");
        assertThatThrownBy(() -> branches.predict(scope, noise(scope, 3, 4, 16, 16), steps.get(0)))
                .hasMessage("3 latents for 2 branches");
    }
}
