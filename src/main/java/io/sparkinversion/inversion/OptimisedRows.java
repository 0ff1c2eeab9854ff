package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.StableDiffusion.EmbeddingGradient;
import java.util.stream.IntStream;

/** The images of a batch whose null text is still being optimised at a step, with an Adam each (arXiv 1412.6980). */
final class OptimisedRows {
    private static final float FIRST_DECAY = 0.9f;
    private static final float SECOND_DECAY = 0.999f;
    private static final float EPSILON = 1e-8f;

    private final NDManager scope;
    private final int[] images;
    private final NDArray latent;
    private final NDArray rest;
    private NDArray embedding;
    private NDArray firstMoment;
    private NDArray secondMoment;

    private OptimisedRows(NDManager scope, int[] images, NDArray latent, NDArray rest) {
        this.scope = scope;
        this.images = images;
        this.latent = latent;
        this.rest = rest;
    }

    /** All images of a batch: {@code [B, C, h, w]} twice and {@code [B, 77, D]}. */
    static OptimisedRows of(NDManager scope, NDArray latent, NDArray rest, NDArray embedding) {
        int count = (int) embedding.getShape().get(0);
        OptimisedRows rows = new OptimisedRows(scope, IntStream.range(0, count).toArray(), latent, rest);
        rows.embedding = embedding;
        rows.firstMoment = scope.zeros(embedding.getShape());
        rows.secondMoment = scope.zeros(embedding.getShape());
        return rows;
    }

    int count() {
        return images.length;
    }

    /** Which image of the batch a row is. */
    int image(int row) {
        return images[row];
    }

    /** A row's embedding {@code [1, 77, D]}. */
    NDArray embedding(int row) {
        return owned(embedding.get(row + ":" + (row + 1)));
    }

    /**
     * One update of every row's embedding.
     *
     * @param factor of the UNet's prediction in the loss
     * @param inner 1 for the first update
     * @return the losses before it
     */
    float[] update(Denoiser unet, Step step, double factor, double rate, int inner) {
        try (NDManager temporary = unet.newScope()) {
            EmbeddingGradient result = unet.embeddingGradient(temporary, latent, step, embedding, rest, factor);
            NDArray gradient = result.gradient();
            NDArray first = gradient.mul(1 - FIRST_DECAY).add(firstMoment.mul(FIRST_DECAY));
            NDArray second = gradient.mul(gradient).mul(1 - SECOND_DECAY).add(secondMoment.mul(SECOND_DECAY));
            double firstCorrection = 1 - Math.pow(FIRST_DECAY, inner);
            double secondCorrection = 1 - Math.pow(SECOND_DECAY, inner);
            NDArray deviation =
                    second.sqrt().div((float) Math.sqrt(secondCorrection)).add(EPSILON);
            embedding = owned(
                    first.div(deviation).mul((float) (-rate / firstCorrection)).add(embedding));
            firstMoment = owned(first);
            secondMoment = owned(second);
            return result.loss().toFloatArray();
        }
    }

    /** The rows that are not finished. */
    OptimisedRows without(boolean[] finished) {
        int[] left =
                IntStream.range(0, images.length).filter(row -> !finished[row]).toArray();
        if (left.length == images.length) {
            return this;
        }
        int[] leftImages = IntStream.of(left).map(row -> images[row]).toArray();
        if (left.length == 0) {
            return new OptimisedRows(scope, leftImages, null, null);
        }
        long[] indices = IntStream.of(left).asLongStream().toArray();
        try (NDArray index = scope.create(indices)) {
            OptimisedRows rows = new OptimisedRows(scope, leftImages, owned(latent.get(index)), owned(rest.get(index)));
            rows.embedding = owned(embedding.get(index));
            rows.firstMoment = owned(firstMoment.get(index));
            rows.secondMoment = owned(secondMoment.get(index));
            return rows;
        }
    }

    private NDArray owned(NDArray array) {
        array.attach(scope);
        return array;
    }
}
