package io.sparkinversion.verify;

import io.sparkinversion.network.UnsupportedConfigException;
import io.sparkinversion.weights.WeightsException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The cases of one golden file, and which of its tensors they have dealt with. */
public final class FileCases implements Suite.Cases {
    private static final String ALL = "*";

    private final CaseReport report;
    private final GoldenFile golden;
    private final String prefix;
    private final Set<String> seen = new LinkedHashSet<>();
    private final Set<String> inputs = new LinkedHashSet<>();
    /** Read by a case that was compared. */
    private final Set<String> used = new LinkedHashSet<>();

    /** @param prefix of all names in the report */
    FileCases(CaseReport report, GoldenFile golden, String prefix) {
        this.report = report;
        this.golden = golden;
        this.prefix = prefix;
    }

    /** Runs a suite, and reports what it leaves. */
    public void verify(Suite suite) {
        run(() -> suite.verify(golden, this));
        for (String tensor : golden.names()) {
            if (!seen.contains(tensor) && !(inputs.contains(tensor) && used.contains(tensor))) {
                report.notSupported(
                        prefix + tensor,
                        inputs.contains(tensor)
                                ? "it is an input, but of no case that was compared"
                                : "no case for a tensor of this name in a file '" + golden.name() + "'");
            }
        }
    }

    @Override
    public void run(Runnable body, String... tensors) {
        // What a case reads is an input of that case alone; what was read before all cases is one of each.
        Set<String> before = new LinkedHashSet<>(golden.read());
        try {
            body.run();
        } catch (RuntimeException e) {
            List<String> missed = Arrays.stream(tensors)
                    .filter(tensor -> golden.has(tensor) && !seen.contains(tensor))
                    .toList();
            if (missed.isEmpty()) {
                missed = List.of(tensors.length == 0 ? ALL : tensors[0]);
            }
            for (String tensor : missed) {
                seen.add(tensor);
                report.fail(prefix + tensor, cause(e));
            }
        } finally {
            golden.read().retainAll(before);
        }
    }

    /** Messages that are written for users stand for themselves; the others need their type. */
    public static String cause(RuntimeException e) {
        boolean explains = e instanceof IllegalArgumentException
                || e instanceof IllegalStateException
                || e instanceof UnsupportedConfigException
                || e instanceof WeightsException
                || e instanceof UncheckedIOException;
        return explains && e.getMessage() != null ? e.getMessage() : e.toString();
    }

    @Override
    public void compare(String tensor, float[] actual, double tolerance) {
        compare(tensor, "", actual, tolerance);
    }

    @Override
    public void compare(String tensor, String suffix, float[] actual, double tolerance) {
        report.compare(prefix + tensor + suffix, actual, expected(tensor), tolerance);
    }

    @Override
    public void exact(String tensor, float[] actual) {
        report.exact(prefix + tensor, actual, expected(tensor));
    }

    @Override
    public void relative(String tensor, String suffix, float[] actual, double tolerance) {
        report.relative(prefix + tensor + suffix, actual, expected(tensor), tolerance);
    }

    @Override
    public void rootMeanSquare(String tensor, String suffix, float[] actual, double tolerance) {
        report.rootMeanSquare(prefix + tensor + suffix, actual, expected(tensor), tolerance);
    }

    private float[] expected(String tensor) {
        float[] values = golden.read(tensor).values();
        seen.add(tensor);
        used.addAll(golden.read());
        return values;
    }

    @Override
    public void input(String... tensors) {
        inputs.addAll(List.of(tensors));
    }

    @Override
    public void notSupported(String tensor, String why) {
        if (seen.add(tensor)) {
            report.notSupported(prefix + tensor, why);
        }
    }
}
