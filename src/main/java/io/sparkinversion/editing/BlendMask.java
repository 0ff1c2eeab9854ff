package io.sparkinversion.editing;

import java.util.Arrays;

/**
 * How much each branch looks at chosen words, latent element by latent element, as a share of the branch's maximum.
 *
 * @param height of the latent
 * @param width of the latent
 * @param shares by branch, row by row
 */
public record BlendMask(int height, int width, float[][] shares) {

    /**
     * @param attention by branch: the words' attention {@code [mapHeight * mapWidth]}
     * @param pooled whether each map pixel takes the largest value of its 3 x 3 neighbourhood
     */
    static BlendMask of(float[][] attention, int mapHeight, int mapWidth, boolean pooled, int height, int width) {
        float[][] shares = new float[attention.length][];
        for (int branch = 0; branch < attention.length; branch++) {
            float[] map = pooled ? largestNeighbours(attention[branch], mapHeight, mapWidth) : attention[branch];
            shares[branch] = normalised(nearest(map, mapHeight, mapWidth, height, width));
        }
        return new BlendMask(height, width, shares);
    }

    private static float[] largestNeighbours(float[] map, int height, int width) {
        float[] result = new float[map.length];
        Arrays.fill(result, Float.NEGATIVE_INFINITY);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
                    for (int u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
                        result[y * width + x] = Math.max(result[y * width + x], map[v * width + u]);
                    }
                }
            }
        }
        return result;
    }

    private static float[] nearest(float[] map, int mapHeight, int mapWidth, int height, int width) {
        float[] result = new float[height * width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                result[y * width + x] = map[y * mapHeight / height * mapWidth + x * mapWidth / width];
            }
        }
        return result;
    }

    private static float[] normalised(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, value);
        }
        float[] result = new float[values.length];
        for (int i = 0; i < values.length && largest > 0; i++) {
            result[i] = values[i] / largest;
        }
        return result;
    }

    /**
     * By branch, whether its own or the source's share (branch 0) is above a threshold.
     */
    public boolean[][] above(double threshold) {
        boolean[][] result = new boolean[shares.length][height * width];
        for (int branch = 0; branch < shares.length; branch++) {
            for (int i = 0; i < result[branch].length; i++) {
                result[branch][i] = shares[branch][i] > (float) threshold || shares[0][i] > (float) threshold;
            }
        }
        return result;
    }
}
