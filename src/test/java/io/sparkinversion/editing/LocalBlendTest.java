package io.sparkinversion.editing;

import static io.sparkinversion.diffusion.EmbeddedModel.distance;
import static io.sparkinversion.diffusion.EmbeddedModel.noise;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.WithEmbeddedModel;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.inversion.Denoiser;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Local blends through the embedded model, whose latents are 16 x 16 and whose maps are 8 x 8. */
class LocalBlendTest extends WithEmbeddedModel {
    private static final int STEPS = 4;
    private static final int ELEMENTS = 16 * 16;
    private static final List<String> PROMPTS = List.of("twemoji emoji of brown heart", "twemoji emoji of lion face");
    private static final List<List<String>> WORDS = List.of(List.of("heart"), List.of("lion", "face"));
    private static final EditSettings EDIT = EditSettings.of(new AttentionEdit.Refine(), 0.5, 0.25);

    private PromptToPrompt branches;

    private NDArray edit(EditSettings... settings) {
        List<Step> steps = model.schedule().steps(STEPS);
        List<NDArray> negative = List.of(model.embed(scope, PROMPTS.subList(0, 1)));
        List<TargetEdit> targets = Stream.of(settings)
                .map(each -> new TargetEdit(PROMPTS.get(1), each))
                .toList();
        Denoiser unet = new Denoiser(model);
        List<ImageEdits> images = List.of(new ImageEdits(PROMPTS.get(0), targets));
        branches = PromptToPrompt.of(scope, unet, images, Negatives.of(negative), STEPS);
        NDArray start = noise(scope, 1, 4, 16, 16).repeat(0, branches.branches());
        return BranchSampling.sample(scope, unet, steps, start, 7.5, branches).last();
    }

    private static NDArray branch(NDArray latents, int index) {
        return latents.get(index + ":" + (index + 1));
    }

    @Test
    void outsideOfItsRegionTheEditIsTheSource() {
        NDArray result = edit(EDIT.withLocalBlend(new LocalBlend(WORDS, List.of(), 0, 0.8, 0.8)));

        boolean[] region = branches.lastMasks().get(0).get(0).above(0.8)[1];
        float[] source = branch(result, 0).toFloatArray();
        float[] target = branch(result, 1).toFloatArray();
        int inside = 0;
        double largest = 0;
        for (int i = 0; i < source.length; i++) {
            if (region[i % ELEMENTS]) {
                inside++;
                largest = Math.max(largest, Math.abs(source[i] - target[i]));
            } else {
                assertThat(target[i]).isEqualTo(source[i]);
            }
        }
        assertThat(inside).as("elements inside of 4 x 256").isBetween(4, 4 * ELEMENTS - 4);
        assertThat(largest).isGreaterThan(0.1);
        assertThat(branches.lastRegions()).isEqualTo(List.of(List.of(Optional.of(new PixelMask(16, 16, region)))));
    }

    @Test
    void whereEverythingMayChangeThereIsNoBlend() {
        NDArray blended = edit(EDIT.withLocalBlend(new LocalBlend(WORDS, List.of(), 0, 0, 0)));

        assertThat(distance(blended, edit(EDIT))).isLessThan(1e-4);
    }

    @Test
    void whatIsSubtractedFromItselfLeavesNothing() {
        NDArray result = edit(EDIT.withLocalBlend(new LocalBlend(WORDS, WORDS, 0, 0, 0)));

        assertThat(distance(branch(result, 0), branch(result, 1))).isZero();
        assertThat(branches.lastMasks().get(0)).hasSize(2);
        assertThat(branches.lastRegions().get(0).get(0).orElseThrow().count()).isZero();
    }

    @Test
    void theSourceIsNeverConfined() {
        NDArray result = edit(EDIT.withLocalBlend(new LocalBlend(WORDS, List.of(), 0, 0.5, 0.5)));

        assertThat(distance(branch(result, 0), branch(edit(EDIT), 0))).isLessThan(1e-5);
    }

    @Test
    void anEditIsNotConfinedBeforeItsStart() {
        NDArray late = edit(EDIT.withLocalBlend(new LocalBlend(WORDS, List.of(), 1, 0.5, 0.5)));

        assertThat(branches.lastMasks()).containsExactly(List.of());
        assertThat(branches.lastRegions()).containsExactly(List.of(Optional.empty()));
        assertThat(distance(late, edit(EDIT))).isLessThan(1e-4);
    }

    @Test
    void branchesWithoutAnEditCanBeConfined() {
        NDArray result = edit(EditSettings.NONE.withLocalBlend(new LocalBlend(WORDS, List.of(), 0, 1, 1)));

        // No share is above 1.
        assertThat(distance(branch(result, 0), branch(result, 1))).isZero();
    }

    @Test
    void everyTargetIsConfinedToItsOwnRegionOrNone() {
        EditSettings wide = EDIT.withLocalBlend(new LocalBlend(WORDS, List.of(), 0, 0.2, 0.2));
        EditSettings narrow = EDIT.withLocalBlend(new LocalBlend(WORDS, List.of(), 0, 0.8, 0.8));
        EditSettings other =
                EDIT.withLocalBlend(new LocalBlend(List.of(List.of(), List.of("twemoji")), List.of(), 0.5, 0.5, 0.5));

        NDArray together = edit(wide, EDIT, narrow, other);

        List<EditSettings> alone = List.of(wide, EDIT, narrow, other);
        List<Optional<PixelMask>> regions = branches.lastRegions().get(0);
        for (int i = 0; i < alone.size(); i++) {
            NDArray expected = edit(alone.get(i));
            assertThat(distance(branch(together, 1 + i), branch(expected, 1)))
                    .as("target " + i)
                    .isLessThan(1e-4);
            assertThat(regions.get(i))
                    .as("target " + i)
                    .isEqualTo(branches.lastRegions().get(0).get(0));
        }
        assertThat(regions.get(1)).isEmpty();
        assertThat(regions.get(0).orElseThrow().count())
                .isGreaterThan(regions.get(2).orElseThrow().count());
    }

    @Test
    void wordsAreGivenForEveryPrompt() {
        assertThatThrownBy(() -> edit(EDIT.withLocalBlend(LocalBlend.of(List.of(List.of("heart"))))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("local blend names words to blend for 1 prompts, there are 2, the source's included");
        assertThatThrownBy(() -> edit(EDIT.withLocalBlend(LocalBlend.of(List.of(List.of("heart"), List.of("heart"))))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the word 'heart' to blend is not in 'twemoji emoji of lion face'");
    }
}
