package io.sparkinversion.job;

import io.sparkinversion.job.RunSummary.EditQuality;
import io.sparkinversion.job.RunSummary.FailureKind;
import io.sparkinversion.job.RunSummary.MethodQuality;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.Terminal;
import io.sparkinversion.report.TextTable;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Lays a {@link RunSummary} out for a terminal. */
public final class SummaryText {
    private static final int LONGEST_MESSAGE = 160;

    private SummaryText() {}

    static String of(RunSummary summary) {
        StringBuilder text = new StringBuilder();
        text.append('\n')
                .append(summary.edits().isEmpty() ? table(summary) : edits(summary))
                .append('\n');
        for (MethodQuality method : summary.methods()) {
            if (method.identical() > 0) {
                text.append(method.method())
                        .append(": ")
                        .append(method.identical())
                        .append(" reconstructions equal their originals (PSNR infinite, not in the mean)\n");
            }
        }
        if (!summary.failures().isEmpty()) {
            long edits = summary.failures().stream()
                    .filter(FailureKind::ofEdits)
                    .mapToLong(FailureKind::count)
                    .sum();
            text.append(Numbers.count(summary.failed(), "image")).append(" failed");
            text.append(edits == 0 ? "" : " and " + Numbers.count(edits, "edit") + " of others")
                    .append(":\n");
            summary.failures().forEach(failure -> text.append(line(failure)));
        }
        text.append(Numbers.count(summary.images(), "image"))
                .append(" in the output: ")
                .append(summary.computed())
                .append(" computed, ")
                .append(summary.reused())
                .append(" reused");
        if (summary.gone() > 0) {
            text.append("; ").append(summary.gone()).append(" dropped, no longer in the dataset");
        }
        text.append('\n');
        String wallTime = Progress.duration(summary.wallTime().toMillis() / 1e3);
        text.append(
                summary.computed() == 0
                        ? "wall time " + wallTime
                        : String.format(
                                Locale.ROOT,
                                "throughput: %.2f images/s, wall time %s; %s; %s",
                                summary.imagesPerSecond(),
                                wallTime,
                                Numbers.count(summary.unetEvaluations(), "UNet evaluation"),
                                modelLoads(summary)));
        text.append('\n');
        text.append("results: ")
                .append(summary.output())
                .append(" (metrics, images, latents; README.md explains them)\n")
                .append(summary.pictures());
        return text.toString();
    }

    private static String modelLoads(RunSummary summary) {
        int executors = summary.modelLoads().size();
        if (executors == 0) {
            return "model loaded already";
        }
        String where = " (" + Numbers.count(executors, "executor") + ")";
        return summary.modelLoadCount() == executors
                ? "model loaded once" + (executors == 1 ? "" : " each") + where
                : "model loaded " + summary.modelLoadCount() + " times" + where;
    }

    private static String table(RunSummary summary) {
        String lpips = summary.lpipsNet() == null ? "LPIPS" : "LPIPS " + summary.lpipsNet();
        TextTable table = new TextTable(
                Set.of("method"),
                List.of("method", "n", "failed", "PSNR", "SSIM", lpips, "VAE PSNR", "VAE SSIM", "latency s"));
        for (MethodQuality method : summary.methods()) {
            table.add(List.of(
                    method.method(),
                    Long.toString(method.images()),
                    Long.toString(method.failed()),
                    number(method.psnr(), 2),
                    number(method.ssim(), 4),
                    number(method.lpips(), 4),
                    number(method.vaePsnr(), 2),
                    number(method.vaeSsim(), 4),
                    number(method.secondsAnImage(), 3)));
        }
        return table.aligned(Terminal.columns());
    }

    private static String edits(RunSummary summary) {
        TextTable table = new TextTable(
                Set.of("method", "control"),
                List.of(
                        "method",
                        "control",
                        "edits",
                        "failed",
                        "PSNR source",
                        "PSNR edit",
                        "PSNR outside",
                        "PSNR inside",
                        "LPIPS outside",
                        "LPIPS inside",
                        "mask",
                        "CLIP before",
                        "CLIP after",
                        "UNet/edit",
                        "latency s"));
        for (EditQuality each : summary.edits()) {
            Map<String, Double> means = each.means();
            table.add(List.of(
                    each.method(),
                    each.control(),
                    Long.toString(each.edits()),
                    Long.toString(each.failed()),
                    number(means.get("psnr"), 2),
                    number(means.get("edit_psnr"), 2),
                    number(means.get("outside_psnr"), 2),
                    number(means.get("inside_psnr"), 2),
                    number(means.get("outside_lpips"), 4),
                    number(means.get("inside_lpips"), 4),
                    percent(means.get("mask_share")),
                    number(means.get("clip_original"), 3),
                    number(means.get("clip"), 3),
                    number(means.get("unet_evaluations_edit"), 0),
                    number(means.get("seconds_total"), 3)));
        }
        return table.aligned(Terminal.columns());
    }

    private static String percent(double share) {
        return Double.isNaN(share) ? "-" : number(100 * share, 0) + "%";
    }

    private static String number(double value, int digits) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%." + digits + "f", value);
    }

    private static String line(FailureKind failure) {
        String message = String.valueOf(failure.exampleMessage()).replaceAll("\\s+", " ");
        if (message.length() > LONGEST_MESSAGE) {
            message = message.substring(0, LONGEST_MESSAGE) + "...";
        }
        return "  " + failure.count() + " x " + failure.code() + ", such as " + failure.exampleImage() + ": " + message
                + "\n";
    }
}
