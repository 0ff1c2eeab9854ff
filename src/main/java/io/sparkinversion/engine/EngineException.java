package io.sparkinversion.engine;

import java.util.List;
import java.util.Locale;

/** A batch failed on the device. */
public final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What the TorchScript interpreter puts before the message, below its own introduction and the trace. */
    private static final String INTERPRETER_PREFIX = "RuntimeError: ";

    /** However CUDA, cuBLAS, cuDNN, libtorch's allocators and C++ say that memory ran out. */
    private static final List<String> MEMORY = List.of(
            "out of memory",
            "out_of_memory",
            "cudaerrormemoryallocation",
            "status_alloc_failed",
            "allocate memory",
            "not enough memory",
            "bad_alloc");

    /** Libraries' reports that a kernel died, which leaves the context unusable. */
    private static final List<String> DEAD_KERNEL =
            List.of("status_execution_failed", "status_mapping_error", "uncorrectable ecc");

    /** CUDA errors of a call, not of the context: the next call may do well. */
    private static final List<String> REFUSED_CALL = List.of(
            "cublas_status",
            "cusolver_status",
            "cudnn_status",
            "invalid argument",
            "invalid configuration argument",
            "too many resources requested");

    /** What may help. */
    public enum Kind {
        /** A smaller batch may fit. */
        OUT_OF_MEMORY,
        /** The process's device context is lost: every later call fails too, until the process is replaced. */
        DEVICE_LOST,
        /** Something else; it may be one image of the batch. */
        OTHER
    }

    private final Kind kind;

    public EngineException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** Reads the kind off libtorch's message, and of its many lines keeps the one that says what happened. */
    public static EngineException of(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        return new EngineException(kind(message.toLowerCase(Locale.ROOT)), essence(message, cause), cause);
    }

    private static String essence(String message, Throwable cause) {
        List<String> lines = message.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .toList();
        String kind = cause.getClass().getSimpleName();
        return lines.stream()
                .filter(line -> line.startsWith(INTERPRETER_PREFIX))
                .map(line -> line.substring(INTERPRETER_PREFIX.length()))
                .findFirst()
                .orElse(cause.getMessage() == null || lines.isEmpty() ? kind : lines.get(0));
    }

    private static Kind kind(String message) {
        // A report that could not be completed because NVML is missing in the container is one of memory, too.
        if (containsAny(message, MEMORY) || message.contains("cudacachingallocator") && message.contains("nvml")) {
            return Kind.OUT_OF_MEMORY;
        }
        if (containsAny(message, DEAD_KERNEL)) {
            return Kind.DEVICE_LOST;
        }
        // "CUDA error: ..." is what the CUDA runtime reports; but for a few such errors stay with the process. Every
        // one of them is followed by advice on "device-side assertions", which therefore tells nothing.
        boolean runtime = message.contains("cuda error") || message.contains("cuda driver error");
        return runtime && !containsAny(message, REFUSED_CALL) ? Kind.DEVICE_LOST : Kind.OTHER;
    }

    private static boolean containsAny(String message, List<String> parts) {
        return parts.stream().anyMatch(message::contains);
    }
}
