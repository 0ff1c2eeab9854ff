package io.sparkinversion.nightly;

import io.sparkinversion.nightly.Run.Combination;
import io.sparkinversion.nightly.Verdict.Outcome;
import io.sparkinversion.report.Estimate;
import java.time.Instant;
import java.util.List;

/**
 * A line of the history: one method at one step count in one nightly run.
 *
 * @param when the run began
 * @param run its name
 * @param codeVersion of what made it
 * @param baseline name of the run that it was compared with, or null
 * @param verdict of the whole run
 * @param rules that this method and step count broke
 * @param method with its settings
 * @param steps DDIM steps; 0 for the autoencoder alone
 * @param count images with a result
 * @param failed images without
 * @param psnr dB
 * @param ssim up to 1
 * @param lpips not defined where it was not measured
 * @param seconds an image
 */
record HistoryRow(
        Instant when,
        String run,
        String codeVersion,
        String baseline,
        Outcome verdict,
        List<Rule> rules,
        String method,
        int steps,
        int count,
        int failed,
        Estimate psnr,
        Estimate ssim,
        Estimate lpips,
        Estimate seconds) {
    public HistoryRow {
        rules = List.copyOf(rules);
    }

    /** The run's lines. */
    static List<HistoryRow> of(Verdict verdict) {
        return verdict.rows().stream().map(row -> of(verdict, row)).toList();
    }

    private static HistoryRow of(Verdict verdict, VerdictRow row) {
        return new HistoryRow(
                Instant.parse(verdict.when()),
                verdict.run(),
                verdict.codeVersion(),
                verdict.baseline(),
                verdict.outcome(),
                row.breaches().stream().map(VerdictRow.Breach::rule).toList(),
                row.combination().method(),
                row.combination().steps(),
                row.count(),
                row.failed(),
                row.psnr(),
                row.ssim(),
                row.lpips(),
                row.seconds());
    }

    Combination combination() {
        return new Combination(method, steps);
    }

    /** Whether later runs may be compared with this one. */
    boolean baselineOfLaterRuns() {
        return verdict != Outcome.FAIL;
    }
}
