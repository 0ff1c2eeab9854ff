package io.sparkinversion.nightly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.UserException;
import io.sparkinversion.nightly.Verdict.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What may differ between a run and its baseline, and what comes of it. */
class DifferenceTest {
    private static final Limits LIMITS = new Limits(0.1, 1.3);

    private final MadeUpRun before = new MadeUpRun("before");
    private final MadeUpRun now = new MadeUpRun("now");

    private Verdict verdict() {
        return Verdict.of(now.run(), before.run(), LIMITS, List.of());
    }

    @Test
    void runsWithoutAMethodInCommonAreRefused() {
        before.psnr(30);
        MadeUpRun other = new MadeUpRun("other", "ddim");

        assertThatThrownBy(() -> Verdict.of(other.run(), before.run(), LIMITS, List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "the runs other and before are not comparable: no method at the same number of steps is in both"
                                + " (negative-prompt at 50 steps in the baseline, ddim at 50 steps now)");
    }

    @Test
    void anotherResolutionIsRefused() {
        before.setting("resolution", "64").psnr(30);
        now.setting("resolution", "128").psnr(30);

        assertThatThrownBy(this::verdict)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("resolution: 64 in the baseline, 128 now");
    }

    @Test
    void anotherModelIsNamedAndCompared() {
        before.setting("model_fingerprint", "aa").psnr(30, 30);
        now.setting("model_fingerprint", "bb").psnr(20, 20);

        assertThat(verdict().outcome()).isEqualTo(Outcome.FAIL);
        assertThat(verdict().markdown()).contains("- model_fingerprint: aa in the baseline, bb now (still compared)");
    }

    @Test
    void lpipsOfAnotherNetworkIsNotCompared() {
        before.setting("lpips_net", "alex").psnr(30, 30);
        now.setting("lpips_net", "vgg").psnr(30, 30);

        VerdictRow row = verdict().rows().get(0);
        assertThat(row.lpipsChange().count()).isZero();
        assertThat(row.lpips().count()).isEqualTo(2);
        assertThat(verdict().outcome()).isEqualTo(Outcome.PASS);
    }

    @Test
    void limitsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new Limits(-0.1, 1.3))
                .isInstanceOf(UserException.class)
                .hasMessage("invalid PSNR drop -0.1; it must be 0 dB or more");
        assertThatThrownBy(() -> new Limits(0.1, Double.NaN))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("invalid slowdown NaN");
    }

    @Test
    void settingsThatAreTheSameAreNotNamed() {
        before.psnr(30, 30);
        now.psnr(30, 30);

        assertThat(verdict().differences()).isEmpty();
        assertThat(verdict().markdown()).doesNotContain("Settings that differ");
    }
}
