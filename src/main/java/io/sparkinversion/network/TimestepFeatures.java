package io.sparkinversion.network;

/** The sinusoid of timesteps that the UNet's time embedding starts from (diffusers' {@code Timesteps}). */
public final class TimestepFeatures {
    private static final double MAX_PERIOD = 10_000;

    private TimestepFeatures() {}

    /**
     * In float32 throughout, as the reference computes it.
     *
     * @param timesteps 0 to 999
     * @return {@code [timesteps.length, channels]}, row-major
     */
    public static float[] of(int[] timesteps, UNetConfig config) {
        float[] values = new float[timesteps.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = timesteps[i];
        }
        return of(values, config.blockOutChannels().get(0), config);
    }

    /**
     * SDXL's sizes, each through the same sinusoid.
     *
     * @param sizes {@code [B * 6]}: original height and width, crop from above and left, target height and width, pixels
     * @return {@code [B, 6 * timeEmbedDim]}, row-major
     */
    public static float[] ofSizes(float[] sizes, UNetConfig config) {
        return of(sizes, config.addition().timeEmbedDim(), config);
    }

    private static float[] of(float[] values, int channels, UNetConfig config) {
        int half = channels / 2;
        float[] features = new float[values.length * channels];
        for (int row = 0; row < values.length; row++) {
            for (int i = 0; i < half; i++) {
                float exponent = (float) -Math.log(MAX_PERIOD) * i / (float) (half - config.freqShift());
                float angle = values[row] * (float) Math.exp(exponent);
                int sine = row * channels + (config.flipSinToCos() ? half : 0) + i;
                int cosine = row * channels + (config.flipSinToCos() ? 0 : half) + i;
                features[sine] = (float) Math.sin(angle);
                features[cosine] = (float) Math.cos(angle);
            }
        }
        return features;
    }
}
