package io.sparkinversion.nightly;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class VerdictTextTest extends VerdictFixture {
    @Test
    void theJsonHasTheRulesAndNullForWhatIsNotDefined() throws IOException {
        before.psnr(INFINITE);
        now.psnr(INFINITE).failed("x", "CORRUPT_IMAGE");
        before.good("x", 30);

        JsonNode json = new ObjectMapper().readTree(verdict().json());
        assertThat(json.path("verdict").asText()).isEqualTo("fail");
        assertThat(json.path("baseline").asText()).isEqualTo("before");
        assertThat(json.path("limits").path("max_slowdown").asDouble()).isEqualTo(1.3);
        JsonNode row = json.path("rows").path(0);
        assertThat(row.path("breaches").path(0).path("rule").asText()).isEqualTo("new-failure");
        assertThat(row.path("psnr").path("mean").isNull()).as("infinite").isTrue();
        assertThat(row.path("psnr_change").path("mean").asDouble(1)).isZero();
        assertThat(row.path("psnr_change").path("ci_low").isNull())
                .as("one pair")
                .isTrue();
    }

    @Test
    void theTerminalHasPlainTextAndTheFileMarkdown() {
        before.setting("batch_size", "8").psnr(30, 28, 26);
        now.setting("batch_size", "1").psnr(29, 27, 25);

        assertThat(verdict().text()).isEqualTo("""
            FAIL: now (code 1.0) against before (code 1.0)

            - psnr-drop, negative-prompt at 50 steps: mean PSNR −1.00 dB, 95% confidence interval [−1.00, −1.00], \
            over 3 paired images: entirely below zero, and more than 0.1 dB down.

            method           steps  n  failed  PSNR dB  latency s  pairs     ΔPSNR dB [95% CI]                    ΔSSIM  \
                             ΔLPIPS  time ratio  verdict
            negative-prompt     50  3       0    27.00      1.000      3  −1.00 [−1.00, −1.00]  0.0000 [0.0000, 0.0000]  \
            0.0000 [0.0000, 0.0000]           –  fail: psnr-drop

            Not judged:

            - speed of negative-prompt at 50 steps: settings that change it differ

            Settings that differ:

            - batch_size: 8 in the baseline, 1 now (speed is not judged)
            """);
        assertThat(verdict().markdown())
                .startsWith(
                        "# FAIL: now (code 1.0) against before (code 1.0)\n\n- **psnr-drop**, negative-prompt at 50")
                .contains("| negative-prompt | 50 | 3 | 0 | 27.00 | 1.000 | 3 | −1.00 \\[−1.00, −1.00\\] |")
                .contains(" | – | **fail**: psnr-drop |\n");
    }
}
