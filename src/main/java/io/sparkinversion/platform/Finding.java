package io.sparkinversion.platform;

import io.sparkinversion.torchscript.Kernel;
import io.sparkinversion.torchscript.Operation;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the platform check found about one operation.
 *
 * @param operation that was checked
 * @param tried kernels in the order in which they were tried; the last one is right, or all are wrong
 */
public record Finding(Operation operation, List<Attempt> tried) {

    /**
     * One kernel's results beside Java's sums.
     *
     * @param kernel that computed
     * @param error the largest difference over the numbers of images that were tried, in units of the right values' root
     *     mean square; NaN where libtorch refused the kernel
     * @param right whether that is rounding
     * @param refusal libtorch's words; null where it computed
     */
    public record Attempt(
            Kernel<?> kernel,
            double error,
            boolean right,
            @Nullable String refusal) {
        static Attempt of(Kernel<?> kernel, double error, double bound) {
            return new Attempt(kernel, error, error <= bound, null);
        }

        static Attempt refused(Kernel<?> kernel, RuntimeException refusal) {
            return new Attempt(kernel, Double.NaN, false, String.valueOf(refusal.getMessage()));
        }

        @Override
        public String toString() {
            return kernel.description()
                    + (refusal == null ? String.format(Locale.ROOT, ": error %.1e", error) : ": not available");
        }
    }

    public Finding {
        tried = List.copyOf(tried);
    }

    private Attempt last() {
        return tried.get(tried.size() - 1);
    }

    /** Whether there is a kernel that computes it rightly. */
    public boolean computable() {
        return last().right();
    }

    /** The kernel that is used, or the last one that was tried. */
    public Kernel<?> kernel() {
        return last().kernel();
    }

    /** The error of {@link #kernel}. */
    public double error() {
        return last().error();
    }

    /** Whether a kernel that would have been faster computed something wrong. */
    public boolean replaced() {
        return tried.stream().anyMatch(attempt -> !attempt.right() && attempt.refusal() == null);
    }

    /** The kernels that are wrong or that libtorch does not have, with commas between; empty if the first is right. */
    public String failures() {
        return tried.stream()
                .filter(attempt -> !attempt.right())
                .map(Attempt::toString)
                .collect(Collectors.joining(", "));
    }

    /** One line: the operation, the kernels that failed and the one that is used. */
    @Override
    public String toString() {
        String used = computable() ? "used: " + last() : "no kernel is right";
        return operation.fullName() + " (" + failures() + (tried.size() > 1 ? "; " : "") + used + ")";
    }
}
