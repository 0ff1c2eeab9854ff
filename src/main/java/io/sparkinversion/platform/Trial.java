package io.sparkinversion.platform;

import io.sparkinversion.torchscript.Operation;
import io.sparkinversion.torchscript.Operation.Attention;
import io.sparkinversion.torchscript.Operation.Convolution;
import io.sparkinversion.torchscript.Operation.Linear;
import java.util.List;

/**
 * An operation on made-up numbers, at a small size, with what must come out at some places: sums in float64, computed
 * in Java by the operation's definition.
 */
interface Trial {
    /** What the operation takes, in its order. */
    List<Numbers> inputs();

    /** How many of the inputs, from the first on, gradients are taken by. */
    int variables();

    /** What the result is multiplied by, element by element, before its sum is differentiated. */
    Numbers upstream();

    /** The result. */
    Expected result();

    /** The derivatives by the variables. */
    List<Expected> gradients();

    /** So many weights are enough: layers with more are tried with fewer outputs, of the same remainder by this unit. */
    int MOST_WEIGHTS = 2_000_000;

    /** A multiple of all block sizes that kernels cut channels into. */
    int CHANNEL_UNIT = 64;

    static Trial of(Operation operation, int batch) {
        if (operation instanceof Convolution convolution) {
            int products = convolution.in() * convolution.size() * convolution.size();
            return new ConvolutionTrial(convolution.withOut(outputs(convolution.out(), products)), batch);
        }
        if (operation instanceof Linear linear) {
            return new LinearTrial(linear.withOut(outputs(linear.out(), linear.in())), batch);
        }
        return new AttentionTrial((Attention) operation, batch);
    }

    private static int outputs(int all, int products) {
        int units = Math.max(1, MOST_WEIGHTS / products / CHANNEL_UNIT);
        return Math.min(all, units * CHANNEL_UNIT + all % CHANNEL_UNIT);
    }
}
