package io.sparkinversion.report;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * A mean and how well it is known.
 *
 * @param count values behind it
 * @param mean NaN if there are none
 * @param standardError sample standard deviation over the root of the count; NaN below two values
 * @param low lower end of the 95% confidence interval, Student's t; NaN below two values
 * @param high its upper end
 */
public record Estimate(int count, double mean, double standardError, double low, double high) {
    private static final double UPPER_TAIL = 0.975;

    /** Of the finite values; others are left out. */
    public static Estimate of(double... values) {
        double[] finite = Arrays.stream(values).filter(Double::isFinite).toArray();
        int count = finite.length;
        double mean = Arrays.stream(finite).average().orElse(Double.NaN);
        if (count < 2) {
            return new Estimate(count, mean, Double.NaN, Double.NaN, Double.NaN);
        }
        double squares = Arrays.stream(finite)
                .map(value -> (value - mean) * (value - mean))
                .sum();
        double standardError = Math.sqrt(squares / (count - 1) / count);
        return of(count, mean, standardError, count);
    }

    private static Estimate of(int count, double mean, double standardError, int measurements) {
        double half = new TDistribution(measurements - 1).inverseCumulativeProbability(UPPER_TAIL) * standardError;
        return new Estimate(count, mean, standardError, mean - half, mean + half);
    }

    /**
     * Of values of which those of one group are one measurement: the mean of all, with an interval by the groups, as
     * each group's sum of deviations varies (cluster-robust standard error, Student's t). Equal to {@link #of} where
     * every value is a group of its own; without an interval where there is one group.
     *
     * @param groups of the values, as many
     */
    public static Estimate ofGroups(double[] values, List<?> groups) {
        return ratio(values, null, groups);
    }

    /**
     * Mean of the values over the mean of others, with an interval likewise, by linear propagation of errors. Pairs of
     * which one is not finite are left out.
     *
     * @param others as many
     */
    public static Estimate ofRatio(double[] values, double[] others, List<?> groups) {
        return ratio(values, others, groups);
    }

    private static Estimate ratio(double[] values, double[] others, List<?> groups) {
        requireSameLength(values.length, groups.size());
        int[] known = IntStream.range(0, values.length)
                .filter(i -> Double.isFinite(values[i]) && (others == null || Double.isFinite(others[i])))
                .toArray();
        int count = known.length;
        double over = others == null
                ? 1
                : Arrays.stream(known).mapToDouble(i -> others[i]).average().orElse(Double.NaN);
        double mean = Arrays.stream(known).mapToDouble(i -> values[i]).average().orElse(Double.NaN) / over;
        Map<Object, Double> deviations = new HashMap<>();
        for (int i : known) {
            double expected = others == null ? mean : mean * others[i];
            deviations.merge(groups.get(i), values[i] - expected, Double::sum);
        }
        int clusters = deviations.size();
        if (clusters < 2) {
            return new Estimate(count, mean, Double.NaN, Double.NaN, Double.NaN);
        }
        double squares =
                deviations.values().stream().mapToDouble(each -> each * each).sum();
        double standardError = Math.sqrt(squares * clusters / (clusters - 1)) / count / over;
        return of(count, mean, standardError, clusters);
    }

    private static void requireSameLength(int values, int others) {
        if (values != others) {
            throw new IllegalArgumentException("paired values: " + values + " and " + others);
        }
    }

    /** As a file has it: with its interval, and without count and standard error. */
    public static Estimate read(double mean, double low, double high) {
        return new Estimate(0, mean, Double.NaN, low, high);
    }

    /** Half the width of the interval: the length of an error bar; 0 where there is no interval. */
    public double half() {
        return Double.isNaN(low) || Double.isNaN(high) ? 0 : high - mean;
    }

    /**
     * Of {@code a[i] - b[i]}, where both are finite.
     *
     * @throws IllegalArgumentException if the lengths differ
     */
    public static Estimate ofDifferences(double[] a, double[] b) {
        requireSameLength(a.length, b.length);
        double[] differences = new double[a.length];
        Arrays.setAll(differences, i -> a[i] - b[i]);
        return of(differences);
    }
}
