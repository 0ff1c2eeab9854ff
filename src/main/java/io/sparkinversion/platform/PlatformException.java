package io.sparkinversion.platform;

/** This device computes an operation wrongly in every way that is known. */
public final class PlatformException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PlatformException(Finding finding, Processor processor) {
        super("this device computes wrong results and was not used: "
                + finding.operation().fullName() + " on " + processor
                + ", by every kernel that is known (" + finding.failures() + "). Run on another processor or GPU, or"
                + " try ONEDNN_MAX_CPU_ISA=AVX2 in the environment of executors");
    }
}
