package io.sparkinversion.torchscript;

import io.sparkinversion.torchscript.Operation.Convolution;
import io.sparkinversion.torchscript.WeightSpec.Packing;
import org.jspecify.annotations.Nullable;

/**
 * Ways to compute a convolution. Each names the memory format that its image has, so that none depends on the format
 * that an image happens to come in.
 */
public enum ConvolutionKernel implements Kernel<Convolution> {
    /** Whatever libtorch picks for the device, on images as the program has them. */
    LIBTORCH("libtorch's choice", null) {
        @Override
        Value convolve(Graph graph, Convolution operation, Value image, Value weight, @Nullable Value bias) {
            return conv2d(graph, operation, image, weight, bias);
        }
    },
    /** The same, on images brought to channels-first. */
    LIBTORCH_CHANNELS_FIRST("libtorch's choice, channels-first", MemoryFormat.CHANNELS_FIRST) {
        @Override
        Value convolve(Graph graph, Convolution operation, Value image, Value weight, @Nullable Value bias) {
            return conv2d(graph, operation, image, weight, bias);
        }
    },
    /** The same, on images brought to channels-last. */
    LIBTORCH_CHANNELS_LAST("libtorch's choice, channels-last", MemoryFormat.CHANNELS_LAST) {
        @Override
        Value convolve(Graph graph, Convolution operation, Value image, Value weight, @Nullable Value bias) {
            return conv2d(graph, operation, image, weight, bias);
        }
    },
    /** oneDNN's, for CPUs; libtorch would keep small images and 1x1 convolutions of small batches from it. */
    ONEDNN("oneDNN, channels-first", MemoryFormat.CHANNELS_FIRST) {
        @Override
        Value convolve(Graph graph, Convolution operation, Value image, Value weight, @Nullable Value bias) {
            return oneDnn(graph, operation, image, weight, bias);
        }
    },
    /** The same, by a weight that was reordered for it when it was loaded. */
    ONEDNN_PACKED("oneDNN, channels-first, weight packed", MemoryFormat.CHANNELS_FIRST) {
        @Override
        public Packing packing(Convolution operation) {
            return new Packing(operation.stride(), operation.padding());
        }

        @Override
        Value convolve(Graph graph, Convolution operation, Value image, Value weight, @Nullable Value bias) {
            return oneDnn(graph, operation, image, weight, bias);
        }
    },
    /** oneDNN's, on images brought to channels-last. */
    ONEDNN_CHANNELS_LAST("oneDNN, channels-last", MemoryFormat.CHANNELS_LAST) {
        @Override
        Value convolve(Graph graph, Convolution operation, Value image, Value weight, @Nullable Value bias) {
            return oneDnn(graph, operation, image, weight, bias);
        }
    },
    /** A product of matrices: the weight and every pixel's neighbourhood as a column. For 1x1 the image is the columns. */
    PRODUCT("product of matrices", MemoryFormat.CHANNELS_FIRST) {
        @Override
        Value convolve(Graph graph, Convolution operation, Value image, Value weight, @Nullable Value bias) {
            int size = operation.size();
            int stride = operation.stride();
            int padding = operation.padding();
            boolean pointwise = size == 1 && stride == 1 && padding == 0;
            Value columns = pointwise
                    ? graph.expression("torch.flatten(%s, 2)", image)
                    : graph.expression(
                            "torch.im2col(%s, [%d, %d], [1, 1], [%d, %d], [%d, %d])",
                            image, size, size, padding, padding, stride, stride);
            Value product = graph.expression("torch.matmul(torch.flatten(%s, 1), %s)", weight, columns);
            if (bias != null) {
                product = graph.expression("torch.add(%s, torch.unsqueeze(%s, -1))", product, bias);
            }
            int added = 2 * padding - size + stride;
            return graph.expression(
                    "torch.unflatten(%s, 2, [torch.floordiv(torch.add(torch.size(%s, 2), %d), %d), -1])",
                    product, image, added, stride);
        }
    };

    private final String description;
    private final @Nullable MemoryFormat format;

    /** @param format of the image that it computes on; null for the one that the program has */
    ConvolutionKernel(String description, @Nullable MemoryFormat format) {
        this.description = description;
        this.format = format;
    }

    /** @param bias null for none */
    abstract Value convolve(Graph graph, Convolution operation, Value image, Value weight, @Nullable Value bias);

    @Override
    public String description() {
        return description;
    }

    @Override
    public Value emit(Graph graph, Convolution operation, Value... inputs) {
        @Nullable Value bias = operation.bias() ? inputs[2] : null;
        boolean other = format != null && format != graph.format();
        Value image = inputs[0];
        if (format != null) {
            image = other ? graph.copyInFormat(image, format) : graph.inFormat(image, format);
        }
        Value result = convolve(graph, operation, image, inputs[1], bias);
        return other ? graph.copyInFormat(result, graph.format()) : result;
    }

    private static Value conv2d(Graph graph, Convolution operation, Value image, Value weight, @Nullable Value bias) {
        return graph.expression(
                "torch.conv2d(%s, %s, %s, [%d, %d], [%d, %d], [1, 1], 1)",
                image,
                weight,
                bias == null ? "None" : bias,
                operation.stride(),
                operation.stride(),
                operation.padding(),
                operation.padding());
    }

    private static Value oneDnn(Graph graph, Convolution operation, Value image, Value weight, @Nullable Value bias) {
        return graph.expression(
                "torch.mkldnn_convolution(%s, %s, %s, [%d, %d], [%d, %d], [1, 1], 1)",
                image,
                weight,
                bias == null ? "None" : bias,
                operation.padding(),
                operation.padding(),
                operation.stride(),
                operation.stride());
    }
}
