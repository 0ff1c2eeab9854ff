package io.sparkinversion.platform;

import io.sparkinversion.torchscript.Operation.Attention;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** See {@link Trial}. */
final class AttentionTrial implements Trial {
    private static final int HEADS = 2;
    /** As many tokens as the text encoders take, so that the causal mask is met at its real size. */
    private static final int KEYS = 77;

    private static final int QUERIES = 40;
    /** Gives the scores a deviation of more than 1, so that they matter. */
    private static final double SHARPNESS = 4;

    private final Attention operation;
    private final int queryCount;
    private final Numbers queries;
    private final Numbers keys;
    private final Numbers values;
    private final Numbers upstream;
    private final Map<Integer, double[]> weightsByRow = new HashMap<>();
    private final Map<Integer, double[]> scoreGradientsByRow = new HashMap<>();

    AttentionTrial(Attention operation, int batch) {
        int d = operation.headSize();
        this.operation = operation;
        this.queryCount = operation.causal() ? KEYS : QUERIES;
        this.queries = new Numbers(11, SHARPNESS, batch, HEADS, queryCount, d);
        this.keys = new Numbers(222, batch, HEADS, KEYS, d);
        this.values = new Numbers(3_333, batch, HEADS, KEYS, d);
        this.upstream = new Numbers(4_444, batch, HEADS, queryCount, d);
    }

    @Override
    public List<Numbers> inputs() {
        return List.of(queries, keys, values);
    }

    @Override
    public int variables() {
        return inputs().size();
    }

    @Override
    public Numbers upstream() {
        return upstream;
    }

    private double[] weights(int row) {
        return weightsByRow.computeIfAbsent(row, this::softmax);
    }

    private double[] scoreGradients(int row) {
        return scoreGradientsByRow.computeIfAbsent(row, this::softmaxGradient);
    }

    /** The softmax of one query's scores; {@code row} counts the queries of all items and heads. */
    private double[] softmax(int row) {
        int d = operation.headSize();
        int head = row / queryCount;
        int last = operation.causal() ? row % queryCount : KEYS - 1;
        double[] weights = new double[KEYS];
        double sum = 0;
        for (int key = 0; key <= last; key++) {
            double score = 0;
            for (int i = 0; i < d; i++) {
                score += (double) queries.at(row * d + i) * keys.at((head * KEYS + key) * d + i);
            }
            weights[key] = Math.exp(score / Math.sqrt(d));
            sum += weights[key];
        }
        for (int key = 0; key < KEYS; key++) {
            weights[key] /= sum;
        }
        return weights;
    }

    @Override
    public Expected result() {
        int d = operation.headSize();
        return Expected.of(upstream, 2 * KEYS * d, place -> {
            int row = place / d;
            double[] weights = weights(row);
            double sum = 0;
            for (int key = 0; key < KEYS; key++) {
                sum += weights[key] * values.at((row / queryCount * KEYS + key) * d + place % d);
            }
            return sum;
        });
    }

    /** By one query's scores: each weight times how far its value's share in the loss is from the mean of all. */
    private double[] softmaxGradient(int row) {
        int d = operation.headSize();
        double[] weights = weights(row);
        double[] shares = new double[KEYS];
        double mean = 0;
        for (int key = 0; key < KEYS; key++) {
            for (int i = 0; i < d; i++) {
                shares[key] += (double) upstream.at(row * d + i) * values.at((row / queryCount * KEYS + key) * d + i);
            }
            mean += weights[key] * shares[key];
        }
        for (int key = 0; key < KEYS; key++) {
            shares[key] = weights[key] * (shares[key] - mean) / Math.sqrt(d);
        }
        return shares;
    }

    @Override
    public List<Expected> gradients() {
        int d = operation.headSize();
        Expected byQueries = Expected.of(queries, 3 * KEYS * d, place -> {
            int row = place / d;
            double[] gradients = scoreGradients(row);
            double sum = 0;
            for (int key = 0; key < KEYS; key++) {
                sum += gradients[key] * keys.at((row / queryCount * KEYS + key) * d + place % d);
            }
            return sum;
        });
        int all = 3 * KEYS * d * queryCount;
        Expected byKeys = Expected.of(
                keys,
                all,
                place -> sumOverQueries(
                        place, (row, key) -> scoreGradients(row)[key] * queries.at(row * d + place % d)));
        Expected byValues = Expected.of(
                values,
                all,
                place -> sumOverQueries(place, (row, key) -> weights(row)[key] * upstream.at(row * d + place % d)));
        return List.of(byQueries, byKeys, byValues);
    }

    private interface Term {
        double of(int row, int key);
    }

    private double sumOverQueries(int place, Term term) {
        int key = place / operation.headSize() % KEYS;
        int head = place / operation.headSize() / KEYS;
        double sum = 0;
        for (int query = 0; query < queryCount; query++) {
            sum += term.of(head * queryCount + query, key);
        }
        return sum;
    }
}
