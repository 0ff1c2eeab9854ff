package io.sparkinversion.engine;

import io.sparkinversion.engine.EditScorer.Original;
import io.sparkinversion.engine.Engine.Cost;
import io.sparkinversion.engine.Engine.Edit;
import io.sparkinversion.engine.Engine.EditInput;
import io.sparkinversion.engine.Engine.EditSample;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.inversion.Method;
import java.util.Comparator;
import java.util.List;

/**
 * An edit between its sampling and its measurement, which waits for all methods: where the dataset has no mask, they are
 * measured by one region.
 *
 * @param index of the prompt, from 0
 * @param drawing null where it failed
 * @param failure null where it did not
 */
record DrawnEdit(Method method, String control, int index, Drawing drawing, Failure failure) {

    /**
     * @param prompt of the edit
     * @param reconstruction the source branch
     * @param lpips its distance to the original, NaN without LPIPS
     * @param editedLpips likewise of the edit
     * @param blend of latent or picture size: what local blend let change; null where it let all change
     * @param cost of inversion and source branch
     * @param evaluations of the UNet for this edit alone
     * @param seconds of sampling it
     */
    record Drawing(
            String prompt,
            RgbImage reconstruction,
            double lpips,
            RgbImage edited,
            double editedLpips,
            PixelMask blend,
            Cost cost,
            int evaluations,
            double seconds) {}

    /** The region that an edit's masked scores go by. */
    private record Region(String name, PixelMask mask) {}

    static DrawnEdit failed(Method method, String control, int index, Failure failure) {
        return new DrawnEdit(method, control, index, null, failure);
    }

    /** The edits of one image, measured, in the same order. */
    static List<Edit> measured(List<DrawnEdit> edits, EditInput input, EditScorer scorer) {
        if (edits.isEmpty()) {
            return List.of();
        }
        Original original = scorer.original(input.image(), input.caption());
        return edits.stream()
                .map(edit -> edit.measured(region(edits, edit.index, input), original, scorer))
                .toList();
    }

    private Edit measured(Region region, Original original, EditScorer scorer) {
        if (drawing == null) {
            return new Edit(method, control, index, null, failure);
        }
        EditSample sample = new EditSample(
                drawing.reconstruction(),
                drawing.lpips(),
                drawing.edited(),
                region.mask(),
                region.name(),
                scorer.score(original, drawing.edited(), drawing.editedLpips(), region.mask(), drawing.prompt()),
                drawing.cost(),
                drawing.evaluations(),
                drawing.seconds());
        return new Edit(method, control, index, sample, null);
    }

    /**
     * The dataset's, or else the one that local blend found with {@link Method#NEGATIVE_PROMPT}, or else with the method
     * and control that come first by name: whatever the order that the run names them in.
     */
    private static Region region(List<DrawnEdit> edits, int index, EditInput input) {
        if (input.mask() != null) {
            return new Region("dataset", input.mask());
        }
        return edits.stream()
                .filter(edit -> edit.index == index && edit.drawing != null && edit.drawing.blend() != null)
                .min(Comparator.comparing((DrawnEdit edit) -> !edit.method.equals(Method.NEGATIVE_PROMPT))
                        .thenComparing(edit -> edit.method.label())
                        .thenComparing(DrawnEdit::control))
                .map(edit -> new Region(
                        "blend:" + edit.method.label(),
                        edit.drawing
                                .blend()
                                .resized(input.image().width(), input.image().height())))
                .orElse(new Region(null, null));
    }
}
