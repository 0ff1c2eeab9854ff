package io.sparkinversion.weights.adapter;

import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightsException;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What a LoRA adds to one weight: factor x up @ down.
 *
 * @param component of the module, such as {@code unet}
 * @param module its path in diffusers or transformers
 * @param source of the LoRA, for messages
 * @param up {@code [out, rank]}, where it lies in its file, as is the other
 * @param down {@code [rank, in]}; of a convolution {@code in} is channels x height x width of the kernel
 * @param factor scale x alpha / rank
 */
public record LoraChange(
        String component, String module, String source, WeightTensor up, WeightTensor down, int rank, float factor) {

    /** The weight's name. */
    String weight() {
        return module + ".weight";
    }

    /**
     * @throws WeightsException if it is of another shape than the weight
     */
    void requireFit(long... shape) {
        long rows = up.elements() / rank;
        long columns = down.elements() / rank;
        long elements = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
        if (shape.length < 2 || shape[0] != rows || elements != rows * columns) {
            throw new WeightsException(source + " does not fit the model: its change of " + component + "." + module
                    + " is " + rows + " x " + columns + ", the weight is " + Arrays.toString(shape)
                    + "; is it a LoRA of another kind of model?");
        }
    }

    /** Adds it to a weight, in float32. */
    void addTo(float[] weight) {
        float[] left = up.toFloats();
        float[] right = down.toFloats();
        int columns = right.length / rank;
        IntStream.range(0, left.length / rank).parallel().forEach(row -> {
            float[] sum = new float[columns];
            for (int k = 0; k < rank; k++) {
                float value = left[row * rank + k];
                int begin = k * columns;
                for (int column = 0; column < columns; column++) {
                    sum[column] += value * right[begin + column];
                }
            }
            int begin = row * columns;
            for (int column = 0; column < columns; column++) {
                weight[begin + column] += factor * sum[column];
            }
        });
    }
}
