package io.sparkinversion.evaluation;

import static io.sparkinversion.evaluation.MadeUp.evaluation;
import static io.sparkinversion.evaluation.MadeUp.good;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.WithoutSpark;
import io.sparkinversion.report.ChartStyle;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@WithoutSpark
class PlotsTest {
    /** XChart's search for axis ticks does not end for every range. */
    @ParameterizedTest
    @ValueSource(doubles = {0, 1e-12, 28.8, 99.9999999, -3, 1e6, Double.POSITIVE_INFINITY, Double.NaN})
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void drawsEqualValuesOfAnySize(double value) {
        List<Measurement> measurements = new ArrayList<>();
        for (String image : List.of("a", "b")) {
            measurements.add(good(image, "ddim", 10, value, value, Math.abs(value)));
            measurements.add(good(image, "ddim", 50, value, value, Math.abs(value)));
        }
        Evaluation evaluation = new Evaluation(Map.of(), "alex", false, List.of("ddim"), List.of(10, 50), measurements);

        assertThat(Plots.of(evaluation, ResultTable.of(evaluation))).allSatisfy(plot -> {
            assertThat(decoded(plot.light()).getWidth()).isEqualTo(2 * ChartStyle.WIDTH);
            assertThat(decoded(plot.dark()).getHeight()).isEqualTo(2 * ChartStyle.HEIGHT);
        });
    }

    @Test
    void drawsEachMethodInItsColour() throws IOException {
        Evaluation evaluation = evaluation(
                List.of("negative-prompt", "null-text"),
                List.of(50),
                good("a", "negative-prompt", 50, 20, 0.1, 1),
                good("a", "null-text", 50, 30, 0.1, 100));

        BufferedImage plot =
                decoded(Plots.of(evaluation, ResultTable.of(evaluation)).get(0).light());

        assertThat(colours(plot)).contains(new Color(0x0072b2).getRGB(), new Color(0xd55e00).getRGB());
    }

    @Test
    void coloursDoNotDependOnWhichOtherKnownMethodsThereAre() {
        Palette few = new Palette(List.of("null-text"));
        Palette many = new Palette(List.of("ddim", "other", "ddim-cfg", "null-text", "another"));

        assertThat(few.of("null-text")).isEqualTo(many.of("null-text"));
        assertThat(many.of("other")).isNotEqualTo(many.of("another"));
    }

    @Test
    void twelveMethodsHaveTwelveColours() {
        List<String> methods =
                List.of("vae", "negative-prompt", "ddim", "ddim-cfg", "null-text", "a", "b", "c", "d", "e", "f", "g");
        Palette palette = new Palette(methods);

        assertThat(methods.stream().map(palette::of).distinct()).hasSize(12);
    }

    private static Set<Integer> colours(BufferedImage image) {
        Set<Integer> colours = new HashSet<>();
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                colours.add(image.getRGB(x, y));
            }
        }
        return colours;
    }

    private static BufferedImage decoded(byte[] png) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(png));
    }
}
