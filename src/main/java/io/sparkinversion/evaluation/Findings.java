package io.sparkinversion.evaluation;

import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Numbers;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What the table says at the main step count: a sentence for each method. */
final class Findings {
    private Findings() {}

    /**
     * @param method what it is about
     * @param text one line
     */
    public record Finding(String method, String text) {}

    private record Identical(String method, List<String> ids) {}

    static List<Finding> of(Evaluation evaluation, ResultTable table) {
        List<MethodRow> rows = table.at(evaluation.mainSteps());
        boolean compared = rows.stream().anyMatch(row -> row.method().equals(Evaluation.BASELINE) && row.count() > 0);
        List<Finding> findings = new ArrayList<>();
        for (MethodRow row : rows) {
            boolean stands = !compared
                    || row.method().equals(Evaluation.VAE)
                    || row.psnrToBaseline().count() == 0;
            findings.add(new Finding(row.method(), stands ? standing(row) : relative(row)));
        }
        return findings;
    }

    /** A line for each method that reproduced some images exactly; empty if none did. */
    static List<String> identical(ResultTable table) {
        Map<Identical, List<MethodRow>> rows = table.rows().stream()
                .filter(row -> !row.identical().isEmpty())
                .collect(Collectors.groupingBy(
                        row -> new Identical(row.method(), row.identical()), LinkedHashMap::new, Collectors.toList()));
        return rows.entrySet().stream()
                .map(entry -> entry.getKey().method() + " at " + steps(entry.getValue()) + ": "
                        + Numbers.count(entry.getKey().ids().size(), "reconstruction")
                        + " equal to the original (PSNR infinite, in no mean): "
                        + Numbers.some(entry.getKey().ids(), 10))
                .toList();
    }

    private static String steps(List<MethodRow> rows) {
        String counts = rows.stream().map(row -> Numbers.steps(row.steps())).collect(Collectors.joining(", "));
        return counts + (counts.equals("1") ? " step" : " steps");
    }

    private static String standing(MethodRow row) {
        if (row.count() == 0) {
            return row.failed() == 0
                    ? "not measured."
                    : "no result: " + Numbers.count(row.failed(), "image") + ", all failed.";
        }
        String lpips = row.lpips().count() == 0
                ? ""
                : ", LPIPS " + Numbers.fixed(row.lpips().mean(), 4) + interval(Cell.of(row.lpips(), 4));
        return "PSNR " + Numbers.fixed(row.psnr().mean(), 2) + " dB" + interval(Cell.of(row.psnr(), 2)) + lpips
                + ceiling(row) + "; " + Numbers.seconds(row.seconds().mean()) + " s an image.";
    }

    private static String relative(MethodRow row) {
        Estimate psnr = row.psnrToBaseline();
        Estimate lpips = row.lpipsToBaseline();
        String second = lpips.count() == 0
                ? ""
                : ", LPIPS " + Numbers.signed(lpips.mean(), 4) + difference(Cell.ofDifference(lpips, 4));
        return "PSNR " + Numbers.signed(psnr.mean(), 2) + " dB" + difference(Cell.ofDifference(psnr, 2)) + second
                + " against " + Evaluation.BASELINE + " on the same " + Numbers.count(psnr.count(), "image")
                + ceiling(row) + "; " + Numbers.times(row.timeRatio()) + " its time ("
                + Numbers.seconds(row.seconds().mean()) + " s an image).";
    }

    private static String ceiling(MethodRow row) {
        return row.psnrToVae().count() == 0
                ? ""
                : "; " + Numbers.signed(row.psnrToVae().mean(), 2) + " dB to the VAE ceiling";
    }

    private static String interval(Cell cell) {
        return cell.detail().equals(Numbers.NONE) ? "" : " " + cell.detail();
    }

    private static String difference(Cell cell) {
        boolean open = !cell.notable() && !cell.detail().equals(Numbers.NONE);
        return interval(cell) + (open ? " (zero is inside)" : "");
    }
}
