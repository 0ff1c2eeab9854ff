package io.sparkinversion.report;

/**
 * The share of images that have a property.
 *
 * @param count images that have it
 * @param total images for which it is known
 */
public record Share(int count, int total) {
    /** The standard normal distribution's 97.5% quantile. */
    private static final double Z = 1.959963984540054;

    /** 0 to 1; NaN if the total is 0. */
    public double value() {
        return total == 0 ? Double.NaN : (double) count / total;
    }

    /** The lower end of the 95% score interval (Wilson, JASA 22, 1927), which holds for small counts and zero too. */
    public double low() {
        return count == 0 && total > 0 ? 0 : centre() - half();
    }

    /** The upper end. */
    public double high() {
        return count == total && total > 0 ? 1 : centre() + half();
    }

    private double centre() {
        return (value() + Z * Z / (2 * total)) / (1 + Z * Z / total);
    }

    private double half() {
        double p = value();
        return Z / (1 + Z * Z / total) * Math.sqrt(p * (1 - p) / total + Z * Z / (4.0 * total * total));
    }
}
