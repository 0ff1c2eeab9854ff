package io.sparkinversion.verify;

import java.io.PrintStream;
import java.util.Locale;

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
    void compare(String name, float[] actual, float[] expected, double tolerance) {
        if (actual.length != expected.length) {
            fail(name, "has " + actual.length + " elements, expected " + expected.length);
            return;
        }
        double absolute = 0;
        double relative = 0;
        boolean comparable = true;
        for (int i = 0; i < actual.length; i++) {
            if (actual[i] == expected[i]) {
                continue;
            }
            double difference = Math.abs((double) actual[i] - expected[i]);
            comparable &= !Double.isNaN(difference);
            absolute = Math.max(absolute, difference);
            if (expected[i] != 0) {
                relative = Math.max(relative, difference / Math.abs(expected[i]));
            }
        }
        boolean pass = comparable && absolute <= tolerance;
        count(pass);
        String errors = comparable
                ? String.format(Locale.ROOT, "max abs %.3g  max rel %.3g  tolerance %.3g",
                        absolute, relative, tolerance)
                : "not a number where the reference has one";
        line(pass ? "PASS" : "FAIL", name, errors);
    }

    /** Passes if nothing differs. */
    void exact(String name, float[] actual, float[] expected) {
        compare(name, actual, expected, 0);
    }

    /** The case could not be computed. */
    void fail(String name, String why) {
        count(false);
        line("FAIL", name, why);
    }

    void notSupported(String name, String why) {
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
        out.printf(Locale.ROOT, "%-17s %-52s %s%n", verdict, name, detail);
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
