package io.sparkinversion.report;

/**
 * A table cell.
 *
 * @param text the value
 * @param error its standard error after a plus-minus sign, or empty
 * @param detail its confidence interval or its count, or empty
 * @param notable whether zero is outside of a difference's interval
 */
public record Cell(String text, String error, String detail, boolean notable) {
    static final Cell NONE = of(Numbers.NONE);

    public static Cell of(String text) {
        return new Cell(text, "", "", false);
    }

    public static Cell of(String text, String detail) {
        return new Cell(text, "", detail, false);
    }

    /** Mean, standard error and 95% confidence interval. */
    public static Cell of(Estimate estimate, int digits) {
        if (estimate.count() == 0) {
            return NONE;
        }
        return new Cell(
                Numbers.fixed(estimate.mean(), digits),
                "± " + Numbers.error(estimate.standardError(), digits),
                interval(Numbers.fixed(estimate.low(), digits), Numbers.fixed(estimate.high(), digits)),
                false);
    }

    /** Signed mean and 95% confidence interval of a paired difference. */
    public static Cell ofDifference(Estimate estimate, int digits) {
        if (estimate.count() == 0) {
            return NONE;
        }
        return new Cell(
                Numbers.signed(estimate.mean(), digits),
                "",
                interval(Numbers.signed(estimate.low(), digits), Numbers.signed(estimate.high(), digits)),
                estimate.low() > 0 || estimate.high() < 0);
    }

    /** Mean and standard error. */
    public static Cell ofSeconds(Estimate estimate) {
        if (estimate.count() == 0) {
            return NONE;
        }
        int digits = Numbers.secondsDigits(estimate.mean());
        String error = "± " + Numbers.error(estimate.standardError(), digits);
        return new Cell(Numbers.fixed(estimate.mean(), digits), error, "", false);
    }

    /** Such as 1.31×, and its 95% confidence interval. */
    public static Cell ofRatio(Estimate estimate) {
        return estimate.count() == 0
                ? NONE
                : of(
                        Numbers.times(estimate.mean()),
                        interval(Numbers.times(estimate.low()), Numbers.times(estimate.high())));
    }

    public static Cell of(Share share) {
        return share.total() == 0 ? NONE : of(Numbers.percent(share.value()), share.count() + "/" + share.total());
    }

    /** Value and error on one line. */
    public String line() {
        return error.isEmpty() ? text : text + " " + error;
    }

    private static String interval(String low, String high) {
        return low.equals(Numbers.NONE) ? Numbers.NONE : "[" + low + ", " + high + "]";
    }
}
