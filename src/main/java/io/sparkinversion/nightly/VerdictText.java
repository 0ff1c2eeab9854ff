package io.sparkinversion.nightly;

import static io.sparkinversion.report.TextTable.escaped;

import io.sparkinversion.nightly.VerdictRow.Breach;
import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The verdict for people: Markdown. */
final class VerdictText {
    private static final List<String> HEADER = List.of(
            "method",
            "steps",
            "n",
            "failed",
            "PSNR dB",
            "s/image",
            "pairs",
            "ΔPSNR dB [95% CI]",
            "ΔSSIM",
            "ΔLPIPS",
            "time ratio",
            "verdict");

    private final Verdict verdict;
    private final StringBuilder text = new StringBuilder();

    private VerdictText(Verdict verdict) {
        this.verdict = verdict;
    }

    static String of(Verdict verdict) {
        VerdictText markdown = new VerdictText(verdict);
        markdown.heading();
        markdown.table();
        markdown.list("Not judged", markdown.notJudged());
        markdown.list(
                "Settings that differ",
                verdict.differences(),
                difference -> difference + " (" + difference.effect().text() + ")");
        markdown.list("Notes", verdict.notes(), Function.identity());
        markdown.rules();
        return markdown.text.toString();
    }

    private void heading() {
        text.append("# ")
                .append(verdict.outcome().label().toUpperCase(Locale.ROOT))
                .append(": ");
        text.append(escaped(verdict.run()))
                .append(" (code ")
                .append(escaped(verdict.codeVersion()))
                .append(')');
        text.append(
                verdict.baseline() == null
                        ? ", with no baseline to compare with"
                        : " against " + escaped(verdict.baseline()) + " (code " + escaped(verdict.baselineCodeVersion())
                                + ")");
        text.append("\n\n");
        for (VerdictRow row : verdict.failedRows()) {
            for (Breach breach : row.breaches()) {
                text.append("- **").append(breach.rule().label()).append("**, ");
                text.append(escaped(row.combination().toString())).append(": ");
                text.append(escaped(breach.text())).append(".\n");
            }
        }
        if (!verdict.failedRows().isEmpty()) {
            text.append('\n');
        }
    }

    private void table() {
        TextTable table = new TextTable(Set.of("method", "verdict"), HEADER);
        verdict.rows().forEach(row -> table.add(line(row)));
        text.append(table.markdown()).append('\n');
    }

    private List<String> line(VerdictRow row) {
        boolean timed = !Double.isNaN(row.slowdown());
        return List.of(
                escaped(row.combination().method()),
                Numbers.steps(row.combination().steps()),
                Integer.toString(row.count()),
                Integer.toString(row.failed()),
                Numbers.fixed(row.psnr().mean(), 2),
                Numbers.seconds(row.seconds().mean()),
                row.compared() ? Integer.toString(row.pairs()) : Numbers.NONE,
                change(row.psnrChange(), 2),
                change(row.ssimChange(), 4),
                change(row.lpipsChange(), 4),
                timed ? Numbers.times(row.slowdown()) : Numbers.NONE,
                row.breaches().isEmpty()
                        ? verdictOf(row)
                        : "**fail**: "
                                + row.breaches().stream()
                                        .map(breach -> breach.rule().label())
                                        .collect(Collectors.joining(", ")));
    }

    private String verdictOf(VerdictRow row) {
        return row.compared() ? "pass" : verdict.baseline() == null ? "first" : "new";
    }

    private static String change(Estimate estimate, int digits) {
        Cell cell = Cell.ofDifference(estimate, digits);
        boolean interval = !cell.detail().isEmpty() && !cell.detail().equals(Numbers.NONE);
        return interval ? cell.text() + " " + cell.detail() : cell.text();
    }

    private List<String> notJudged() {
        List<String> lines = new ArrayList<>();
        for (VerdictRow row : verdict.rows()) {
            if (row.compared() && row.pairs() > 0 && row.psnrChange().count() < 2) {
                lines.add("PSNR of " + row.combination() + ": one paired image has no confidence interval");
            }
            if (row.compared() && row.pairs() > 0 && !row.speedNotJudged().isEmpty()) {
                lines.add("speed of " + row.combination() + ": " + row.speedNotJudged());
            }
            if (row.recaptioned() > 0) {
                lines.add(Numbers.count(row.recaptioned(), "image") + " of " + row.combination()
                        + " with another caption than in the baseline");
            }
            if (row.compared() && row.added() > 0) {
                lines.add(Numbers.count(row.added(), "image") + " of " + row.combination()
                        + " that the baseline does not have");
            }
            if (row.recovered() > 0) {
                lines.add(Numbers.count(row.recovered(), "image") + " of " + row.combination()
                        + " that failed in the baseline and now " + (row.recovered() == 1 ? "has" : "have")
                        + " a result");
            }
        }
        return lines;
    }

    private void rules() {
        Limits limits = verdict.limits();
        text.append("A run fails where, for a method at a step count, the mean PSNR over the images that both runs")
                .append(" have is more than ")
                .append(limits.dropText())
                .append(" dB down and the 95% confidence")
                .append(" interval of the paired difference (Student's t) lies entirely below zero; where the median")
                .append(" image takes more than ")
                .append(limits.slowdownText())
                .append(" times the baseline's seconds")
                .append(" on the same kind of device; where an image that had a result failed or is missing; or where")
                .append(" there is no result or no pair at all. SSIM and LPIPS are reported and not judged.\n");
    }

    private void list(String title, List<String> lines) {
        list(title, lines, Function.identity());
    }

    private <T> void list(String title, List<T> items, Function<T, String> line) {
        if (!items.isEmpty()) {
            text.append(title).append(":\n\n");
            items.forEach(
                    item -> text.append("- ").append(escaped(line.apply(item))).append('\n'));
            text.append('\n');
        }
    }
}
