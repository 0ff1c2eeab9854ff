package io.sparkinversion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class TimestepFeaturesTest {
    private static final int CHANNELS = 320;

    private static UNetConfig config(String flip, String shift) {
        return UNetConfig.of(Configs.builtIn("sd15", "unet")
                .with("flip_sin_to_cos", flip)
                .with("freq_shift", shift)
                .parse());
    }

    @Test
    void timestepZeroIsCosineOfZeroThenSineOfZero() {
        float[] features = TimestepFeatures.of(new int[] {0}, config("true", "0"));

        for (int i = 0; i < CHANNELS; i++) {
            assertThat(features[i]).isEqualTo(i < CHANNELS / 2 ? 1 : 0);
        }
    }

    @Test
    void frequenciesFallFromOneToAboutOneTenThousandth() {
        int timestep = 500;
        float[] features = TimestepFeatures.of(new int[] {timestep}, config("true", "0"));

        assertThat(features[0]).isCloseTo((float) Math.cos(timestep), within(1e-6f));
        assertThat(features[160]).isCloseTo((float) Math.sin(timestep), within(1e-6f));
        // Half-way down the frequency is 10000^-0.5.
        assertThat(features[80]).isCloseTo((float) Math.cos(timestep / 100.0), within(1e-5f));
        assertThat(features[240]).isCloseTo((float) Math.sin(timestep / 100.0), within(1e-5f));
    }

    @Test
    void withoutFlippingSinesComeFirst() {
        float[] flipped = TimestepFeatures.of(new int[] {321}, config("true", "0"));
        float[] plain = TimestepFeatures.of(new int[] {321}, config("false", "0"));

        for (int i = 0; i < CHANNELS; i++) {
            assertThat(plain[i]).isEqualTo(flipped[(i + CHANNELS / 2) % CHANNELS]);
        }
    }

    @Test
    void aShiftOfOneEndsAtExactlyOneTenThousandth() {
        float[] features = TimestepFeatures.of(new int[] {1}, config("true", "1"));

        assertThat(features[CHANNELS - 1]).isCloseTo(1e-4f, within(1e-9f));
    }

    @Test
    void everyTimestepHasItsRow() {
        UNetConfig config = config("true", "0");

        float[] both = TimestepFeatures.of(new int[] {17, 803}, config);

        assertThat(both).hasSize(2 * CHANNELS).startsWith(TimestepFeatures.of(new int[] {17}, config));
        assertThat(both).endsWith(TimestepFeatures.of(new int[] {803}, config));
    }
}
