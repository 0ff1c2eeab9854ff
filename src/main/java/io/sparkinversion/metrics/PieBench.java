package io.sparkinversion.metrics;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.image.RunLengths;
import java.util.List;

/**
 * What an edit left unchanged, as PIE-Bench's published evaluation measures it (arXiv 2310.01506 and its code): both
 * images are blackened where the mask says that they may differ, and then compared over the whole canvas. The black
 * pixels are equal and count as such, so a larger mask alone makes the numbers better; {@link Psnr}, {@link Ssim} and
 * {@link Lpips} have the same measures over the remaining pixels only.
 *
 * <p>Masks say which pixels an edit may change. Where that is all of them, every number is NaN.
 */
public final class PieBench {
    /** The sides of the canvas that its masks are drawn on, in pixels. */
    public static final int SIDE = 512;

    private static final float BLACK = -1;

    private PieBench() {}

    /**
     * The edited part by an entry of {@code mapping_file.json}: the runs of its key {@code mask}, and the canvas's
     * outermost pixels, which the evaluation always leaves out.
     *
     * @throws IllegalArgumentException if a run is none of the canvas, see {@link RunLengths#decode}
     */
    public static PixelMask editedPart(int[] runs) {
        return RunLengths.decode(runs, SIDE, SIDE).withBorder();
    }

    /**
     * A copy of an image that is black inside the mask.
     *
     * @throws IllegalArgumentException if the sizes differ
     */
    public static RgbImage blackened(RgbImage image, PixelMask mask) {
        ImagePair.requireSize(image, mask);
        byte[] pixels = image.pixels().clone();
        boolean[] inside = mask.inside();
        for (int i = 0; i < pixels.length; i++) {
            if (inside[i / RgbImage.CHANNELS]) {
                pixels[i] = 0;
            }
        }
        return new RgbImage(image.width(), image.height(), pixels);
    }

    /**
     * The same for the images that {@link Lpips} takes.
     *
     * @param owner of the result
     * @param images {@code [B, 3, H, W]} in [-1, 1]
     * @param masks one an image
     * @return a copy that is -1 inside the masks
     * @throws IllegalArgumentException if there are not B masks, or one is not of the images' size
     */
    public static NDArray blackened(NDManager owner, NDArray images, List<PixelMask> masks) {
        Shape shape = images.getShape();
        ImageMasks.requireFit(shape, masks);
        int pixels = Math.toIntExact(shape.get(2) * shape.get(3));
        float[] kept = new float[masks.size() * pixels];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = masks.get(i / pixels).inside()[i % pixels] ? 0 : 1;
        }
        try (NDManager scope = owner.newSubManager()) {
            NDArray factor = scope.create(kept, new Shape(shape.get(0), 1, shape.get(2), shape.get(3)));
            NDArray offset = factor.sub(1).mul(-BLACK);
            NDArray result = factor.mul(images).add(offset);
            result.attach(owner);
            return result;
        }
    }

    /**
     * @return mean squared difference of values in [0, 1]
     * @throws IllegalArgumentException if the sizes differ
     */
    public static double meanSquaredError(RgbImage a, RgbImage b, PixelMask edited) {
        return unlessAll(edited, MeanSquaredError.of(blackened(a, edited), blackened(b, edited)));
    }

    /**
     * @return in dB, data range 1; positive infinity where the images are equal outside of the mask
     * @throws IllegalArgumentException if the sizes differ
     */
    public static double psnr(RgbImage a, RgbImage b, PixelMask edited) {
        return unlessAll(edited, Psnr.of(blackened(a, edited), blackened(b, edited)));
    }

    /**
     * The mean over the windows that lie inside the canvas, as torchmetrics computed it when the paper was published.
     * Since its pull request 2721 of September 2024 it counts windows that reach beyond the canvas too.
     *
     * @throws IllegalArgumentException if the sizes differ, or a side is shorter than SSIM's window
     */
    public static double ssim(RgbImage a, RgbImage b, PixelMask edited) {
        return unlessAll(edited, Ssim.of(blackened(a, edited), blackened(b, edited)));
    }

    /**
     * @param a images {@code [B, 3, H, W]} in [-1, 1]
     * @param b likewise
     * @param edited one mask a pair
     * @return one distance a pair; the paper's numbers are those of the backbone SqueezeNet
     * @throws IllegalArgumentException if there are not B masks, or one is not of the images' size
     */
    public static double[] lpips(Lpips lpips, NDArray a, NDArray b, List<PixelMask> edited) {
        try (NDManager scope = a.getManager().newSubManager()) {
            float[] distances = lpips.distances(blackened(scope, a, edited), blackened(scope, b, edited));
            double[] result = new double[distances.length];
            for (int i = 0; i < result.length; i++) {
                result[i] = unlessAll(edited.get(i), distances[i]);
            }
            return result;
        }
    }

    private static double unlessAll(PixelMask edited, double value) {
        return edited.count() == edited.inside().length ? Double.NaN : value;
    }
}
