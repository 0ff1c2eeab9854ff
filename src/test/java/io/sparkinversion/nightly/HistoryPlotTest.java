package io.sparkinversion.nightly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.nightly.Verdict.Outcome;
import io.sparkinversion.report.Estimate;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
class HistoryPlotTest {
    private static final int RED = 0xc1121f;

    private static BufferedImage drawn(List<HistoryRow> rows) throws IOException {
        return ImageIO.read(new ByteArrayInputStream(HistoryPlot.png(rows)));
    }

    /** Pixels of the red in a part of the height. */
    private static long red(BufferedImage image, double from, double to) {
        long count = 0;
        for (int y = (int) (from * image.getHeight()); y < to * image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                count += (image.getRGB(x, y) & 0xffffff) == RED ? 1 : 0;
            }
        }
        return count;
    }

    private static List<HistoryRow> nights(int count) {
        List<HistoryRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(HistoryTableTest.row("run " + i, "ddim", Outcome.PASS, 28.8));
            rows.add(HistoryTableTest.row("run " + i, "ddim-cfg", Outcome.PASS, 14.8));
        }
        return rows;
    }

    @Test
    void runsThatPassedHaveNothingRed() throws IOException {
        BufferedImage image = drawn(nights(3));

        assertThat(image.getWidth()).isEqualTo(1920);
        assertThat(image.getHeight()).isEqualTo(2080);
        assertThat(red(image, 0, 1)).isZero();
    }

    @Test
    void aFailedRunIsMarkedInBothPanelsAndItsCauseRingedInOne() throws IOException {
        List<HistoryRow> slow = nights(3);
        slow.add(HistoryTableTest.row("run 3", "ddim", Outcome.FAIL, 28.8, Rule.SLOWDOWN));
        List<HistoryRow> worse = nights(3);
        worse.add(HistoryTableTest.row("run 3", "ddim", Outcome.FAIL, 28.1, Rule.PSNR_DROP));

        assertThat(red(drawn(slow), 0, 0.5)).isPositive().isLessThan(red(drawn(worse), 0, 0.5));
        assertThat(red(drawn(worse), 0.5, 1)).isPositive().isLessThan(red(drawn(slow), 0.5, 1));
    }

    @Test
    void oneRunAndHundredsAndOneWithoutAnyNumberAreDrawn() throws IOException {
        Estimate none = Estimate.of();
        HistoryRow nothing = new HistoryRow(
                "2026-11-23T02:00:00Z",
                "run",
                "a52134e",
                null,
                Outcome.FAIL,
                List.of(Rule.NO_RESULT),
                "ddim",
                50,
                0,
                4,
                none,
                none,
                none,
                none);

        assertThat(red(drawn(List.of(nothing)), 0, 1)).isPositive();
        assertThat(red(drawn(nights(1)), 0, 1)).isZero();
        assertThat(red(drawn(nights(300)), 0, 1)).isZero();
    }

    @Test
    void runsOfADayAreToldApartByTheirTime() {
        assertThat(HistoryPanels.labels(List.of("2026-11-23T02:00:00Z", "2026-11-24T02:00:00Z")))
                .containsExactly("23 Nov", "24 Nov");
        assertThat(HistoryPanels.labels(List.of("2026-11-23T02:00:00Z", "2026-11-23T14:30:00Z")))
                .containsExactly("23 Nov 02:00", "23 Nov 14:30");
        assertThat(HistoryPanels.labels(List.of("once"))).containsExactly("once");
    }

    @Test
    void nothingIsNotDrawn() {
        assertThatThrownBy(() -> HistoryPlot.png(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a history without runs cannot be drawn");
    }
}
