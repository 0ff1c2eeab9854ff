package io.sparkinversion.evaluation.edits;

import io.sparkinversion.evaluation.edits.EditTable.Group;
import io.sparkinversion.evaluation.edits.EditTable.Line;
import io.sparkinversion.evaluation.edits.Measure.Better;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Numbers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the table of all entries says, in sentences: recommendations first, then each approach against the baseline. */
final class EditFindings {
    /** CLIP scores so near to the highest count as equal to it. */
    static final double EQUAL_CLIP = 0.5;

    /** Times so near to the shortest are what a reader would wait for. */
    static final double WITHIN = 1.5;

    private static final List<Measure> BACKGROUND = List.of(Measure.LPIPS, Measure.PSNR, Measure.STRUCTURE);

    private final Group all;
    private final Approach baseline;
    private final List<Measure> measures;

    private EditFindings(EditTable table) {
        this.all = table.all();
        this.baseline = table.baseline();
        this.measures = table.measures();
    }

    static List<String> of(EditTable table) {
        return new EditFindings(table).sentences();
    }

    private List<String> sentences() {
        List<String> sentences = new ArrayList<>();
        Optional<Measure> background =
                BACKGROUND.stream().filter(measures::contains).findFirst();
        List<Line> measured =
                all.lines().stream().filter(line -> line.done() > 0).toList();
        if (measured.size() > 1 && background.isPresent()) {
            atEqualClip(measured, background.get()).ifPresent(sentences::add);
            withinATime(measured, background.get()).ifPresent(sentences::add);
        }
        all.lines().forEach(line -> sentences.add(against(line)));
        return sentences;
    }

    /** Best background at equal CLIP. */
    private Optional<String> atEqualClip(List<Line> lines, Measure background) {
        Optional<Line> highest = best(lines, Measure.CLIP);
        if (highest.isEmpty()) {
            return Optional.empty();
        }
        double most = highest.get().mean(Measure.CLIP);
        List<Line> equal = lines.stream()
                .filter(line -> line.has(Measure.CLIP) && most - line.mean(Measure.CLIP) <= EQUAL_CLIP)
                .toList();
        return best(equal, background)
                .map(line -> "For edits that follow their prompt, take "
                        + line.approach().label() + ": "
                        + shown(line, background) + " is the best background of the "
                        + Numbers.count(equal.size(), "approach", "approaches")
                        + " whose CLIP score is within " + EQUAL_CLIP + " of the highest ("
                        + shown(highest.get(), Measure.CLIP) + ", "
                        + highest.get().approach().label() + ").");
    }

    private Optional<String> withinATime(List<Line> lines, Measure background) {
        Optional<Line> fastest = best(lines, Measure.SECONDS);
        if (fastest.isEmpty()) {
            return Optional.empty();
        }
        double limit = WITHIN * fastest.get().mean(Measure.SECONDS);
        List<Line> fast = lines.stream()
                .filter(line -> line.has(Measure.SECONDS) && line.mean(Measure.SECONDS) <= limit)
                .toList();
        return best(fast, background)
                .map(line -> "Where time counts, take " + line.approach().label() + ": " + shown(line, background)
                        + " is the best background within " + WITHIN + " times the time of the fastest ("
                        + Numbers.seconds(line.mean(Measure.SECONDS)) + " s an edit; fastest is "
                        + fastest.get().approach().label() + " with "
                        + Numbers.seconds(fastest.get().mean(Measure.SECONDS)) + " s).");
    }

    private String against(Line line) {
        String name = line.approach().label() + ": ";
        if (line.done() == 0) {
            return name + "no edit; all " + line.failed() + " failed.";
        }
        if (line.approach().equals(baseline)) {
            return name + "the baseline: "
                    + measures.stream()
                            .filter(line::has)
                            .map(measure -> shown(line, measure))
                            .collect(Collectors.joining(", "))
                    + ".";
        }
        String differences = Stream.of(
                        Measure.STRUCTURE, Measure.PSNR, Measure.LPIPS, Measure.CLIP, Measure.CLIP_EDITED)
                .filter(measure -> measures.contains(measure)
                        && line.differences().get(measure).count() > 0)
                .map(measure -> difference(measure, line.differences().get(measure)))
                .collect(Collectors.joining(", "));
        return name + (differences.isEmpty() ? "nothing to compare" : differences + " than " + baseline.label()) + ".";
    }

    /** Such as {@code PSNR 9.63 lower [9.10, 10.16]}; an interval with zero inside is said to be open. */
    static String difference(Measure measure, Estimate difference) {
        double mean = difference.mean();
        if (mean == 0 && !(difference.low() < 0)) {
            return measure.header() + " the same";
        }
        String size = measure.shown(Math.abs(mean));
        String way = mean < 0 ? "lower" : "higher";
        if (Double.isNaN(difference.low())) {
            return measure.header() + " " + size + " " + way;
        }
        double near = Math.min(Math.abs(difference.low()), Math.abs(difference.high()));
        double far = Math.max(Math.abs(difference.low()), Math.abs(difference.high()));
        boolean open = difference.low() <= 0 && difference.high() >= 0;
        return measure.header() + " " + size + " " + way
                + (open
                        ? " (not certain: 95% interval " + measure.signed(difference.low()) + " to "
                                + measure.signed(difference.high()) + ")"
                        : " [" + measure.shown(near) + ", " + measure.shown(far) + "]");
    }

    private static String shown(Line line, Measure measure) {
        return measure.header() + " " + measure.shown(line.mean(measure));
    }

    private static Optional<Line> best(List<Line> lines, Measure measure) {
        Comparator<Line> upwards = Comparator.comparingDouble(line -> line.mean(measure));
        return lines.stream()
                .filter(line -> line.has(measure))
                .min(measure.better() == Better.HIGHER ? upwards.reversed() : upwards);
    }
}
