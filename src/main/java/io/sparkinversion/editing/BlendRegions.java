package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.inversion.BatchRows;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The {@link LocalBlend}s of edits that are sampled together: gathers the branches' cross-attention step by step and
 * confines their latents, each target by what itself and its source look at. For one run and one thread.
 */
final class BlendRegions {
    private final ControlSchedule schedule;
    private final NDManager owner;
    /** The rows of the targets that are confined. */
    private final int[] confined;
    /** For each of these the row of its source, then itself. */
    private final int[] pairs;
    /** By row of the pairs and token 1 for the words whose region may change and, next, those whose must not. */
    private final float[] wordWeights;

    private NDArray attention;
    private int attentionStep = -1;
    /** By row; of the step before. */
    private Map<Integer, Blend> blends = Map.of();

    private boolean current;

    /** @param owner owns what is gathered */
    BlendRegions(ControlSchedule schedule, NDManager owner) {
        this.schedule = schedule;
        this.owner = owner;
        this.confined = IntStream.range(0, schedule.rows())
                .filter(row -> !schedule.isSource(row) && schedule.target(row).blends())
                .toArray();
        this.pairs = IntStream.of(confined)
                .flatMap(row -> IntStream.of(schedule.source(row), row))
                .toArray();
        this.wordWeights = new float[pairs.length * schedule.length() * 2];
        for (int i = 0; i < confined.length; i++) {
            TargetSchedule target = schedule.target(confined[i]);
            LocalBlend settings = target.settings().localBlend();
            List<PromptTokens> prompts = List.of(target.source(), target.target());
            mark(settings.words(), prompts, 2 * i, 0);
            mark(settings.subtractWords(), prompts, 2 * i, 1);
        }
    }

    /** Sets 1 at the tokens of two prompts' words, in one of two columns. */
    private void mark(List<List<String>> words, List<PromptTokens> prompts, int firstRow, int column) {
        for (int prompt = 0; prompt < words.size(); prompt++) {
            for (String word : words.get(prompt)) {
                for (int position : prompts.get(prompt).positionsOf(word)) {
                    wordWeights[((firstRow + prompt) * schedule.length() + position) * 2 + column] = 1;
                }
            }
        }
    }

    /**
     * Adds the maps of an evaluation. Those of a first step after a later one begin anew.
     *
     * @param maps of all rows, {@code [rows, h, w, T]}
     */
    void gather(NDArray maps, int step) {
        if (confined.length == 0) {
            return;
        }
        NDArray previous = attention;
        attention = previous == null || step < attentionStep ? maps : maps.add(previous);
        attention.attach(owner);
        attentionStep = step;
        current = false;
        if (previous != null) {
            previous.close();
        }
    }

    /** What confined a row's latent in the last step that was blended; empty where nothing did. */
    Optional<Blend> last(int row) {
        return Optional.ofNullable(blends.get(row));
    }

    /** A step's latents {@code [rows, C, h, w]}, those of confined targets the source's outside of their region. */
    NDArray confine(NDManager resultOwner, NDManager scope, NDArray latents, int step) {
        Shape shape = latents.getShape();
        int height = (int) shape.get(2);
        int width = (int) shape.get(3);
        if (!current) {
            // Samplers of two latents have both confined after a step.
            blends = attention == null ? Map.of() : blends(scope, step, height, width);
            current = true;
        }
        if (blends.isEmpty()) {
            return latents;
        }
        boolean[] own = new boolean[schedule.rows() * height * width];
        Arrays.fill(own, true);
        blends.forEach((row, blend) -> System.arraycopy(blend.region(), 0, own, row * height * width, height * width));
        NDArray mask =
                scope.create(own, new Shape(schedule.rows(), 1, height, width)).broadcast(shape);
        mask.attach(scope);
        int[] sources =
                IntStream.range(0, schedule.rows()).map(schedule::source).toArray();
        NDArray result = NDArrays.where(mask, latents, BatchRows.select(scope, latents, sources));
        result.attach(resultOwner);
        return result;
    }

    private Map<Integer, Blend> blends(NDManager scope, int step, int height, int width) {
        int mapHeight = (int) attention.getShape().get(1);
        int mapWidth = (int) attention.getShape().get(2);
        long pixels = (long) mapHeight * mapWidth;
        NDArray weights = scope.create(wordWeights, new Shape(pairs.length, schedule.length(), 2));
        NDArray perPixel = BatchRows.select(scope, attention, pairs).reshape(pairs.length, pixels, schedule.length());
        perPixel.attach(scope);
        NDArray sums = perPixel.batchMatMul(weights);
        sums.attach(scope);
        float[] values = sums.toFloatArray();
        Map<Integer, Blend> result = new HashMap<>();
        for (int i = 0; i < confined.length; i++) {
            TargetSchedule target = schedule.target(confined[i]);
            LocalBlend settings = target.settings().localBlend();
            if (settings.blends(step, target.steps())) {
                Blend.Maps words = maps(values, i, 0, mapHeight, mapWidth);
                Blend.Maps subtracted = maps(values, i, 1, mapHeight, mapWidth);
                result.put(confined[i], Blend.of(settings, words, subtracted, height, width));
            }
        }
        return result;
    }

    private static Blend.Maps maps(float[] sums, int pair, int column, int height, int width) {
        int pixels = height * width;
        float[][] maps = new float[2][pixels];
        for (int branch = 0; branch < 2; branch++) {
            for (int pixel = 0; pixel < pixels; pixel++) {
                maps[branch][pixel] = sums[((2 * pair + branch) * pixels + pixel) * 2 + column];
            }
        }
        return new Blend.Maps(height, width, maps);
    }
}
