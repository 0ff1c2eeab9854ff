package io.sparkinversion.image;

import io.sparkinversion.image.ImageException.Kind;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which size pictures get, by their own.
 *
 * @param resolution pixels of the square; other shapes have about as many pixels, and not more
 * @param step what sides that are not the square's are a multiple of
 * @param xl whether buckets are those that Stable Diffusion XL was trained with
 */
public record Sizing(ResizeMode mode, int resolution, int step, boolean xl) implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Longer side over shorter side: beyond, no model was trained, and neither resizing nor cropping is a service. */
    public static final int MOST_ASPECT = 4;

    /** What SSIM's window and two levels of a UNet take. */
    private static final int SMALLEST_SIDE = 16;

    private static final int XL_RESOLUTION = 1024;

    /** Of the square's pixels, what a shape has that keeps the aspect ratio. */
    private static final double LEAST_AREA = 0.75;

    /** The middle square of every picture. */
    public static Sizing square(int resolution) {
        return new Sizing(ResizeMode.CROP, resolution, 1, false);
    }

    /** @throws IllegalArgumentException if a number is below 1 */
    public Sizing {
        if (resolution < 1 || step < 1) {
            throw new IllegalArgumentException("resolution " + resolution + ", step " + step);
        }
    }

    /**
     * Where a picture goes.
     *
     * @throws ImageException if its aspect ratio is beyond {@value #MOST_ASPECT} and it is to be kept
     */
    public Placement place(int width, int height) throws ImageException {
        boolean narrow = Math.max(width, height) > (long) MOST_ASPECT * Math.min(width, height);
        if (narrow && mode != ResizeMode.CROP) {
            throw new ImageException(
                    Kind.ASPECT_RATIO,
                    width + " x " + height + " pixels are too long and narrow for --resize " + mode.label()
                            + ", which takes aspect ratios up to " + MOST_ASPECT
                            + ":1; cut the picture, or use --resize crop for its middle");
        }
        Size picture = new Size(width, height);
        Size square = new Size(resolution, resolution);
        return switch (mode) {
            case CROP -> Placement.cropped(picture, square);
            case STRETCH -> Placement.whole(picture, square);
            case FIT -> Placement.whole(picture, fitting(picture));
            case BUCKET -> Placement.cropped(picture, nearestBucket(picture));
        };
    }

    /** The fixed sizes, by width; one where the mode is not {@link ResizeMode#BUCKET}. */
    public List<Size> buckets() {
        if (mode != ResizeMode.BUCKET) {
            return List.of(new Size(resolution, resolution));
        }
        return hasXlBuckets() ? SizeBuckets.xl() : SizeBuckets.around(resolution, step);
    }

    private boolean hasXlBuckets() {
        return xl && resolution == XL_RESOLUTION;
    }

    /**
     * The multiples of the step whose aspect ratio is nearest to the picture's. They have no more pixels than the square,
     * as buckets have: then prompt-to-prompt, which goes by pixels, takes the same layers in all shapes.
     */
    private Size fitting(Size picture) {
        long square = (long) resolution * resolution;
        int least = (SMALLEST_SIDE + step - 1) / step * step;
        List<Size> sizes = new ArrayList<>(List.of(new Size(resolution, resolution)));
        for (int width = least; width <= MOST_ASPECT * resolution; width += step) {
            for (int height = least; (long) width * height <= square; height += step) {
                if ((long) width * height >= LEAST_AREA * square) {
                    sizes.add(new Size(width, height));
                }
            }
        }
        return nearest(sizes, picture);
    }

    private Size nearestBucket(Size picture) {
        return nearest(buckets(), picture);
    }

    /** By aspect ratio; of equal ones that with the number of pixels nearest to the square's, then the wider one. */
    private Size nearest(List<Size> sizes, Size picture) {
        long square = (long) resolution * resolution;
        return sizes.stream()
                .min(Comparator.comparingDouble((Size size) -> Math.abs(Math.log(size.aspect() / picture.aspect())))
                        .thenComparingLong(size -> Math.abs(size.pixels() - square))
                        .thenComparingInt(size -> -size.width()))
                .orElseThrow();
    }

    /** For the first lines of a run; empty for the middle square. */
    public String described() {
        return switch (mode) {
            case CROP -> "";
            case STRETCH ->
                "resize: stretch, the whole image squeezed to " + buckets().get(0);
            case FIT ->
                "resize: fit, the whole image at its aspect ratio, sides in multiples of " + step + " around "
                        + resolution + "x" + resolution;
            case BUCKET ->
                "resize: bucket, " + buckets().size() + " shapes "
                        + (hasXlBuckets()
                                ? "of Stable Diffusion XL's training"
                                : "around " + resolution + "x" + resolution);
        };
    }
}
