package io.sparkinversion.torchscript;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/** Switches of libtorch that TorchScript has no words for, set once in a process. */
final class NativeSwitches {
    static {
        LoadedLibraries.find("libtorch_cpu\\.so").ifPresent(NativeSwitches::leaveNnpackOut);
    }

    private NativeSwitches() {}

    /** Makes sure that they are set; libtorch must be loaded. */
    static void set() {
        // The class's initialiser does it.
    }

    /**
     * As Python's {@code torch.backends.nnpack.set_flags(False)}. On processors that NNPACK does not know, libtorch asks
     * it anew for each convolution that it keeps from oneDNN, the derivatives of small ones among them, and writes a
     * warning to standard error each time.
     */
    private static void leaveNnpackOut(String library) {
        try {
            NativeLibrary libtorch = NativeLibrary.getInstance(library);
            Pointer context = libtorch.getFunction("_ZN2at13globalContextEv").invokePointer(new Object[0]);
            libtorch.getFunction("_ZN2at7Context20setUserEnabledNNPACKEb").invokeVoid(new Object[] {context, (byte) 0});
        } catch (UnsatisfiedLinkError e) {
            // A libtorch that names them otherwise: it may warn, and computes the same.
            return;
        }
    }
}
