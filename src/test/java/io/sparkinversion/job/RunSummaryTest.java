package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.job.RunSummary.EditQuality;
import io.sparkinversion.job.RunSummary.FailureKind;
import io.sparkinversion.job.RunSummary.MethodQuality;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunSummaryTest {
    @Test
    void showsAnAlignedTableWhatFailedWhatItCostAndWhereItIs() {
        RunSummary summary = new RunSummary(
                List.of(
                        new MethodQuality("negative-prompt", 97, 3, 24.6789, 2, 0.81234, 0.09876, 26.5, 0.9, 0.54321),
                        new MethodQuality("ddim-cfg", 97, 3, 9.5, 0, 0.25, 0.5, 26.5, 0.9, 12.0)),
                List.of(),
                List.of(
                        new FailureKind("CORRUPT_IMAGE", false, 2, "i07", "cut short\nat byte 12"),
                        new FailureKind("MISSING_CAPTION", false, 1, "i09", "no caption")),
                100,
                3,
                30,
                4,
                4000,
                Map.of("1/gpu:0", 1L, "2/gpu:0", 1L),
                Duration.ofSeconds(140),
                "alex",
                "s3a://bucket/out",
                "");

        assertThat(summary.text()).isEqualTo("""

                method            n  failed   PSNR    SSIM  LPIPS alex  VAE PSNR  VAE SSIM  latency s
                negative-prompt  97       3  24.68  0.8123      0.0988     26.50    0.9000      0.543
                ddim-cfg         97       3   9.50  0.2500      0.5000     26.50    0.9000     12.000

                negative-prompt: 2 reconstructions equal their originals (PSNR infinite, not in the mean)
                3 images failed:
                  2 x CORRUPT_IMAGE, such as i07: cut short at byte 12
                  1 x MISSING_CAPTION, such as i09: no caption
                100 images in the output: 70 computed, 30 reused; 4 dropped, no longer in the dataset
                throughput: 0.50 images/s, wall time 2:20; 4000 UNet evaluations; model loaded once each (2 executors)
                results: s3a://bucket/out (metrics, images, latents; README.md explains them)
                """);
    }

    @Test
    void showsDashesWhereNothingWasMeasured() {
        double none = Double.NaN;
        RunSummary summary = new RunSummary(
                List.of(new MethodQuality("ddim", 0, 1, none, 0, none, none, none, none, none)),
                List.of(),
                List.of(),
                1,
                1,
                1,
                0,
                0,
                Map.of(),
                Duration.ZERO,
                null,
                "out",
                "");

        assertThat(summary.text())
                .contains("LPIPS  VAE PSNR")
                .contains("ddim    0       1     -     -      -         -         -          -\n")
                .contains("1 image in the output: 0 computed, 1 reused\n")
                .contains("wall time 0:00\n");
    }

    @Test
    void ofEditsShowsWhatChangedInsideAndOutsideOfTheMaskAndWhichEditsFailedAlone() {
        Map<String, Double> means = new HashMap<>();
        EditQuality.MEANS.forEach(column -> means.put(column, Double.NaN));
        means.putAll(Map.of(
                "psnr",
                28.5,
                "edit_psnr",
                14.25,
                "outside_psnr",
                31.125,
                "inside_psnr",
                9.0,
                "mask_share",
                0.4,
                "unet_evaluations_edit",
                100.0,
                "seconds_total",
                2.5));
        RunSummary summary = new RunSummary(
                List.of(),
                List.of(new EditQuality("direct", "prompt-to-prompt", 7, 2, means)),
                List.of(
                        new FailureKind("CORRUPT_IMAGE", false, 1, "i07", "cut short"),
                        new FailureKind("INVALID_EDIT", true, 1, "i08", "no such word")),
                9,
                1,
                0,
                0,
                0,
                Map.of(),
                Duration.ZERO,
                "demo",
                "out",
                "");

        assertThat(summary.text())
                .contains("method  control           edits  failed  PSNR source  PSNR edit  PSNR outside  PSNR inside")
                .containsPattern("direct  prompt-to-prompt +7 +2 +28.50 +14.25 +31.1[23] +9.00 +- +-   40%")
                .contains("1 image failed and 1 edit of others:\n")
                .contains(
                        "  1 x CORRUPT_IMAGE, such as i07: cut short\n  1 x INVALID_EDIT, such as i08: no such word\n");
        assertThat(summary.counters()).containsEntry("failed", 1L).containsEntry("failed_invalid_edit", 1L);
    }
}
