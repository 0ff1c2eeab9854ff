package io.sparkinversion.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.inversion.ImageNoise;
import io.sparkinversion.metrics.Lpips;
import io.sparkinversion.weights.Sha256;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Pictures on their way to and from a device.
 *
 * @param lpips null for none
 */
record DeviceImages(StableDiffusion model, Lpips lpips) {

    /**
     * Pictures that were decoded from latents; where the autoencoder overflowed, they show nothing.
     *
     * @param images 8-bit, rounded
     * @param lpips distances to their originals; NaN without LPIPS
     * @param finite whether the decoder's values are
     * @param seconds of all, LPIPS left out
     */
    record Decoded(List<RgbImage> images, double[] lpips, boolean[] finite, double seconds) {}

    /** Images of one size as {@code [B, 3, H, W]} in [-1, 1]. */
    static NDArray pixels(NDManager owner, List<RgbImage> images) {
        int height = images.get(0).height();
        int width = images.get(0).width();
        int plane = height * width;
        float[] values = new float[images.size() * 3 * plane];
        for (int i = 0; i < images.size(); i++) {
            byte[] rgb = images.get(i).pixels();
            for (int p = 0; p < plane; p++) {
                for (int c = 0; c < 3; c++) {
                    values[(i * 3 + c) * plane + p] = Byte.toUnsignedInt(rgb[3 * p + c]) / 127.5f - 1;
                }
            }
        }
        return owner.create(values, new Shape(images.size(), 3, height, width));
    }

    /** Noise that depends on the pictures' pixels, and so not on their batch or their names. */
    static ImageNoise noise(List<RgbImage> images) {
        return new ImageNoise(images.stream()
                .map(image ->
                        ByteBuffer.wrap(Sha256.digest().digest(image.pixels())).getLong())
                .toList());
    }

    /**
     * @param latents {@code [B, C, h, w]}
     * @param originals {@code [B, 3, H, W]} in [-1, 1]
     */
    Decoded decode(NDArray latents, NDArray originals) {
        long started = System.nanoTime();
        int size = Math.toIntExact(latents.getShape().get(0));
        try (NDManager stage = model.newScope()) {
            NDArray decoded = model.decode(stage, latents);
            boolean[] finite = finite(decoded.sum(new int[] {1, 2, 3}).toFloatArray(), size);
            NDArray levels = decoded.mul(127.5f).add(127.5f).clip(0, 255).round();
            byte[] rgb =
                    levels.transpose(0, 2, 3, 1).toType(DataType.UINT8, false).toByteArray();
            double seconds = secondsSince(started);
            double[] distances = new double[size];
            Arrays.fill(distances, Double.NaN);
            if (lpips != null) {
                float[] measured = lpips.distances(originals, levels.div(127.5f).sub(1));
                Arrays.setAll(distances, i -> measured[i]);
            }
            return new Decoded(images(rgb, decoded.getShape()), distances, finite, seconds);
        }
    }

    /** @param shape of the decoder's output, {@code [B, 3, H, W]} */
    private static List<RgbImage> images(byte[] rgb, Shape shape) {
        int height = Math.toIntExact(shape.get(2));
        int width = Math.toIntExact(shape.get(3));
        int length = height * width * RgbImage.CHANNELS;
        List<RgbImage> images = new ArrayList<>();
        for (int from = 0; from < rgb.length; from += length) {
            images.add(new RgbImage(width, height, Arrays.copyOfRange(rgb, from, from + length)));
        }
        return images;
    }

    /** For each of {@code count} rows whether all its values are finite. */
    static boolean[] finite(float[] values, int count) {
        boolean[] result = new boolean[count];
        int length = values.length / count;
        for (int i = 0; i < count; i++) {
            result[i] = true;
            for (int k = i * length; k < (i + 1) * length; k++) {
                result[i] &= Float.isFinite(values[k]);
            }
        }
        return result;
    }

    static double secondsSince(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1e9;
    }
}
