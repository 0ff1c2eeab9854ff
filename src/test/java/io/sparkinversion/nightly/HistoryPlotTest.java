package io.sparkinversion.nightly;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.nightly.Verdict.Outcome;
import io.sparkinversion.report.Estimate;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
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

    private static HistoryRow night(int day, String method, double psnr, Rule... rules) {
        HistoryRow row = HistoryTableTest.row("run " + day, method, Outcome.PASS, psnr, rules);
        return new HistoryRow(
                row.when().plus(day, ChronoUnit.DAYS),
                row.run(),
                row.codeVersion(),
                row.baseline(),
                rules.length == 0 ? Outcome.PASS : Outcome.FAIL,
                row.rules(),
                row.method(),
                row.steps(),
                row.count(),
                row.failed(),
                row.psnr(),
                row.ssim(),
                row.lpips(),
                row.seconds());
    }

    private static List<HistoryRow> nights(int count) {
        List<HistoryRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(night(i, "ddim", 28.8));
            rows.add(night(i, "ddim-cfg", 14.8));
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
    void whatFailedARunIsMarkedInBothPanels() throws IOException {
        List<HistoryRow> worse = nights(3);
        worse.add(night(3, "ddim", 28.1, Rule.PSNR_DROP));
        long one = red(drawn(worse), 0, 0.5);
        assertThat(one).isPositive();
        assertThat(red(drawn(worse), 0.5, 1)).isPositive();

        worse.add(night(3, "ddim-cfg", 14.8, Rule.NEW_FAILURE));
        assertThat(red(drawn(worse), 0, 0.5)).isGreaterThan(one);
    }

    @Test
    void oneRunAndHundredsAndOneWithoutAnyNumberAreDrawn() throws IOException {
        Estimate none = Estimate.of();
        HistoryRow nothing = new HistoryRow(
                Instant.parse("2026-11-23T02:00:00Z"),
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
}
