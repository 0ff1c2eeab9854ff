package io.sparkinversion.metrics;

import io.sparkinversion.image.PillowResize;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.image.SquareCrop;
import io.sparkinversion.network.NetworkConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Images as CLIP's vision transformer takes them (transformers' {@code CLIPImageProcessor}): the shorter side resized
 * to the network's with Pillow's bicubic filter, the middle square, normalised by channel.
 *
 * @param size of the network's images, in pixels
 * @param mean by channel, of values in [0, 1]
 * @param deviation by channel
 */
record ClipPixels(int size, List<Double> mean, List<Double> deviation) {
    private static final String FILE = "preprocessor_config.json";
    private static final int BICUBIC = 3;

    /** Of the images that OpenAI trained CLIP on. */
    private static final List<Double> MEAN = List.of(0.48145466, 0.4578275, 0.40821073);

    private static final List<Double> DEVIATION = List.of(0.26862954, 0.26130258, 0.27577711);

    /**
     * As the folder's {@code preprocessor_config.json} says, or as OpenAI's does where there is none.
     *
     * @throws io.sparkinversion.network.UnsupportedConfigException naming the key that asks for something else
     */
    static ClipPixels of(Path folder, int size) {
        Path file = folder.resolve(FILE);
        return of(Files.exists(file) ? NetworkConfig.read(file) : NetworkConfig.parse(FILE, "{}"), size);
    }

    private static ClipPixels of(NetworkConfig config, int size) {
        ClipPixels result =
                new ClipPixels(size, config.numbers("image_mean", MEAN), config.numbers("image_std", DEVIATION));
        if (result.mean().size() != RgbImage.CHANNELS) {
            throw config.refused("image_mean", result.mean(), "one number for each of 3 channels is expected");
        }
        if (result.deviation().size() != RgbImage.CHANNELS
                || result.deviation().stream().anyMatch(each -> each <= 0)) {
            throw config.refused(
                    "image_std", result.deviation(), "a positive number for each of 3 channels is expected");
        }
        config.only("size", size, Map.of("shortest_edge", size))
                .only("crop_size", size, Map.of("height", size, "width", size))
                .only("resample", BICUBIC)
                .only("rescale_factor", 1 / 255.0)
                .only("do_resize", true)
                .only("do_center_crop", true)
                .only("do_rescale", true)
                .only("do_normalize", true)
                .ignore("do_convert_rgb", "feature_extractor_type", "image_processor_type", "processor_class")
                .refuseUnknown();
        return result;
    }

    /** {@code [3, size, size]}. */
    float[] of(RgbImage image) {
        RgbImage square = SquareCrop.centre(resized(image));
        byte[] bytes = square.pixels();
        float[] values = new float[bytes.length];
        int pixels = size * size;
        for (int i = 0; i < bytes.length; i++) {
            int channel = i % RgbImage.CHANNELS;
            double value = (bytes[i] & 0xff) / 255.0;
            values[channel * pixels + i / RgbImage.CHANNELS] =
                    (float) ((value - mean.get(channel)) / deviation.get(channel));
        }
        return values;
    }

    private RgbImage resized(RgbImage image) {
        long shorter = Math.min(image.width(), image.height());
        // The longer side is cut to a whole number, not rounded.
        int width = Math.toIntExact(size * (long) image.width() / shorter);
        int height = Math.toIntExact(size * (long) image.height() / shorter);
        return PillowResize.resize(image, width, height, Filter.BICUBIC);
    }
}
