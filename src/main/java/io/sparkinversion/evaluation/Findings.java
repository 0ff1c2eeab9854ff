package io.sparkinversion.evaluation;

import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Numbers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the table says: which method to take, and at the main step count a sentence for each method. */
final class Findings {
    /** dB below the ceiling that hardly anybody sees. */
    private static final double NEAR_CEILING = 0.5;

    /** Times the shortest time, for those who cannot wait. */
    private static final double SOON = 1.5;

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

    /**
     * Which rows to choose, of all step counts: the best that is nearly as fast as the fastest, and the cheapest that is
     * near the ceiling; and what is as good as negative-prompt inversion in less time, if anything. Nothing where fewer
     * than two rows compete.
     */
    static List<String> recommendations(Evaluation evaluation, ResultTable table) {
        List<MethodRow> rivals = table.rows().stream()
                .filter(row -> !row.method().equals(Evaluation.VAE))
                .filter(row -> row.psnr().count() > 0 && row.seconds().mean() > 0)
                .sorted(Comparator.comparingDouble(row -> row.seconds().mean()))
                .toList();
        if (rivals.size() < 2) {
            return List.of();
        }
        List<String> sentences = new ArrayList<>();
        MethodRow fastest = rivals.get(0);
        rivals.stream()
                .filter(row -> row.seconds().mean() <= SOON * fastest.seconds().mean())
                .max(Comparator.comparingDouble(row -> row.psnr().mean()))
                .ifPresent(row -> sentences.add("Where time counts, take " + named(row) + ": PSNR "
                        + Numbers.fixed(row.psnr().mean(), 2) + " dB is the best within " + SOON
                        + " times the time of the fastest ("
                        + Numbers.seconds(row.seconds().mean())
                        + " s an image; fastest is " + named(fastest) + " with "
                        + Numbers.seconds(fastest.seconds().mean()) + " s)."));
        if (rivals.stream().anyMatch(row -> row.psnrToVae().count() > 0)) {
            sentences.add(rivals.stream()
                    .filter(row -> row.psnrToVae().mean() >= -NEAR_CEILING)
                    .findFirst()
                    .map(row -> "Where quality counts, take " + named(row) + ": the cheapest within " + NEAR_CEILING
                            + " dB of the VAE ceiling ("
                            + Numbers.fixed(Math.abs(row.psnrToVae().mean()), 2) + " dB "
                            + way(row.psnrToVae().mean()) + ", "
                            + Numbers.seconds(row.seconds().mean())
                            + " s an image).")
                    .orElse("No method comes within " + NEAR_CEILING + " dB of the VAE ceiling."));
        }
        sooner(rivals).ifPresent(sentences::add);
        return sentences;
    }

    /** What is at least as good as negative-prompt inversion at its most steps, in the least time. */
    private static Optional<String> sooner(List<MethodRow> rivals) {
        Optional<MethodRow> reference = rivals.stream()
                .filter(row -> row.method().equals(Evaluation.BASELINE))
                .max(Comparator.comparingInt(MethodRow::steps));
        return reference.flatMap(known -> rivals.stream()
                .filter(row -> row.seconds().mean() < known.seconds().mean()
                        && row.psnr().mean() >= known.psnr().mean())
                .findFirst()
                .map(row -> "The PSNR of " + named(known) + " ("
                        + Numbers.fixed(known.psnr().mean(), 2)
                        + " dB) is had soonest with " + named(row) + ": "
                        + Numbers.fixed(row.psnr().mean(), 2) + " dB in "
                        + Numbers.times(row.seconds().mean() / known.seconds().mean()) + " its time, "
                        + Numbers.count(row.evaluations().mean()) + " UNet evaluations"
                        + (row.shallow().mean() > 0
                                ? " (" + Numbers.count(row.shallow().mean()) + " of them shallow)"
                                : "")
                        + " instead of " + Numbers.count(known.evaluations().mean()) + "."));
    }

    private static String named(MethodRow row) {
        return row.method() + " at " + Numbers.count(row.steps(), "step");
    }

    private static String way(double difference) {
        return difference < 0 ? "lower" : "higher";
    }

    /** Such as {@code 9.63 dB lower}. */
    private static String size(double difference, int digits, String unit) {
        return Numbers.fixed(Math.abs(difference), digits) + unit + " " + way(difference);
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
                : ", LPIPS " + size(lpips.mean(), 4, "") + difference(Cell.ofDifference(lpips, 4));
        return "PSNR " + size(psnr.mean(), 2, " dB") + difference(Cell.ofDifference(psnr, 2)) + second
                + " than " + Evaluation.BASELINE + " on the same " + Numbers.count(psnr.count(), "image")
                + ceiling(row) + "; " + Numbers.times(row.timeRatio().mean()) + " its time ("
                + Numbers.seconds(row.seconds().mean()) + " s an image).";
    }

    private static String ceiling(MethodRow row) {
        return row.psnrToVae().count() == 0
                ? ""
                : "; " + size(row.psnrToVae().mean(), 2, " dB") + " than the VAE ceiling";
    }

    private static String interval(Cell cell) {
        return cell.detail().equals(Numbers.NONE) ? "" : " " + cell.detail();
    }

    private static String difference(Cell cell) {
        boolean open = !cell.notable() && !cell.detail().equals(Numbers.NONE);
        return interval(cell) + (open ? " (zero is inside)" : "");
    }
}
