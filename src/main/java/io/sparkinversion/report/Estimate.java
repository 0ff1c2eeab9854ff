package io.sparkinversion.report;

import java.util.Arrays;
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
        double half = new TDistribution(count - 1).inverseCumulativeProbability(UPPER_TAIL) * standardError;
        return new Estimate(count, mean, standardError, mean - half, mean + half);
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
        if (a.length != b.length) {
            throw new IllegalArgumentException("paired values: " + a.length + " and " + b.length);
        }
        double[] differences = new double[a.length];
        Arrays.setAll(differences, i -> a[i] - b[i]);
        return of(differences);
    }
}
