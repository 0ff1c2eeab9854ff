package io.sparkinversion.torchscript;

import ai.djl.ndarray.NDArray;
import java.util.List;

/** An input of a program's method. */
public sealed interface Argument {

    /** One tensor. */
    record Tensor(NDArray array) implements Argument {}

    /** A {@code List[Tensor]}. */
    record TensorList(List<NDArray> arrays) implements Argument {}

    /** A Python float. */
    record Number(double value) implements Argument {}

    static Argument of(double value) {
        return new Number(value);
    }

    static Argument of(NDArray array) {
        return new Tensor(array);
    }

    static Argument of(List<NDArray> arrays) {
        return new TensorList(arrays);
    }
}
