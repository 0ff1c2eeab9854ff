package io.sparkinversion.platform;

import io.sparkinversion.torchscript.Operation.Convolution;
import java.util.List;

/** See {@link Trial}. */
final class ConvolutionTrial implements Trial {
    private static final int SIDE = 16;

    /** A side that deep levels have, for many channels. */
    private static final int DEEP_SIDE = 8;

    private static final int MANY_CHANNELS = 512;

    private static final int LARGEST_SIDE = 40;

    private static final int WIDER = 8;

    /** libtorch takes other code for the derivatives of one image with more elements than these. */
    private static final int SMALL = 20_480;

    private final Convolution operation;
    private final int height;
    private final int width;
    private final int outHeight;
    private final int outWidth;
    private final Numbers image;
    private final Numbers weight;
    private final Numbers bias;
    private final Numbers upstream;

    ConvolutionTrial(Convolution operation, int batch) {
        this.operation = operation;
        this.height = side(operation);
        // One square image, and several that are not square: runs have both.
        this.width = batch == 1 ? height : height + WIDER;
        this.outHeight = (height + 2 * operation.padding() - operation.size()) / operation.stride() + 1;
        this.outWidth = (width + 2 * operation.padding() - operation.size()) / operation.stride() + 1;
        this.image = new Numbers(11, batch, operation.in(), height, width);
        this.weight = new Numbers(222, operation.out(), operation.in(), operation.size(), operation.size());
        this.bias = new Numbers(3_333, operation.out());
        this.upstream = new Numbers(4_444, batch, operation.out(), outHeight, outWidth);
    }

    private static int side(Convolution operation) {
        int side = operation.in() < MANY_CHANNELS ? SIDE : DEEP_SIDE;
        while (operation.differentiated() && side < LARGEST_SIDE && operation.in() * side * side <= SMALL) {
            side += DEEP_SIDE;
        }
        return Math.max(side, 2 * operation.size());
    }

    @Override
    public List<Numbers> inputs() {
        return operation.bias() ? List.of(image, weight, bias) : List.of(image, weight);
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
        return Expected.of(upstream, operation.in() * operation.size() * operation.size(), place -> {
            int column = place % outWidth;
            int row = place / outWidth % outHeight;
            int out = place / (outHeight * outWidth) % operation.out();
            int item = place / (outHeight * outWidth * operation.out());
            return resultAt(item, out, row, column);
        });
    }

    private double resultAt(int item, int out, int row, int column) {
        int size = operation.size();
        double sum = operation.bias() ? bias.at(out) : 0;
        for (int in = 0; in < operation.in(); in++) {
            for (int ky = 0; ky < size; ky++) {
                int y = row * operation.stride() + ky - operation.padding();
                for (int kx = 0; kx < size; kx++) {
                    int x = column * operation.stride() + kx - operation.padding();
                    if (y >= 0 && x >= 0 && y < height && x < width) {
                        sum += (double) image.at(((item * operation.in() + in) * height + y) * width + x)
                                * weight.at(((out * operation.in() + in) * size + ky) * size + kx);
                    }
                }
            }
        }
        return sum;
    }

    @Override
    public List<Expected> gradients() {
        return List.of(Expected.of(image, operation.out() * operation.size() * operation.size(), place -> {
            int column = place % width;
            int row = place / width % height;
            int in = place / (height * width) % operation.in();
            int item = place / (height * width * operation.in());
            return gradientAt(item, in, row, column);
        }));
    }

    private double gradientAt(int item, int in, int row, int column) {
        int size = operation.size();
        int stride = operation.stride();
        double sum = 0;
        for (int ky = 0; ky < size; ky++) {
            int y = row + operation.padding() - ky;
            for (int kx = 0; kx < size; kx++) {
                int x = column + operation.padding() - kx;
                boolean used = y >= 0
                        && x >= 0
                        && y % stride == 0
                        && x % stride == 0
                        && y / stride < outHeight
                        && x / stride < outWidth;
                if (used) {
                    for (int out = 0; out < operation.out(); out++) {
                        int at = ((item * operation.out() + out) * outHeight + y / stride) * outWidth + x / stride;
                        sum += (double) upstream.at(at)
                                * weight.at(((out * operation.in() + in) * size + ky) * size + kx);
                    }
                }
            }
        }
        return sum;
    }
}
