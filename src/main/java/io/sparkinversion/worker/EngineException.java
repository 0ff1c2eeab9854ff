package io.sparkinversion.worker;

import java.util.Locale;

/** A batch failed on the device. */
public final class EngineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

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

    /** Reads the kind off libtorch's message. */
    public static EngineException of(Throwable cause) {
        String message = String.valueOf(cause.getMessage());
        String line = message.lines().findFirst().orElse("").strip();
        return new EngineException(kind(message.toLowerCase(Locale.ROOT)), line, cause);
    }

    private static Kind kind(String message) {
        boolean memory = message.contains("out of memory") || message.contains("can't allocate memory")
                || message.contains("not enough memory");
        if (memory) {
            return Kind.OUT_OF_MEMORY;
        }
        // "CUDA error: ..." is what the CUDA runtime reports; such errors stay with the process.
        boolean lost = message.contains("cuda error") || message.contains("device-side assert")
                || message.contains("cudnn_status_execution_failed") || message.contains("uncorrectable ecc");
        return lost ? Kind.DEVICE_LOST : Kind.OTHER;
    }
}
