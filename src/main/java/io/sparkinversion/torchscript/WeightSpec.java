package io.sparkinversion.torchscript;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A weight that a program uses.
 *
 * @param name as in the weight file, such as {@code conv_in.weight}
 * @param shape what the architecture expects
 * @param packing how it lies in memory; null where it is a plain tensor
 */
public record WeightSpec(
        String name, long[] shape, @Nullable Packing packing) {

    /**
     * A convolution's weight in the blocks in which oneDNN computes with it, which it would otherwise make anew at
     * every call. It takes no gradients, and other operations cannot read it.
     *
     * @param stride of the convolution
     * @param padding of the convolution
     */
    public record Packing(int stride, int padding) {}

    /** A plain tensor. */
    public WeightSpec(String name, long[] shape) {
        this(name, shape, null);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof WeightSpec that
                && name.equals(that.name)
                && Arrays.equals(shape, that.shape)
                && Objects.equals(packing, that.packing);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, Arrays.hashCode(shape), packing);
    }

    @Override
    public String toString() {
        return name + Arrays.toString(shape);
    }
}
