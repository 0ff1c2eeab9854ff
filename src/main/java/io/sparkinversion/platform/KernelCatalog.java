package io.sparkinversion.platform;

import ai.djl.Device;
import io.sparkinversion.torchscript.AttentionKernel;
import io.sparkinversion.torchscript.ConvolutionKernel;
import io.sparkinversion.torchscript.Kernel;
import io.sparkinversion.torchscript.LinearKernel;
import io.sparkinversion.torchscript.Operation.Attention;
import io.sparkinversion.torchscript.Operation.Convolution;
import io.sparkinversion.torchscript.Operation.Linear;
import java.util.List;

/** The kernels that a device may take for an operation, fastest first. */
public interface KernelCatalog {
    List<Kernel<Convolution>> of(Convolution operation);

    List<Kernel<Linear>> of(Linear operation);

    List<Kernel<Attention>> of(Attention operation);

    static KernelCatalog of(Device device) {
        return device.isGpu() ? new Gpu() : new Cpu();
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
        public List<Kernel<Convolution>> of(Convolution operation) {
            return operation.size() == 1 && operation.differentiated() ? PRODUCT_FIRST : ONEDNN_FIRST;
        }
    }
}
