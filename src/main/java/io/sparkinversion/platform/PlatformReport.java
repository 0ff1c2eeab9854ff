package io.sparkinversion.platform;

import io.sparkinversion.torchscript.Operation;
import io.sparkinversion.torchscript.Operation.Convolution;
import io.sparkinversion.torchscript.Operation.Linear;
import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What computed something: the device, its kernels, and where its kernels were wrong and others took their place.
 *
 * @param device {@code cpu} or {@code gpu}
 * @param processor see {@link Processor#name}
 * @param instructionSet see {@link Processor#instructionSet}
 * @param libtorch version
 * @param kernels that were used, such as {@code linear: oneDNN}, sorted
 * @param replaced operations, each with the kernels that computed it wrongly, their errors, and the one that was used
 */
public record PlatformReport(
        String device,
        String processor,
        String instructionSet,
        String libtorch,
        List<String> kernels,
        List<String> replaced)
        implements Serializable {
    private static final int NAMED_IN_WARNING = 3;

    public PlatformReport {
        // Files of earlier versions do not have them.
        kernels = kernels == null ? List.of() : List.copyOf(kernels);
        replaced = List.copyOf(replaced);
    }

    /** @param findings about what was computed; others that the platform has are left out */
    public static PlatformReport of(Platform platform, List<Finding> findings) {
        Processor processor = platform.processor();
        List<String> replaced = findings.stream()
                .filter(Finding::replaced)
                .map(Finding::toString)
                .distinct()
                .sorted()
                .toList();
        return new PlatformReport(
                platform.device().isGpu() ? "gpu" : "cpu",
                processor.name(),
                processor.instructionSet(),
                processor.libtorch(),
                findings.stream()
                        .map(finding -> kind(finding.operation()) + ": "
                                + finding.kernel().description())
                        .distinct()
                        .sorted()
                        .toList(),
                replaced);
    }

    private static String kind(Operation operation) {
        if (operation instanceof Convolution) {
            return "convolution";
        }
        return operation instanceof Linear ? "linear" : "attention";
    }

    /** What a person should know; null where nothing was replaced. */
    public @Nullable String warning() {
        if (replaced.isEmpty()) {
            return null;
        }
        int named = Math.min(NAMED_IN_WARNING, replaced.size());
        String more = replaced.size() > named ? "; and " + (replaced.size() - named) + " more" : "";
        return "libtorch " + libtorch + " computes wrong results on this processor (" + processor + ", "
                + instructionSet + "): " + String.join("; ", replaced.subList(0, named)) + more
                + ". The kernels named last were checked and are used instead, so results are right; nothing needs to be"
                + " done. jobs/verify --platform lists every operation";
    }
}
