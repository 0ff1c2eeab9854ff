package io.sparkinversion.editing;

import io.sparkinversion.diffusion.AttentionControl;
import io.sparkinversion.diffusion.ClipTokenizer;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The edits of several images: the attention control of every step. Rows are the first image's source, its targets, the
 * second's source and so on.
 *
 * @param targets by image, equally many
 * @param length positions of the text encoder
 */
record ControlSchedule(List<List<TargetSchedule>> targets, int length) {

    /**
     * @throws IllegalArgumentException if the images have not equally many targets, prompts do not allow their edit, or
     *     they lack a word that it names
     */
    static ControlSchedule of(ClipTokenizer tokenizer, List<ImageEdits> images, int steps) {
        if (images.isEmpty()) {
            throw new IllegalArgumentException("there are no images to edit");
        }
        for (ImageEdits image : images) {
            if (image.branches() != images.get(0).branches()) {
                throw new IllegalArgumentException("images of one batch have equally many edits, here are "
                        + images.get(0).targets().size() + " and "
                        + image.targets().size());
            }
        }
        List<List<TargetSchedule>> targets = images.stream()
                .map(image -> image.targets().stream()
                        .map(edit -> TargetSchedule.of(tokenizer, image.caption(), edit, steps))
                        .toList())
                .toList();
        return new ControlSchedule(targets, tokenizer.length());
    }

    int images() {
        return targets.size();
    }

    /** Of one image: the source's and its targets'. */
    int branches() {
        return 1 + targets.get(0).size();
    }

    int rows() {
        return images() * branches();
    }

    boolean isSource(int row) {
        return row % branches() == 0;
    }

    /** The row of the source that a row belongs to. */
    int source(int row) {
        return row - row % branches();
    }

    /** Not for a source's row. */
    TargetSchedule target(int row) {
        return targets.get(row / branches()).get(row % branches() - 1);
    }

    /** Whether a row's attention is ever not its own. */
    boolean controls(int row) {
        return !isSource(row) && target(row).controls();
    }

    /** Whether any row's is. */
    boolean controls() {
        return IntStream.range(0, rows()).anyMatch(this::controls);
    }

    /** Whether any target shares more than attention to the text. */
    boolean shares() {
        return targets.stream().flatMap(List::stream).anyMatch(TargetSchedule::sharesMore);
    }

    /** Whether any target takes from the source's prediction for its negative prompt. */
    boolean sharesHalves() {
        return targets.stream()
                .flatMap(List::stream)
                .anyMatch(target -> target.settings().sharing() instanceof Sharing.MutualSelfAttention);
    }

    boolean blends() {
        return targets.stream().flatMap(List::stream).anyMatch(TargetSchedule::blends);
    }

    /** The control of a step; empty where every branch attends as ever and nobody asks for the maps. */
    Optional<AttentionControl> at(int step) {
        int[] controlled = IntStream.range(0, rows())
                .filter(row -> !isSource(row) && target(row).controls(step))
                .toArray();
        return controlled.length == 0 && !blends() ? Optional.empty() : Optional.of(control(controlled, step));
    }

    /** A control that changes nothing. */
    AttentionControl uncontrolled() {
        return control(new int[0], 0);
    }

    /** The rows that are not controlled take from themselves, and nothing at that. */
    private AttentionControl control(int[] controlled, int step) {
        TokenMap keep = TokenMap.keep(length);
        int[] source = IntStream.range(0, rows()).toArray();
        float[][] fromSource = Collections.nCopies(rows(), keep.flat()).toArray(float[][]::new);
        float[][] own = Collections.nCopies(rows(), keep.own()).toArray(float[][]::new);
        int[] pixels = new int[rows()];
        for (int row : controlled) {
            TokenMap map = target(row).at(step);
            source[row] = source(row);
            fromSource[row] = map.flat();
            own[row] = map.own();
            pixels[row] = target(row).selfReplacePixels(step);
        }
        return new AttentionControl(source, fromSource, own, pixels);
    }
}
