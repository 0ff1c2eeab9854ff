package io.sparkinversion.torchscript;

import io.sparkinversion.torchscript.Operation.Attention;
import io.sparkinversion.torchscript.Operation.Convolution;
import io.sparkinversion.torchscript.Operation.Linear;

/** Which kernel computes each operation of a program. */
public interface KernelChoice {
    /** What every libtorch has on every device. */
    KernelChoice PORTABLE = new KernelChoice() {
        @Override
        public Kernel<Convolution> of(Convolution operation) {
            return ConvolutionKernel.LIBTORCH;
        }

        @Override
        public Kernel<Linear> of(Linear operation) {
            return LinearKernel.LIBTORCH;
        }

        @Override
        public Kernel<Attention> of(Attention operation) {
            return AttentionKernel.FUSED;
        }
    };

    Kernel<Convolution> of(Convolution operation);

    Kernel<Linear> of(Linear operation);

    Kernel<Attention> of(Attention operation);
}
