package io.sparkinversion.torchscript;

import java.util.Arrays;

/**
 * A weight that a program uses.
 *
 * @param name as in the weight file, such as {@code conv_in.weight}
 * @param shape what the architecture expects
 */
public record WeightSpec(String name, long[] shape) {

    @Override
    public boolean equals(Object other) {
        return other instanceof WeightSpec that && name.equals(that.name) && Arrays.equals(shape, that.shape);
    }

    @Override
    public int hashCode() {
        return 31 * name.hashCode() + Arrays.hashCode(shape);
    }

    @Override
    public String toString() {
        return name + Arrays.toString(shape);
    }
}
