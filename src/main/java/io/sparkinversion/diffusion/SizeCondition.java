package io.sparkinversion.diffusion;

import io.sparkinversion.network.UNetConfig.TextTime;
import java.io.Serializable;
import java.util.List;

/**
 * What Stable Diffusion XL is told of an image's size (the micro-conditioning of arXiv 2307.01952, section 2.2). Pixels.
 *
 * @param originalHeight of the picture before it was resized
 * @param originalWidth likewise
 * @param cropTop rows of the resized picture above the image
 * @param cropLeft columns of it to the left of the image
 * @param targetHeight of the image
 * @param targetWidth likewise
 */
public record SizeCondition(
        int originalHeight, int originalWidth, int cropTop, int cropLeft, int targetHeight, int targetWidth)
        implements Serializable {
    private static final long serialVersionUID = 1L;

    /** An image that is all of a picture of its own size, as ReNoise and others tell it. */
    static SizeCondition whole(int height, int width) {
        return new SizeCondition(height, width, 0, 0, height, width);
    }

    /** Six for each, as {@link io.sparkinversion.network.TimestepFeatures#ofSizes} takes them. */
    static float[] values(List<SizeCondition> images) {
        float[] values = new float[images.size() * TextTime.SIZES];
        int at = 0;
        for (SizeCondition image : images) {
            values[at++] = image.originalHeight;
            values[at++] = image.originalWidth;
            values[at++] = image.cropTop;
            values[at++] = image.cropLeft;
            values[at++] = image.targetHeight;
            values[at++] = image.targetWidth;
        }
        return values;
    }
}
