package io.sparkinversion.nightly;

import static io.sparkinversion.nightly.Rule.CLIP_DROP;
import static io.sparkinversion.nightly.Rule.MISSING_ROW;
import static io.sparkinversion.nightly.Rule.NEW_FAILURE;
import static io.sparkinversion.nightly.Rule.NO_PAIR;
import static io.sparkinversion.nightly.Rule.NO_RESULT;
import static io.sparkinversion.nightly.Rule.PSNR_DROP;
import static io.sparkinversion.nightly.Rule.SLOWDOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparkinversion.evaluation.MadeUp;
import io.sparkinversion.nightly.Verdict.Outcome;
import io.sparkinversion.nightly.VerdictRow.Breach;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictTest extends VerdictFixture {
    @Test
    void aCertainDropBeyondTheLimitFails() {
        before.psnr(30, 28, 26, 24, 22);
        now.psnr(29.5, 27.4, 25.6, 23.5, 21.5);

        failsBy(PSNR_DROP);
        // Student's t for 4 degrees of freedom is 2.776 in any table; the sample standard deviation is 0.07071.
        double half = 2.776 * 0.07071 / Math.sqrt(5);
        assertThat(row().pairs().psnrChange().mean()).isEqualTo(-0.5, within(1e-9));
        assertThat(row().pairs().psnrChange().low()).isEqualTo(-0.5 - half, within(1e-4));
        assertThat(row().pairs().psnrChange().high()).isEqualTo(-0.5 + half, within(1e-4));
        assertThat(breaches().get(0).text())
                .isEqualTo("mean PSNR −0.50 dB, 95% confidence interval [−0.59, −0.41],"
                        + " over 5 paired images: entirely below zero, and more than 0.1 dB down");
    }

    @Test
    void aCertainDropOfTheClipScoreOfEditsFails() {
        before.clip("a", 25).clip("b", 26).clip("c", 24);
        now.clip("a", 24.6).clip("b", 25.5).clip("c", 23.6);

        failsBy(CLIP_DROP);
        assertThat(breaches().get(0).text())
                .startsWith("mean CLIP score −0.43, 95% confidence interval [−0.58, −0.29], over 3 paired edits");
    }

    @Test
    void aSmallDropOfTheClipScorePasses() {
        before.clip("a", 25).clip("b", 26).clip("c", 24);
        now.clip("a", 24.8).clip("b", 25.8).clip("c", 23.8);

        passes();
    }

    @Test
    void aLargeDropThatCouldBeChancePasses() {
        before.psnr(30, 28, 26);
        now.psnr(28, 28.5, 25.9);

        assertThat(row().pairs().psnrChange().mean()).isLessThan(-0.1);
        assertThat(row().pairs().psnrChange().high()).isPositive();
        passes();
    }

    @Test
    void aCertainDropWithinTheLimitPasses() {
        before.psnr(30, 28, 26);
        now.psnr(29.95, 27.94, 25.96);

        assertThat(row().pairs().psnrChange().high()).isNegative();
        passes();
    }

    @Test
    void aDropOfExactlyTheLimitPasses() {
        before.psnr(28.8, 28.8, 28.8);
        now.psnr(28.7, 28.7, 28.7);

        passes();
    }

    @Test
    void equalDropsHaveAnIntervalWithoutWidthAndFail() {
        before.psnr(30, 28, 26);
        now.psnr(29.5, 27.5, 25.5);

        failsBy(PSNR_DROP);
        assertThat(breaches().get(0).text()).contains("[−0.50, −0.50]");
    }

    @Test
    void imagesAreComparedWithThemselvesAndNotByTheirOrder() {
        before.good("a", 30).good("b", 20);
        now.good("b", 20).good("a", 30);

        assertThat(row().pairs().psnrChange().mean()).isZero();
        passes();
    }

    @Test
    void infinitePsnrInBothRunsIsNoChange() {
        before.psnr(INFINITE, INFINITE, 30);
        now.psnr(INFINITE, INFINITE, 30);

        assertThat(row().pairs().psnrChange().count()).isEqualTo(3);
        assertThat(row().pairs().psnrChange().mean()).isZero();
        passes();
    }

    @Test
    void losingInfinitePsnrIsADropAndGainingItIsNone() {
        before.psnr(INFINITE, INFINITE, INFINITE);
        now.psnr(40, 40, 40);
        failsBy(PSNR_DROP);
        assertThat(row().pairs().psnrChange().mean()).isEqualTo(-60);

        Verdict other = Verdict.of(before.run(), now.run(), LIMITS, List.of());
        assertThat(other.outcome()).isEqualTo(Outcome.PASS);
    }

    @Test
    void oneImageThatIsNoLongerIdenticalDoesNotFailTheOthers() {
        double[] psnr = new double[50];
        Arrays.fill(psnr, 30);
        psnr[7] = INFINITE;
        before.psnr(psnr.clone());
        psnr[7] = 45;
        now.psnr(psnr);

        assertThat(row().pairs().psnrChange().mean()).isLessThan(-0.1);
        passes();
    }

    @Test
    void onePairHasNoIntervalAndIsNotJudgedByPsnr() {
        before.psnr(30);
        now.psnr(10);

        passes();
        assertThat(verdict().markdown()).contains("one paired image has no confidence interval");
    }

    @Test
    void ssimAndLpipsAreReportedAndNotJudged() {
        before.good("a", 30, 0.9, 0.05).good("b", 30, 0.9, 0.05);
        now.good("a", 30, 0.5, 0.60).good("b", 30, 0.5, 0.60);

        passes();
        assertThat(row().pairs().ssimChange().mean()).isEqualTo(-0.4, within(1e-12));
        assertThat(row().lpipsChange().mean()).isEqualTo(0.55, within(1e-12));
    }

    @Test
    void theMedianBatchsTimeIsJudged() {
        before.seconds(1, 1, 1, 1, 10);
        now.seconds(1.4, 1.4, 1.4, 1.4, 10);

        failsBy(SLOWDOWN);
        assertThat(breaches().get(0).text())
                .isEqualTo(
                        "a batch takes 1.40× the baseline's time, calibrated (median over 5 batches), more than 1.3×");
        assertThat(row().pairs().totalSlowdown()).isEqualTo(15.6 / 14, within(1e-12));
    }

    @Test
    void aMachineOnWhichAllArithmeticIsSlowerDoesNotFail() {
        before.seconds(0.5, new double[] {1, 1, 1, 1, 1});
        now.seconds(1, new double[] {2, 2, 2, 2.2, 2});

        passes();
        assertThat(row().pairs().medianSlowdown()).isEqualTo(1, within(1e-12));
        assertThat(row().pairs().totalSlowdown()).isEqualTo(10.2 / 5, within(1e-12));
    }

    @Test
    void imagesOfOneBatchAreOneMeasurement() {
        for (int i = 0; i < 12; i++) {
            before.timed("i" + i, "i" + i % 2, 1, 1);
            now.timed("i" + i, "i" + i % 4, 60, 60);
        }

        passes();
        assertThat(verdict().text())
                .contains("speed of negative-prompt at 50 steps: 4 batches, and a judgement needs 5; more images or a"
                        + " smaller --batch-size give more");
    }

    @Test
    void speedIsNotJudgedWithoutCalibration() {
        before.psnr(30, 30, 30, 30, 30);
        now.seconds(60, 60, 60, 60, 60);

        passes();
        assertThat(verdict().text()).contains("no time is calibrated in both runs");
    }

    @Test
    void oneHiccupIsNoSlowdown() {
        before.seconds(1, 1, 1, 1, 1);
        now.seconds(1, 1, 1.1, 1.2, 60);

        assertThat(row().pairs().medianSlowdown()).isEqualTo(1.1, within(1e-12));
        passes();
    }

    @Test
    void aSlowdownOfExactlyTheLimitPasses() {
        before.seconds(0.1, 0.1, 0.1, 0.1, 0.1);
        now.seconds(0.13, 0.13, 0.13, 0.13, 0.13);

        passes();
    }

    @Test
    void speedIsNotJudgedAcrossKindsOfDevice() {
        before.on("gpu:0").seconds(1, 1, 1, 1, 1);
        now.on("cpu").seconds(60, 60, 60, 60, 60);

        passes();
        assertThat(verdict().markdown())
                .contains("speed of negative-prompt at 50 steps: the baseline ran on gpu, this run on cpu");
    }

    @Test
    void speedIsJudgedAcrossDevicesOfAKind() {
        before.on("gpu:0").seconds(1, 1, 1, 1, 1);
        now.on("gpu:3").seconds(2, 2, 2, 2, 2);

        failsBy(SLOWDOWN);
    }

    @Test
    void speedIsNotJudgedWhereASettingChangesIt() {
        before.setting("batch_size", "8").seconds(1, 1, 1, 1, 1);
        now.setting("batch_size", "1").seconds(2, 2, 2, 2, 2);

        passes();
        assertThat(verdict().markdown())
                .contains("settings that change it differ")
                .contains("batch_size: 8 in the baseline, 1 now (speed is not judged)");
    }

    @Test
    void anImageThatHadAResultAndFailedFails() {
        before.psnr(30, 30).good("bad", 30);
        now.psnr(30, 30).failed("bad", "CORRUPT_IMAGE");

        failsBy(NEW_FAILURE);
        assertThat(breaches().get(0).text())
                .isEqualTo("1 image had a result in the baseline and failed now: bad (CORRUPT_IMAGE)");
    }

    @Test
    void anImageThatFailsAsBeforePassesAndOneThatRecoveredIsReported() {
        before.psnr(30, 30).failed("bad", "CORRUPT_IMAGE").failed("mended", "CORRUPT_IMAGE");
        now.psnr(30, 30).failed("bad", "FILE_NOT_FOUND").good("mended", 30);

        passes();
        assertThat(verdict().markdown()).contains("1 image of negative-prompt at 50 steps that failed in the baseline");
    }

    @Test
    void aMissingRowFailsWhateverItWasBefore() {
        before.psnr(30, 30).good("gone", 30).failed("lost", "CORRUPT_IMAGE");
        now.psnr(30, 30);

        failsBy(MISSING_ROW);
        assertThat(breaches().get(0).text()).isEqualTo("2 images of the baseline are not in this run: gone, lost");
    }

    @Test
    void newImagesAreNotJudged() {
        before.psnr(30, 30);
        now.psnr(30, 30).good("new", 3).failed("newer", "CORRUPT_IMAGE");

        passes();
        assertThat(verdict().markdown()).contains("2 images of negative-prompt at 50 steps not in the baseline");
    }

    @Test
    void anotherCaptionIsAnotherTask() {
        before.psnr(30, 30).good("x", 30);
        now.psnr(30, 30).add(MadeUpRun.recaptioned(MadeUp.good("x", "negative-prompt", 50, 3, 0.1, 1)));

        passes();
        assertThat(row().pairs().size()).isEqualTo(2);
        assertThat(verdict().markdown()).contains("1 image of negative-prompt at 50 steps with another caption");
    }

    @Test
    void runsWithoutAnImageInCommonDoNotPass() {
        before.good("a", 30);
        now.good("b", 30);

        failsBy(MISSING_ROW, NO_PAIR);
    }

    @Test
    void aRunWithoutResultsFailsEvenWithoutABaseline() {
        now.failed("a", "ENGINE_ERROR").failed("b", "ENGINE_ERROR");

        Verdict verdict = Verdict.first(now.run(), LIMITS, List.of());
        assertThat(verdict.outcome()).isEqualTo(Outcome.FAIL);
        assertThat(verdict.rows().get(0).breaches())
                .containsExactly(new Breach(NO_RESULT, "no image has a result: all of 2 images failed"));
    }

    @Test
    void withoutABaselineTheVerdictIsFirst() {
        now.psnr(30, 28);

        Verdict verdict = Verdict.first(now.run(), LIMITS, List.of("Nothing was there."));
        assertThat(verdict.outcome()).isEqualTo(Outcome.FIRST);
        assertThat(verdict.baseline()).isNull();
        assertThat(verdict.rows().get(0).psnr().mean()).isEqualTo(29);
        assertThat(verdict.markdown())
                .startsWith("# FIRST: now (code 1.0), without a baseline")
                .contains("- Nothing was there.");
    }

    @Test
    void aMethodOfOneRunOnlyIsNamedAndNotJudged() {
        before.psnr(30, 30).with("ddim").add(MadeUp.good("i0", "ddim", 50, 30, 0.1, 1));
        now.psnr(30, 30).with("null-text").add(MadeUp.good("i0", "null-text", 50, 3, 0.1, 1));

        passes();
        assertThat(verdict().notes())
                .containsExactly(
                        "In the baseline and not asked for now: ddim at 50 steps.",
                        "Not in the baseline, so not compared: null-text at 50 steps.");
        assertThat(verdict().rows()).extracting(VerdictRow::compared).containsExactly(true, false);
    }

    @Test
    void aMethodThatWasAskedForAndHasNoRowsFails() {
        before.psnr(30, 30).with("ddim").add(MadeUp.good("i0", "ddim", 50, 30, 0.1, 1));
        now.psnr(30, 30).with("ddim");

        failsBy(NO_RESULT, MISSING_ROW);
    }

    @Test
    void eachMethodIsJudgedByItself() {
        before.psnr(30, 30).with("ddim").add(MadeUp.good("i0", "ddim", 50, 30, 0.1, 1));
        before.add(MadeUp.good("i1", "ddim", 50, 30, 0.1, 1));
        now.psnr(31, 31).with("ddim").add(MadeUp.good("i0", "ddim", 50, 29, 0.1, 1));
        now.add(MadeUp.good("i1", "ddim", 50, 29, 0.1, 1));

        failsBy(PSNR_DROP);
        assertThat(verdict().failedRows().get(0).combination().method()).isEqualTo("ddim");
        assertThat(verdict().markdown()).contains("- **psnr-drop**, ddim at 50 steps: mean PSNR −1.00 dB");
    }
}
