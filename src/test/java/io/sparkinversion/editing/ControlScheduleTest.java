package io.sparkinversion.editing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.diffusion.AttentionControl;
import io.sparkinversion.editing.AttentionEdit.Copy;
import io.sparkinversion.editing.AttentionEdit.Refine;
import io.sparkinversion.editing.AttentionEdit.Reweight;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ControlScheduleTest extends WithTokenizer {
    private static final int STEPS = 10;
    private static final List<String> PROMPTS = List.of("brown heart", "big brown heart");
    private static final LocalBlend BLEND = LocalBlend.of(List.of(List.of("heart"), List.of("heart")));

    private static ControlSchedule schedule(EditSettings settings) {
        return schedule(PROMPTS.get(0), new TargetEdit(PROMPTS.get(1), settings));
    }

    private static ControlSchedule schedule(String caption, TargetEdit... targets) {
        return ControlSchedule.of(tokenizer, List.of(new ImageEdits(caption, List.of(targets))), STEPS);
    }

    private static int[] controlled(ControlSchedule schedule) {
        return IntStream.range(0, STEPS)
                .filter(step -> schedule.at(step).isPresent())
                .toArray();
    }

    @Test
    void stepsOutsideOfBothWindowsAreNotControlled() {
        ControlSchedule schedule = schedule(EditSettings.of(new Refine(), 0.3, 0.5));

        assertThat(controlled(schedule)).containsExactly(0, 1, 2, 3, 4);
        assertThat(schedule.at(2).orElseThrow().selfReplacePixels())
                .containsExactly(0, EditSettings.SELF_REPLACE_PIXELS);
    }

    @Test
    void windowsMayLeaveTheFirstStepsAlone() {
        ControlSchedule schedule = schedule(EditSettings.of(new Refine(), 0, 0)
                .during(new CrossReplace(new Window(0.4, 0.6), Map.of()), new Window(0.5, 0.8)));

        assertThat(controlled(schedule)).containsExactly(4, 5, 6, 7);
        assertThat(schedule.at(4).orElseThrow().selfReplacePixels())
                .as("step 4")
                .containsOnly(0);
        assertThat(schedule.at(7).orElseThrow().own()[1]).as("step 7").containsOnly(1);
    }

    @Test
    void aWordsWindowIsEnoughForControl() {
        ControlSchedule schedule = schedule(EditSettings.of(new Refine(), 0, 0)
                .during(new CrossReplace(Window.NEVER, Map.of("brown", Window.until(0.2))), Window.NEVER));

        assertThat(controlled(schedule)).containsExactly(0, 1);
    }

    @Test
    void aLocalBlendNeedsTheMapsOfEveryStep() {
        assertThat(controlled(schedule(EditSettings.NONE.withLocalBlend(BLEND))))
                .hasSize(STEPS);
    }

    @Test
    void withoutAnEditOrWithoutTargetsNothingIsControlled() {
        assertThat(controlled(schedule(EditSettings.NONE))).isEmpty();
        assertThat(controlled(schedule(PROMPTS.get(0)))).isEmpty();
    }

    @Test
    void theSourceKeepsItsAttention() {
        AttentionControl control =
                schedule(EditSettings.of(new Copy(), 1, 1)).at(0).orElseThrow();

        assertThat(control.source()).containsExactly(0, 0);
        assertThat(control.fromSource()[0]).containsOnly(0);
        assertThat(control.own()[0]).containsOnly(1);
        assertThat(control.own()[1]).containsOnly(0);
    }

    @Test
    void wordsThatNoTargetHasAreRefused() {
        EditSettings reweighted =
                EditSettings.of(new Reweight(new Reweight(new Refine(), Map.of("cat", 2.0)), Map.of()), 1, 1);
        EditSettings scheduled = EditSettings.of(new Refine(), 1, 1)
                .during(new CrossReplace(Window.ALWAYS, Map.of("Heart", Window.NEVER)), Window.NEVER);

        assertThatThrownBy(() -> schedule(reweighted))
                .hasMessageStartingWith("the word 'cat' to be reweighted is not in 'big brown heart'");
        assertThatThrownBy(() -> schedule(scheduled))
                .hasMessageStartingWith("the word 'Heart' with steps of its own is not in 'big brown heart'");
    }

    @Test
    void everyTargetHasItsOwnEditAndItsOwnSource() {
        TargetEdit orange =
                new TargetEdit("orange heart", EditSettings.of(new Reweight(new Copy(), Map.of("orange", 2.0)), 1, 0));
        TargetEdit star =
                new TargetEdit("brown star", EditSettings.of(new Copy(), 0, 0.5).withSelfReplacePixels(16));
        TargetEdit free = new TargetEdit("lion", EditSettings.NONE);

        ControlSchedule schedule = ControlSchedule.of(
                tokenizer,
                List.of(
                        new ImageEdits("brown heart", List.of(orange, free)),
                        new ImageEdits("brown heart", List.of(free, star))),
                STEPS);

        AttentionControl first = schedule.at(0).orElseThrow();
        assertThat(first.source()).containsExactly(0, 0, 2, 3, 4, 3);
        assertThat(first.selfReplacePixels()).containsExactly(0, 0, 0, 0, 0, 16);
        // Element (1, 1): the first token.
        assertThat(first.fromSource()[1][78]).isEqualTo(2);
        assertThat(first.fromSource()[5]).containsOnly(0);
        assertThat(first.own()[5]).containsOnly(1);
        AttentionControl sixth = schedule.at(5).orElseThrow();
        assertThat(sixth.source()).containsExactly(0, 0, 2, 3, 4, 5);
        assertThat(sixth.selfReplacePixels()).containsOnly(0);
    }
}
