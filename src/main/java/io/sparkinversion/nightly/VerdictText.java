package io.sparkinversion.nightly;

import io.sparkinversion.nightly.VerdictRow.Breach;
import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.Terminal;
import io.sparkinversion.report.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The verdict for people, as Markdown or as plain text for a terminal. */
final class VerdictText {
    private static final List<String> HEADER = List.of(
            "method",
            "steps",
            "n",
            "failed",
            "PSNR dB",
            "latency s",
            "pairs",
            "ΔPSNR dB [95% CI]",
            "ΔSSIM",
            "ΔLPIPS",
            "time ratio",
            "verdict");

    private final Verdict verdict;
    private final boolean markdown;
    private final StringBuilder text = new StringBuilder();

    private VerdictText(Verdict verdict, boolean markdown) {
        this.verdict = verdict;
        this.markdown = markdown;
    }

    static String markdown(Verdict verdict) {
        return new VerdictText(verdict, true).written() + rules(verdict.limits());
    }

    static String plain(Verdict verdict) {
        return new VerdictText(verdict, false).written().stripTrailing() + "\n";
    }

    private String written() {
        String baseline = verdict.baseline() == null
                ? ", without a baseline"
                : " against " + verdict.baseline() + " (code " + verdict.baselineCodeVersion() + ")";
        text.append(markdown ? "# " : "")
                .append(verdict.outcome().label().toUpperCase(Locale.ROOT))
                .append(": ")
                .append(escaped(verdict.run() + " (code " + verdict.codeVersion() + ")" + baseline))
                .append("\n\n");
        for (VerdictRow row : verdict.failedRows()) {
            for (Breach breach : row.breaches()) {
                text.append("- ")
                        .append(bold(breach.rule().label()))
                        .append(", ")
                        .append(escaped(row.combination() + ": " + breach.text()))
                        .append(".\n");
            }
        }
        text.append(verdict.failedRows().isEmpty() ? "" : "\n");
        TextTable table = new TextTable(Set.of("method", "verdict"), HEADER);
        verdict.rows().forEach(row -> table.add(line(row)));
        text.append(markdown ? table.markdown() : table.aligned(Terminal.columns()))
                .append('\n');
        list("Not judged", notJudged());
        list(
                "Settings that differ",
                verdict.differences().stream()
                        .map(difference ->
                                difference + " (" + difference.effect().text() + ")")
                        .toList());
        list("Notes", verdict.notes());
        return text.toString();
    }

    private List<String> line(VerdictRow row) {
        Pairs pairs = row.pairs();
        double slowdown = pairs.medianSlowdown();
        return List.of(
                escaped(row.combination().method()),
                Numbers.steps(row.combination().steps()),
                Integer.toString(row.count()),
                Integer.toString(row.failed()),
                Numbers.fixed(row.psnr().mean(), 2),
                Numbers.seconds(row.seconds().mean()),
                row.compared() ? Integer.toString(pairs.size()) : Numbers.NONE,
                change(pairs.psnrChange(), 2),
                change(pairs.ssimChange(), 4),
                change(row.lpipsChange(), 4),
                Numbers.times(slowdown),
                row.breaches().isEmpty()
                        ? verdictOf(row)
                        : bold("fail") + ": "
                                + row.breaches().stream()
                                        .map(breach -> breach.rule().label())
                                        .collect(Collectors.joining(", ")));
    }

    private String verdictOf(VerdictRow row) {
        return row.compared() ? "pass" : verdict.baseline() == null ? "first" : "new";
    }

    private String change(Estimate estimate, int digits) {
        Cell cell = Cell.ofDifference(estimate, digits);
        boolean interval = !cell.detail().isEmpty() && !cell.detail().equals(Numbers.NONE);
        return escaped(interval ? cell.text() + " " + cell.detail() : cell.text());
    }

    private List<String> notJudged() {
        List<String> lines = new ArrayList<>();
        for (VerdictRow row : verdict.rows()) {
            Pairs pairs = row.pairs();
            if (pairs.size() > 0 && pairs.psnrChange().count() < 2) {
                lines.add("PSNR of " + row.combination() + ": one paired image has no confidence interval");
            }
            if (pairs.size() > 0 && !row.speedNotJudged().isEmpty()) {
                lines.add("speed of " + row.combination() + ": " + row.speedNotJudged());
            }
            count(lines, pairs.recaptioned(), row, " with another caption than in the baseline");
            count(lines, pairs.added(), row, " not in the baseline");
            count(lines, pairs.recovered(), row, " that failed in the baseline and not now");
        }
        return lines;
    }

    private static void count(List<String> lines, int images, VerdictRow row, String which) {
        if (images > 0) {
            lines.add(Numbers.count(images, "image") + " of " + row.combination() + which);
        }
    }

    private static String rules(Limits limits) {
        return "A run fails if, for a method at a step count, the mean PSNR over the images that both runs have drops"
                + " by more than " + limits.dropText() + " dB and the 95% confidence interval of the paired difference"
                + " (Student's t) lies entirely below zero; if the median batch takes more than "
                + limits.slowdownText()
                + " times the baseline's calibrated time on the same kind of device, over at least "
                + VerdictRow.LEAST_BATCHES
                + " batches (processor time, or a GPU's time, over that of a fixed piece of arithmetic"
                + " beside the batch); if an image that had a result failed or is missing; or if there is no result or no"
                + " pair at all. SSIM and LPIPS are"
                + " reported and not judged. Of edits, PSNR, SSIM and LPIPS are those of the background, and the run also"
                + " fails if the mean CLIP score drops by more than " + limits.clipText()
                + " and its interval lies entirely below zero.\n";
    }

    private void list(String title, List<String> items) {
        if (!items.isEmpty()) {
            text.append(title).append(":\n\n");
            items.forEach(item -> text.append("- ").append(escaped(item)).append('\n'));
            text.append('\n');
        }
    }

    private String bold(String words) {
        return markdown ? "**" + words + "**" : words;
    }

    private String escaped(String words) {
        return markdown ? TextTable.escaped(words) : words;
    }
}
