package io.sparkinversion.platform;

import ai.djl.Device;
import io.sparkinversion.torchscript.AttentionKernel;
import io.sparkinversion.torchscript.ConvolutionKernel;
import io.sparkinversion.torchscript.Kernel;
import io.sparkinversion.torchscript.LinearKernel;
import io.sparkinversion.torchscript.Operation.Attention;
import io.sparkinversion.torchscript.Operation.Convolution;
import io.sparkinversion.torchscript.Operation.Linear;
import io.sparkinversion.torchscript.ScalarType;
import java.util.List;
import java.util.function.Supplier;

/** The kernels that a device may take for an operation, fastest first. */
public interface KernelCatalog {
    List<Kernel<Convolution>> of(Convolution operation);

    List<Kernel<Linear>> of(Linear operation);

    List<Kernel<Attention>> of(Attention operation);

    static KernelCatalog of(Device device) {
        return device.isGpu() ? new Gpu() : new Cpu(LinearRace::oneDnnWins);
    }

    /** Kernels that every device has. */
    abstract class Common implements KernelCatalog {
        @Override
        public List<Kernel<Linear>> of(Linear operation) {
            return List.of(LinearKernel.LIBTORCH, LinearKernel.FLOAT64);
        }

        @Override
        public List<Kernel<Attention>> of(Attention operation) {
            return List.of(AttentionKernel.FUSED, AttentionKernel.PRODUCTS);
        }
    }

    /** Of a GPU. */
    final class Gpu extends Common {
        @Override
        public List<Kernel<Convolution>> of(Convolution operation) {
            return List.of(
                    ConvolutionKernel.LIBTORCH,
                    ConvolutionKernel.LIBTORCH_CHANNELS_FIRST,
                    ConvolutionKernel.LIBTORCH_CHANNELS_LAST,
                    ConvolutionKernel.PRODUCT);
        }
    }

    /** Of a CPU. */
    final class Cpu extends Common {
        private final Supplier<Boolean> oneDnnMultipliesFaster;

        Cpu(Supplier<Boolean> oneDnnMultipliesFaster) {
            this.oneDnnMultipliesFaster = oneDnnMultipliesFaster;
        }

        /**
         * Weights of fewer elements are not worth the memory: reordering them at every call takes no time that could be
         * measured.
         */
        private static final long PACKED_FROM = 4_000_000;

        private static final List<Kernel<Convolution>> PACKED_FIRST = List.of(
                ConvolutionKernel.ONEDNN_PACKED,
                ConvolutionKernel.ONEDNN,
                ConvolutionKernel.ONEDNN_CHANNELS_LAST,
                ConvolutionKernel.LIBTORCH_CHANNELS_FIRST,
                ConvolutionKernel.LIBTORCH_CHANNELS_LAST,
                ConvolutionKernel.PRODUCT);

        private static final List<Kernel<Convolution>> ONEDNN_FIRST = List.of(
                ConvolutionKernel.ONEDNN,
                ConvolutionKernel.ONEDNN_CHANNELS_LAST,
                ConvolutionKernel.LIBTORCH_CHANNELS_FIRST,
                ConvolutionKernel.LIBTORCH_CHANNELS_LAST,
                ConvolutionKernel.PRODUCT);

        /** oneDNN's 1x1 convolutions have no derivatives of oneDNN's where libtorch sees few images. */
        private static final List<Kernel<Convolution>> PRODUCT_FIRST = List.of(
                ConvolutionKernel.PRODUCT,
                ConvolutionKernel.ONEDNN,
                ConvolutionKernel.ONEDNN_CHANNELS_LAST,
                ConvolutionKernel.LIBTORCH_CHANNELS_FIRST,
                ConvolutionKernel.LIBTORCH_CHANNELS_LAST);

        @Override
        public List<Kernel<Linear>> of(Linear operation) {
            boolean both = operation.type() == ScalarType.FLOAT32 && !operation.differentiated();
            return both && oneDnnMultipliesFaster.get()
                    ? List.of(LinearKernel.ONEDNN, LinearKernel.LIBTORCH, LinearKernel.FLOAT64)
                    : super.of(operation);
        }

        @Override
        public List<Kernel<Convolution>> of(Convolution operation) {
            if (operation.differentiated()) {
                return operation.size() == 1 ? PRODUCT_FIRST : ONEDNN_FIRST;
            }
            long weights = (long) operation.in() * operation.out() * operation.size() * operation.size();
            boolean packed = operation.type() == ScalarType.FLOAT32 && weights >= PACKED_FROM;
            return packed ? PACKED_FIRST : ONEDNN_FIRST;
        }
    }
}
