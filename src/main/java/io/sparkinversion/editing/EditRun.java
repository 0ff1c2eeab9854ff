package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.inversion.BatchRows;
import io.sparkinversion.inversion.ImageNoise;
import io.sparkinversion.inversion.Trajectory;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Edits of several images that are sampled in one batch.
 *
 * @param steps in denoising order, as the inversion had them
 * @param images each with equally many targets
 * @param start by kind, what the method says it starts from ({@link EditMethod#sharedKinds} and
 *     {@link EditMethod#ownKinds}), an array {@code [images, ...]} each, with the images in this order
 * @param guidance scale of classifier-free guidance; 1 for none
 * @param noise of the images, for methods that draw some
 */
public record EditRun(
        StableDiffusion model,
        List<Step> steps,
        List<ImageEdits> images,
        Map<String, NDArray> start,
        double guidance,
        ImageNoise noise) {
    /** Without noise. */
    public EditRun(
            StableDiffusion model,
            List<Step> steps,
            List<ImageEdits> images,
            Map<String, NDArray> start,
            double guidance) {
        this(model, steps, images, start, guidance, new ImageNoise(List.of()));
    }

    public EditRun {
        images = List.copyOf(images);
        start = Map.copyOf(start);
    }

    /** Of one image: its source and its targets. */
    int branches() {
        return images.get(0).branches();
    }

    /** The captions' embeddings {@code [images, 77, D]}. */
    NDArray captions(NDManager owner) {
        return model.embed(owner, images.stream().map(ImageEdits::caption).toList());
    }

    /** The embedding {@code [1, 77, D]} that stands for no negative prompt. */
    NDArray empty(NDManager owner) {
        return model.embedNothing(owner, 1, 1);
    }

    /** Scales of guidance {@code [branches, 1, 1, 1]}, of the sources and of the targets. */
    NDArray scales(NDManager owner, double ofSources, double ofTargets) {
        float[] scales = new float[images.size() * branches()];
        for (int row = 0; row < scales.length; row++) {
            scales[row] = (float) (row % branches() == 0 ? ofSources : ofTargets);
        }
        return owner.create(scales, new Shape(scales.length, 1, 1, 1));
    }

    /** One row for each branch from one for each image. */
    NDArray toBranches(NDManager owner, NDArray ofImages) {
        return BatchRows.repeat(owner, ofImages, branches());
    }

    /** What an array {@code [images, n, ...]} has in its second dimension: {@code [images, ...]}. */
    NDArray element(NDManager owner, NDArray array, int index) {
        NDArray element = array.get(":, " + index);
        element.attach(owner);
        return element;
    }

    /** The images' inversion. */
    Trajectory path(NDManager owner) {
        NDArray path = start(EditMethod.PATH);
        return new Trajectory(IntStream.rangeClosed(0, steps.size())
                .mapToObj(level -> element(owner, path, level))
                .toList());
    }

    /**
     * An array to start from.
     *
     * @throws IllegalArgumentException if it was not given, or not for every image
     */
    NDArray start(String kind) {
        NDArray array = start.get(kind);
        if (array == null) {
            throw new IllegalArgumentException("sampling starts from '" + kind + "', which was not given; there is "
                    + (start.isEmpty()
                            ? "nothing"
                            : String.join(", ", start.keySet().stream().sorted().toList())));
        }
        requireLength(kind, array, 0, images.size(), "images");
        if (kind.equals(EditMethod.PATH)) {
            requireLength(kind, array, 1, steps.size() + 1, "latents of an inversion");
        }
        if (kind.equals(EditMethod.NULL_TEXT)) {
            requireLength(kind, array, 1, steps.size(), "steps");
        }
        return array;
    }

    private static void requireLength(String kind, NDArray array, int dimension, int expected, String what) {
        long length = array.getShape().get(dimension);
        if (length != expected) {
            throw new IllegalArgumentException(
                    "'" + kind + "' is given for " + length + " " + what + ", there are " + expected);
        }
    }
}
