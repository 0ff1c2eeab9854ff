package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Optional;

/**
 * A {@link LocalBlend} of one edit as it is sampled: gathers the branches' cross-attention step by step and confines
 * their latents. For one run and one thread.
 */
final class BlendRegion {
    private final LocalBlend settings;
    private final NDManager owner;
    private final int steps;
    private final float[] wordWeights;
    private final int branches;
    private final int length;
    private NDArray attention;
    private Optional<Blend> last = Optional.empty();

    /**
     * The masks of one step.
     *
     * @param words of the words whose region may change
     * @param subtracted of the words whose region must not, where there are such
     */
    record Blend(BlendMask words, Optional<BlendMask> subtracted) {}

    /**
     * @param owner owns what is gathered
     * @throws IllegalArgumentException if the settings do not name words of each prompt
     */
    BlendRegion(LocalBlend settings, NDManager owner, List<PromptTokens> prompts, int steps) {
        this.settings = settings;
        this.owner = owner;
        this.steps = steps;
        this.branches = prompts.size();
        this.length = prompts.get(0).length();
        this.wordWeights = new float[branches * length * 2];
        if (!settings.isNone()) {
            mark(settings.words(), prompts, 0, "to blend");
        }
        if (settings.subtracts()) {
            mark(settings.subtractWords(), prompts, 1, "to subtract");
        }
    }

    /** Sets 1 at the words' tokens, in one of two columns. */
    private void mark(List<List<String>> words, List<PromptTokens> prompts, int column, String purpose) {
        if (words.size() != branches) {
            throw new IllegalArgumentException("local blend names words " + purpose + " for " + words.size()
                    + " prompts, there are " + branches + ", the source's included");
        }
        for (int branch = 0; branch < branches; branch++) {
            for (String word : words.get(branch)) {
                PromptTokens.requireInAny(prompts.subList(branch, branch + 1), word, purpose);
                for (int position : prompts.get(branch).positionsOf(word)) {
                    wordWeights[(branch * length + position) * 2 + column] = 1;
                }
            }
        }
    }

    /**
     * Adds a step's maps.
     *
     * @param map {@code [K, h, w, T]}
     */
    void gather(NDArray map, int step) {
        if (settings.isNone()) {
            return;
        }
        NDArray previous = attention;
        attention = step == 0 || previous == null ? map : map.add(previous);
        attention.attach(owner);
        if (previous != null) {
            previous.close();
        }
    }

    /** The masks of the last step that was blended; empty where it was not. */
    Optional<Blend> last() {
        return last;
    }

    /** The latents {@code [K, C, h, w]} of a step's result, the source's outside of the region. */
    NDArray confine(NDManager resultOwner, NDManager scope, NDArray latents, int step) {
        last = Optional.empty();
        if (!settings.blends(step, steps) || attention == null) {
            return latents;
        }
        Shape shape = latents.getShape();
        Blend blend = blend(scope, (int) shape.get(2), (int) shape.get(3));
        last = Optional.of(blend);
        boolean[][] region = blend.words().above(settings.threshold());
        Optional<boolean[][]> subtracted =
                blend.subtracted().map(mask -> mask.above(settings.subtractThreshold()));
        float[] mask = new float[branches * region[0].length];
        for (int i = 0; i < mask.length; i++) {
            int branch = i / region[0].length;
            int element = i % region[0].length;
            boolean changes = region[branch][element] && !(subtracted.isPresent() && subtracted.get()[branch][element]);
            mask[i] = changes ? 1 : 0;
        }
        NDArray own = scope.create(mask, new Shape(branches, 1, shape.get(2), shape.get(3)));
        NDArray source = latents.get("0:1");
        source.attach(scope);
        NDArray difference = latents.sub(source);
        difference.attach(scope);
        NDArray result = source.add(own.mul(difference));
        result.attach(resultOwner);
        return result;
    }

    private Blend blend(NDManager scope, int height, int width) {
        int mapHeight = (int) attention.getShape().get(1);
        int mapWidth = (int) attention.getShape().get(2);
        NDArray weights = scope.create(wordWeights, new Shape(branches, length, 2));
        NDArray perPixel = attention.reshape(branches, (long) mapHeight * mapWidth, length);
        perPixel.attach(scope);
        float[] sums = perPixel.batchMatMul(weights).toFloatArray();
        BlendMask words = mask(sums, 0, mapHeight, mapWidth, height, width);
        return new Blend(
                words,
                settings.subtracts()
                        ? Optional.of(mask(sums, 1, mapHeight, mapWidth, height, width))
                        : Optional.empty());
    }

    /** As in the authors' code only the region that may change is widened. */
    private BlendMask mask(float[] sums, int column, int mapHeight, int mapWidth, int height, int width) {
        int pixels = mapHeight * mapWidth;
        float[][] attended = new float[branches][pixels];
        for (int branch = 0; branch < branches; branch++) {
            for (int pixel = 0; pixel < pixels; pixel++) {
                attended[branch][pixel] = sums[(branch * pixels + pixel) * 2 + column];
            }
        }
        return BlendMask.of(attended, mapHeight, mapWidth, column == 0, height, width);
    }
}
