package io.sparkinversion.report;

import java.util.List;
import java.util.Locale;

/** Numbers as text, with an en dash for what is not defined. */
public final class Numbers {
    public static final String NONE = "–";

    private static final int MOST_DIGITS = 8;
    private static final double MEBIBYTE = 1 << 20;

    private Numbers() {}

    public static String fixed(double value, int digits) {
        if (!Double.isFinite(value)) {
            return NONE;
        }
        String text = String.format(Locale.ROOT, "%." + digits + "f", value);
        return isZero(text) && text.startsWith("-") ? text.substring(1) : text;
    }

    /** With a sign, a true minus, unless it rounds to zero. */
    public static String signed(double value, int digits) {
        String text = fixed(value, digits);
        if (text.equals(NONE) || isZero(text)) {
            return text;
        }
        return text.startsWith("-") ? "−" + text.substring(1) : "+" + text;
    }

    /** Never more than three digits after the point: 0.042, 4.611, 12.34, 129.8. */
    public static String seconds(double value) {
        return fixed(value, secondsDigits(value));
    }

    /** Digits after the point. */
    static int secondsDigits(double value) {
        return value < 10 ? 3 : value < 100 ? 2 : 1;
    }

    /** With the digits of its value; with more if all of them would be zero. */
    static String error(double value, int digits) {
        int shown = digits;
        while (value > 0 && isZero(fixed(value, shown)) && shown < MOST_DIGITS) {
            shown++;
        }
        return fixed(value, isZero(fixed(value, shown)) ? digits : shown);
    }

    public static String count(double value) {
        return fixed(value, value == Math.rint(value) ? 0 : 1);
    }

    public static String percent(double share) {
        return share > 0 && share < 0.001 ? "<0.1%" : withUnit(fixed(100 * share, 1), "%");
    }

    public static String mebibytes(long bytes) {
        return bytes == 0 ? NONE : fixed(bytes / MEBIBYTE, 0);
    }

    public static String times(double ratio) {
        return withUnit(fixed(ratio, ratio < 10 ? 2 : 1), "×");
    }

    /** Such as {@code 1 image} or {@code 7 images}. */
    public static String count(long number, String noun) {
        return count(number, noun, noun + "s");
    }

    /** The same of a noun with another plural. */
    public static String count(long number, String one, String several) {
        return number + " " + (number == 1 ? one : several);
    }

    /** The first few names, and how many more there are. */
    public static String some(List<String> names, int most) {
        int shown = Math.min(names.size(), most);
        String text = String.join(", ", names.subList(0, shown));
        return shown < names.size() ? text + " and " + (names.size() - shown) + " more" : text;
    }

    /** A number of DDIM steps; a dash for the autoencoder alone, which has 0. */
    public static String steps(int steps) {
        return steps == 0 ? NONE : Integer.toString(steps);
    }

    /** The shortest decimal that parses to the same number; empty if not finite. */
    public static String exact(double value) {
        return Double.isFinite(value) ? Double.toString(value) : "";
    }

    private static String withUnit(String number, String unit) {
        return number.equals(NONE) ? NONE : number + unit;
    }

    private static boolean isZero(String text) {
        return text.chars().noneMatch(digit -> digit >= '1' && digit <= '9');
    }
}
