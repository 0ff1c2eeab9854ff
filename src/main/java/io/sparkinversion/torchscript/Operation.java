package io.sparkinversion.torchscript;

import java.util.Locale;

/**
 * A costly operation of a program, apart from the sizes of images and batches: what a {@link Kernel} computes, and what
 * the platform check compares with sums computed in Java. Two layers of equal kind are one operation.
 */
public sealed interface Operation {
    /** What weights and results are stored in. */
    ScalarType type();

    /** Whether gradients are taken through it. */
    boolean differentiated();

    /** For people, such as {@code 3x3 convolution 320 -> 4}. */
    String description();

    /** {@link #description} with the numeric type and whether it is differentiated. */
    default String fullName() {
        return description() + ", " + type().name().toLowerCase(Locale.ROOT)
                + (differentiated() ? ", differentiated" : "");
    }

    /**
     * A square convolution {@code [B, in, H, W] -> [B, out, H', W']}; inputs are the image, the weight
     * {@code [out, in, size, size]} and, with a bias, that {@code [out]}.
     */
    record Convolution(
            int in, int out, int size, int stride, int padding, boolean bias, ScalarType type, boolean differentiated)
            implements Operation {
        /** The same with other output channels. */
        public Convolution withOut(int channels) {
            return new Convolution(in, channels, size, stride, padding, bias, type, differentiated);
        }

        @Override
        public String description() {
            return size + "x" + size + " convolution " + in + " -> " + out
                    + (stride == 1 ? "" : ", stride " + stride)
                    + (padding == size / 2 ? "" : ", padding " + padding)
                    + (bias ? "" : ", no bias");
        }
    }

    /**
     * {@code x A^T + b} over the last dimension; inputs are x {@code [..., in]}, the weight {@code [out, in]} and, with
     * a bias, that {@code [out]}.
     */
    record Linear(int in, int out, boolean bias, ScalarType type, boolean differentiated) implements Operation {
        /** The same with other output features. */
        public Linear withOut(int features) {
            return new Linear(in, features, bias, type, differentiated);
        }

        @Override
        public String description() {
            return "linear layer " + in + " -> " + out + (bias ? "" : ", no bias");
        }
    }

    /**
     * softmax(q k^T / sqrt(d)) v; inputs are queries {@code [B, heads, L, d]}, keys and values {@code [B, heads, S, d]}.
     *
     * @param causal whether position i sees only positions up to i; then S = L
     */
    record Attention(int headSize, boolean causal, ScalarType type, boolean differentiated) implements Operation {
        @Override
        public String description() {
            return (causal ? "causal " : "") + "attention, head size " + headSize;
        }
    }
}
