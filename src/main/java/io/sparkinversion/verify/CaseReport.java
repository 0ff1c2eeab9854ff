package io.sparkinversion.verify;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.Predicate;

/** One line a case, and the counts. */
public final class CaseReport {
    private final PrintStream out;
    private int passed;
    private int failed;
    private int notSupported;

    public CaseReport(PrintStream out) {
        this.out = out;
    }

    /** Passes if no element differs by more than {@code tolerance}. */
    public void compare(String name, float[] actual, float[] expected, double tolerance) {
        judge(name, actual, expected, difference -> difference.absolute <= tolerance, tolerance);
    }

    /** Passes if no element differs by more than {@code tolerance} times the reference. */
    public void relative(String name, float[] actual, float[] expected, double tolerance) {
        judge(name, actual, expected, difference -> difference.relative <= tolerance, tolerance);
    }

    /** Passes if the root of the mean squared difference is at most {@code tolerance}. */
    public void rootMeanSquare(String name, float[] actual, float[] expected, double tolerance) {
        judge(name, actual, expected, difference -> difference.rootMeanSquare <= tolerance, tolerance);
    }

    private void judge(String name, float[] actual, float[] expected, Predicate<Difference> passes, double tolerance) {
        if (expected.length == 0) {
            fail(name, "the golden has no elements to compare");
            return;
        }
        if (actual.length != expected.length) {
            fail(name, "has " + actual.length + " elements, expected " + expected.length);
            return;
        }
        Difference difference = Difference.between(actual, expected);
        boolean pass = difference.comparable && passes.test(difference);
        count(pass);
        String errors = difference.comparable
                ? String.format(
                        Locale.ROOT,
                        "max abs %.3g  max rel %.3g  rms %.3g  tolerance %.3g",
                        difference.absolute,
                        difference.relative,
                        difference.rootMeanSquare,
                        tolerance)
                : "not a number where the reference has one";
        line(pass ? "PASS" : "FAIL", name, errors);
    }

    /**
     * How far two arrays are apart.
     *
     * @param absolute the largest difference
     * @param relative the largest difference relative to the reference; infinite where that is zero and the other not
     * @param comparable false where one is not a number
     */
    private record Difference(double absolute, double relative, double rootMeanSquare, boolean comparable) {
        private static Difference between(float[] actual, float[] expected) {
            double absolute = 0;
            double relative = 0;
            double squares = 0;
            boolean comparable = true;
            for (int i = 0; i < actual.length; i++) {
                if (actual[i] == expected[i]) {
                    continue;
                }
                double difference = Math.abs((double) actual[i] - expected[i]);
                comparable &= !Double.isNaN(difference);
                absolute = Math.max(absolute, difference);
                relative = Math.max(relative, difference / Math.abs(expected[i]));
                squares += difference * difference;
            }
            return new Difference(absolute, relative, Math.sqrt(squares / Math.max(1, actual.length)), comparable);
        }
    }

    /** Passes if nothing differs. */
    public void exact(String name, float[] actual, float[] expected) {
        compare(name, actual, expected, 0);
    }

    /** The case could not be computed. */
    public void fail(String name, String why) {
        count(false);
        line("FAIL", name, why);
    }

    public void notSupported(String name, String why) {
        notSupported++;
        line("not supported yet", name, why);
    }

    private void count(boolean pass) {
        if (pass) {
            passed++;
        } else {
            failed++;
        }
    }

    private void line(String verdict, String name, String detail) {
        out.printf(Locale.ROOT, "%-17s %-52s %s%n", verdict, name, detail.replaceAll("\\s*\\R\\s*", " "));
    }

    public int passed() {
        return passed;
    }

    public int failed() {
        return failed;
    }

    public int notSupported() {
        return notSupported;
    }
}
