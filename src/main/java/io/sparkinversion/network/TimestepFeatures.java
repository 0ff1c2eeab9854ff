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
        int channels = config.blockOutChannels().get(0);
        int half = channels / 2;
        float[] features = new float[timesteps.length * channels];
        for (int row = 0; row < timesteps.length; row++) {
            for (int i = 0; i < half; i++) {
                float exponent = (float) -Math.log(MAX_PERIOD) * i / (float) (half - config.freqShift());
                float angle = timesteps[row] * (float) Math.exp(exponent);
                int sine = row * channels + (config.flipSinToCos() ? half : 0) + i;
                int cosine = row * channels + (config.flipSinToCos() ? 0 : half) + i;
                features[sine] = (float) Math.sin(angle);
                features[cosine] = (float) Math.cos(angle);
            }
        }
        return features;
    }
}
