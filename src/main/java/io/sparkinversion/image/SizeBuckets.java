package io.sparkinversion.image;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The fixed sizes that training codes sort pictures into, so that batches of one shape fill. */
final class SizeBuckets {
    /** Of Stable Diffusion XL (arXiv 2307.01952, appendix I, and the authors' sampling code): longer side, shorter side. */
    private static final int[][] XL = {
        {1024, 1024}, {1024, 960}, {1088, 960}, {1088, 896}, {1152, 896}, {1152, 832}, {1216, 832},
        {1280, 768}, {1344, 768}, {1344, 704}, {1408, 704}, {1472, 704}, {1536, 640}, {1600, 640},
        {1664, 576}, {1728, 576}, {1792, 576}, {1856, 512}, {1920, 512}, {1984, 512}, {2048, 512}
    };

    private SizeBuckets() {}

    /** Those that Stable Diffusion XL was trained with, all of about 1024 x 1024 pixels. */
    static List<Size> xl() {
        Set<Size> sizes = sorted();
        for (int[] sides : XL) {
            sizes.add(new Size(sides[0], sides[1]));
            sizes.add(new Size(sides[1], sides[0]));
        }
        return new ArrayList<>(sizes);
    }

    /**
     * Those of the common trainers of Stable Diffusion 1.x and 2.x: for every width that is a multiple of the step, from
     * half of the resolution to twice as much, the largest height with no more pixels than the square; and the same with
     * the sides exchanged.
     *
     * @param resolution pixels of the square
     */
    static List<Size> around(int resolution, int step) {
        Set<Size> sizes = sorted();
        int square = Math.max(step, resolution / step * step);
        sizes.add(new Size(square, square));
        int least = Math.max(step, (resolution / 2 + step - 1) / step * step);
        for (int side = least; side <= 2 * resolution; side += step) {
            int other = Math.min(2 * resolution, resolution * resolution / side) / step * step;
            if (other >= least) {
                sizes.add(new Size(side, other));
                sizes.add(new Size(other, side));
            }
        }
        return new ArrayList<>(sizes);
    }

    private static Set<Size> sorted() {
        return new TreeSet<>(Comparator.comparingInt(Size::width).thenComparingInt(Size::height));
    }
}
