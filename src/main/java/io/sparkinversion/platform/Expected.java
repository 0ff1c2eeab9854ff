package io.sparkinversion.platform;

import java.util.SplittableRandom;
import java.util.function.IntToDoubleFunction;

/**
 * What a tensor must have at some places.
 *
 * @param places row-major indices
 * @param values what is right there
 */
record Expected(long[] places, double[] values) {
    /** Products in the sums of all places together, about; and at least so many places. */
    private static final int PRODUCTS = 200_000;

    private static final int LEAST_PLACES = 48;
    private static final int MOST_PLACES = 512;

    /**
     * At the first and the last place of a tensor, and at others anywhere between.
     *
     * @param products in the sum that one value is
     * @param value of a place
     */
    static Expected of(Numbers tensor, int products, IntToDoubleFunction value) {
        int size = tensor.size();
        int count = Math.max(LEAST_PLACES, Math.min(MOST_PLACES, PRODUCTS / products));
        SplittableRandom random = new SplittableRandom(size);
        long[] places = new long[count];
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            int place = i == 0 ? 0 : i == 1 ? size - 1 : random.nextInt(size);
            places[i] = place;
            values[i] = value.applyAsDouble(place);
        }
        return new Expected(places, values);
    }

    /** The largest difference, in units of the values' root mean square; infinite where anything is no number. */
    double error(float[] actual) {
        double squares = 0;
        double worst = 0;
        for (int i = 0; i < values.length; i++) {
            squares += values[i] * values[i];
            double difference = Math.abs(actual[i] - values[i]);
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
        }
        return worst / Math.sqrt(squares / values.length);
    }
}
