package io.sparkinversion.image;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Masks as run lengths, {@code [start, length, start, length, ...]}: each pair marks {@code length} pixels from pixel
 * {@code start} on, which counts row by row from the top left. PIE-Bench's {@code mapping_file.json} stores the edited
 * part so, on a canvas of 512 x 512 pixels.
 */
public final class RunLengths {
    private RunLengths() {}

    /**
     * The pixels of all runs. They may be in any order and overlap; one that ends beyond the last pixel is cut there,
     * as PIE-Bench's own reader does.
     *
     * @param width of the canvas
     * @param height of the canvas
     * @throws IllegalArgumentException if the last start has no length, or a run has a negative length or starts
     *     outside the canvas; the message names the run
     */
    public static PixelMask decode(int[] runs, int width, int height) {
        PixelMask mask = new PixelMask(width, height, new boolean[Math.multiplyExact(width, height)]);
        boolean[] inside = mask.inside();
        if (runs.length % 2 != 0) {
            throw new IllegalArgumentException("run lengths come in pairs of start and length, but these are "
                    + runs.length + " numbers: run " + runs.length / 2 + " starts at " + runs[runs.length - 1]
                    + " and has no length");
        }
        for (int i = 0; i < runs.length; i += 2) {
            int start = runs[i];
            int length = runs[i + 1];
            if (start < 0 || start >= inside.length) {
                throw new IllegalArgumentException("run " + i / 2 + " starts at pixel " + start + "; a canvas of "
                        + width + "x" + height + " has the pixels 0 to " + (inside.length - 1));
            }
            if (length < 0) {
                throw new IllegalArgumentException(
                        "run " + i / 2 + ", from pixel " + start + ", has the negative length " + length);
            }
            Arrays.fill(inside, start, start + Math.min(length, inside.length - start), true);
        }
        return mask;
    }

    /** The fewest runs that {@link #decode} makes the mask of, in ascending order; none where no pixel is inside. */
    public static int[] encode(PixelMask mask) {
        List<Integer> runs = new ArrayList<>();
        boolean[] inside = mask.inside();
        int at = 0;
        while (at < inside.length) {
            int start = at;
            while (at < inside.length && inside[at] == inside[start]) {
                at++;
            }
            if (inside[start]) {
                runs.add(start);
                runs.add(at - start);
            }
        }
        return runs.stream().mapToInt(Integer::intValue).toArray();
    }
}
