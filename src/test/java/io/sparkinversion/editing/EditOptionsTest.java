package io.sparkinversion.editing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.editing.AttentionEdit.Copy;
import io.sparkinversion.editing.AttentionEdit.Refine;
import io.sparkinversion.editing.AttentionEdit.Replace;
import io.sparkinversion.editing.AttentionEdit.Reweight;
import io.sparkinversion.editing.EditOptions.Attention;
import io.sparkinversion.editing.EditOptions.Blend;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EditOptionsTest extends WithTokenizer {
    private static final String CAPTION = "a brown cat on a mat";
    private static final String LONG = "word ".repeat(80).strip();

    private static EditOptions options(Attention attention, Map<String, Double> reweight, Blend blend) {
        return new EditOptions(attention, 0.4, 0.6, reweight, blend, 0.2, 0.3);
    }

    private static TargetEdit plan(Attention attention, Blend blend, EditPrompt edit) {
        return options(attention, Map.of(), blend).plan(tokenizer, CAPTION, edit);
    }

    private static AttentionEdit attention(String caption, String prompt) {
        return options(Attention.AUTO, Map.of(), Blend.NONE)
                .plan(tokenizer, caption, new EditPrompt(prompt))
                .settings()
                .attention();
    }

    private static List<List<String>> blended(Blend blend, EditPrompt edit) {
        return plan(Attention.AUTO, blend, edit).settings().localBlend().words();
    }

    @Test
    void promptsOfEquallyManyWordsHaveTheirWordsReplaced() {
        assertThat(attention(CAPTION, "a brown dog on a mat")).isEqualTo(new Replace());
        assertThat(attention(CAPTION, "a cat on a mat")).isEqualTo(new Refine());
        assertThat(attention(CAPTION, CAPTION)).isEqualTo(new Copy());
        assertThat(attention(LONG, LONG.substring(5) + " other"))
                .as("replaced beyond the end")
                .isEqualTo(new Refine());
    }

    @Test
    void theSettingsAreThoseOfTheJob() {
        EditOptions options = new EditOptions(Attention.REFINE, 0.3, 0.7, Map.of(), Blend.AUTO, 0.1, 0.25);

        TargetEdit planned = options.plan(tokenizer, CAPTION, new EditPrompt("a brown dog on a mat"));

        assertThat(planned.prompt()).isEqualTo("a brown dog on a mat");
        assertThat(planned.settings())
                .isEqualTo(EditSettings.of(new Refine(), 0.3, 0.7)
                        .withLocalBlend(
                                new LocalBlend(List.of(List.of("cat"), List.of("dog")), List.of(), 0.1, 0.25, 0.25)));
    }

    @Test
    void aPromptsFactorsScaleItsEdit() {
        TargetEdit planned = plan(Attention.AUTO, Blend.AUTO, new EditPrompt("a (brown:3) cat on a mat"));

        assertThat(planned.prompt()).isEqualTo(CAPTION);
        assertThat(planned.settings().attention()).isEqualTo(new Reweight(new Copy(), Map.of("brown", 3.0)));
        assertThat(planned.settings().localBlend()).isEqualTo(LocalBlend.NONE);
    }

    @Test
    void aJobsFactorsAreForThePromptsThatHaveTheWord() {
        EditOptions options = options(Attention.AUTO, Map.of("Dog", 2.0, "mat", 0.5, "sun", 9.0), Blend.NONE);

        assertThat(options.plan(tokenizer, CAPTION, new EditPrompt("a brown dog, on a (mat:4)"))
                        .settings()
                        .attention())
                .isEqualTo(new Reweight(new Replace(), Map.of("dog,", 2.0, "mat", 4.0)));
        assertThat(options.plan(tokenizer, "a cat", new EditPrompt("a lion"))
                        .settings()
                        .attention())
                .isEqualTo(new Replace());
    }

    @Test
    void aRegionIsBoundByTheWordsThatDiffer() {
        assertThat(blended(Blend.AUTO, new EditPrompt("a brown dog on a mat")))
                .isEqualTo(List.of(List.of("cat"), List.of("dog")));
        assertThat(blended(Blend.AUTO, new EditPrompt("a brown cat with a hat, on a mat")))
                .isEqualTo(List.of(List.of(), List.of("with", "a", "hat,")));
        assertThat(blended(Blend.AUTO, new EditPrompt("a cat")))
                .as("nothing is new")
                .isEmpty();
        assertThat(blended(Blend.AUTO, new EditPrompt(CAPTION + " " + LONG + " new"))
                        .get(1))
                .as("words that the model reads")
                .containsOnly("word");
    }

    @Test
    void aDatasetsWordsComeFirst() {
        EditPrompt named = new EditPrompt("a brown dog, on a mat", List.of("mat"), List.of("Dog"));
        EditPrompt elsewhere = new EditPrompt("a brown dog on a mat", List.of("tiger"), List.of("dog"));

        assertThat(blended(Blend.AUTO, named)).isEqualTo(List.of(List.of("mat"), List.of("dog,")));
        assertThat(blended(Blend.WORDS, named)).isEqualTo(List.of(List.of("mat"), List.of("dog,")));
        assertThat(blended(Blend.NONE, named)).isEmpty();
        assertThat(blended(Blend.AUTO, elsewhere)).isEqualTo(List.of(List.of("cat"), List.of("dog")));
        assertThat(blended(Blend.WORDS, new EditPrompt("a brown dog on a mat"))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Blend.class)
    void aPromptSwapIsNothingElse(Blend blend) {
        EditOptions options = new EditOptions(Attention.NONE, 1, 1, Map.of("dog", 2.0), blend, 0.2, 0.3);
        EditPrompt edit = new EditPrompt("a (brown:2) dog", List.of("cat"), List.of("dog"));

        assertThat(options.plan(tokenizer, CAPTION, edit))
                .isEqualTo(new TargetEdit("a brown dog", EditSettings.NONE))
                .isEqualTo(EditOptions.PROMPT_SWAP.plan(tokenizer, CAPTION, edit));
    }

    @Test
    void whatPromptsDoNotAllowIsSaidOfTheEdit() {
        assertThatThrownBy(() -> plan(Attention.REPLACE, Blend.NONE, new EditPrompt("a dog")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("words can be replaced only between prompts of equally many words: '" + CAPTION
                        + "' has 6, 'a dog' has 2; refine such a prompt instead");
        assertThatThrownBy(() ->
                        plan(Attention.AUTO, Blend.WORDS, new EditPrompt("a dog", List.of("tiger"), List.of("dog"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the word 'tiger' to blend is not in '" + CAPTION + "'");
        assertThatThrownBy(() -> plan(Attention.AUTO, Blend.NONE, new EditPrompt(LONG + " (end:2)")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the word 'end' to be reweighted is not in '" + LONG);
    }

    @ParameterizedTest
    @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
    void sharesAreChecked(double share) {
        assertThatThrownBy(() -> new EditOptions(Attention.AUTO, 0.4, share, Map.of(), Blend.NONE, 0.2, 0.3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("self-replace is " + share + ", it must be 0 to 1");
        assertThatThrownBy(() -> options(Attention.AUTO, Map.of("cat", Double.NaN), Blend.NONE))
                .hasMessage("reweight: the factor of 'cat' is NaN, it must be a finite number");
    }
}
