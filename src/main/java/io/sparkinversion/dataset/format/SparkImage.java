package io.sparkinversion.dataset.format;

import io.sparkinversion.image.PngEncoder;
import io.sparkinversion.image.RgbImage;
import org.apache.spark.sql.Row;

/** Pictures of Spark's own image source: pixels as OpenCV has them, blue first, rows from the top. */
final class SparkImage {
    private static final int GREY = 1;

    private SparkImage() {}

    /**
     * As PNG; the fourth channel, alpha, is dropped.
     *
     * @param image {@code struct<origin, height, width, nChannels, mode, data>}; may be null
     * @return null where there is no picture: Spark gives -1 for the sides of a file that it could not decode
     */
    static byte[] encode(Row image) {
        if (image == null || image.isNullAt(image.fieldIndex("data"))) {
            return null;
        }
        int width = image.getAs("width");
        int height = image.getAs("height");
        int channels = image.getAs("nChannels");
        byte[] data = image.getAs("data");
        if (width < 1 || height < 1 || data.length != (long) width * height * channels) {
            return null;
        }
        byte[] pixels = new byte[Math.multiplyExact(Math.multiplyExact(width, height), RgbImage.CHANNELS)];
        for (int pixel = 0; pixel < width * height; pixel++) {
            for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                int from = channels == GREY ? 0 : RgbImage.CHANNELS - 1 - channel;
                pixels[RgbImage.CHANNELS * pixel + channel] = data[channels * pixel + from];
            }
        }
        return PngEncoder.encode(new RgbImage(width, height, pixels));
    }
}
