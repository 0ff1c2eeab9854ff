package io.sparkinversion.platform;

import io.sparkinversion.torchscript.Operation.Linear;
import java.util.List;

/** See {@link Trial}. One image is one row, as a timestep's embedding is; more have the rows of small images. */
final class LinearTrial implements Trial {
    private static final int ROWS = 64;

    private final Linear operation;
    private final Numbers x;
    private final Numbers weight;
    private final Numbers bias;
    private final Numbers upstream;

    LinearTrial(Linear operation, int batch) {
        int rows = batch == 1 ? 1 : ROWS;
        this.operation = operation;
        this.x = new Numbers(11, batch, rows, operation.in());
        this.weight = new Numbers(222, operation.out(), operation.in());
        this.bias = new Numbers(3_333, operation.out());
        this.upstream = new Numbers(4_444, batch, rows, operation.out());
    }

    @Override
    public List<Numbers> inputs() {
        return operation.bias() ? List.of(x, weight, bias) : List.of(x, weight);
    }

    @Override
    public int variables() {
        return 1;
    }

    @Override
    public Numbers upstream() {
        return upstream;
    }

    @Override
    public Expected result() {
        int width = operation.in();
        return Expected.of(upstream, width, place -> {
            int row = place / operation.out();
            int out = place % operation.out();
            double sum = operation.bias() ? bias.at(out) : 0;
            for (int i = 0; i < width; i++) {
                sum += (double) x.at(row * width + i) * weight.at(out * width + i);
            }
            return sum;
        });
    }

    @Override
    public List<Expected> gradients() {
        int width = operation.out();
        return List.of(Expected.of(x, width, place -> {
            int row = place / operation.in();
            int in = place % operation.in();
            double sum = 0;
            for (int i = 0; i < width; i++) {
                sum += (double) upstream.at(row * width + i) * weight.at(i * operation.in() + in);
            }
            return sum;
        }));
    }
}
