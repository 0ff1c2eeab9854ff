package io.sparkinversion.evaluation.edits;

import static org.apache.spark.sql.functions.col;

import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.evaluation.ReportPage.Picture;
import io.sparkinversion.evaluation.edits.EditTable.Group;
import io.sparkinversion.evaluation.edits.EditTable.Line;
import io.sparkinversion.evaluation.edits.PieBenchPage.Section;
import io.sparkinversion.output.EditFacts;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.RunJson;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.Plot;
import io.sparkinversion.report.TextTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * {@code OUT/report/pie-bench.md}, {@code .html} and {@code .csv}: the columns of PIE-Bench's table for an editing run of
 * any dataset, with confidence intervals, paired differences and, beside them, published rows where they compare.
 */
public final class PieBenchReport {
    private static final String FOLDER = "report";
    private static final String NAME = "pie-bench";
    /** More would not fit the driver's memory. */
    private static final int MOST_ROWS = 2_000_000;

    /** PIE-Bench's own names. */
    private static final List<String> CATEGORIES = List.of(
            "random",
            "change object",
            "add object",
            "delete object",
            "change content",
            "change pose",
            "change colour",
            "change material",
            "change background",
            "change style");

    private final RunJson run;
    private final List<MeasuredEdit> edits;
    private final EditTable table;
    private final boolean pieBench;
    private final Comparability comparability;

    PieBenchReport(RunJson run, List<MeasuredEdit> edits) {
        this.run = run;
        this.edits = edits;
        this.table = EditTable.of(edits, approaches(run, edits));
        this.pieBench = edits.stream()
                .allMatch(edit -> edit.category() != null && (!edit.done() || "dataset".equals(edit.region())));
        this.comparability = new Comparability(run, pieBench);
    }

    /**
     * Writes the report, replacing an earlier one.
     *
     * @param metrics the run's rows of the metrics table
     * @return where it is, with a line break; empty where nothing was edited, or there are too many rows
     */
    public static String write(OutputDirectory output, RunJson run, Dataset<Row> metrics) throws IOException {
        Column[] columns = Stream.concat(
                        Stream.of("image_id", "edit", "category", "method", "control", "status", "mask"),
                        Stream.of(Measure.values()).map(Measure::column))
                .map(name -> col(name))
                .toArray(Column[]::new);
        List<Row> rows = metrics.where(col("edit").isNotNull())
                .select(columns)
                .orderBy("image_id", "edit", "method", "control")
                .limit(MOST_ROWS + 1)
                .collectAsList();
        if (rows.isEmpty() || rows.size() > MOST_ROWS) {
            return "";
        }
        PieBenchReport report =
                new PieBenchReport(run, rows.stream().map(MeasuredEdit::of).toList());
        Path folder = output.path(FOLDER);
        PieBenchPage page = report.page();
        output.write(new Path(folder, NAME + ".csv"), report.csv());
        output.write(new Path(folder, NAME + ".md"), page.markdown());
        output.write(new Path(folder, NAME + ".html"), page.html());
        return "table: " + PublicAddress.of(folder.toString()) + "/" + NAME + ".html (and .md, .csv)\n";
    }

    /** In the order of the run's methods and controls. */
    private static List<Approach> approaches(RunJson run, List<MeasuredEdit> edits) {
        List<String> controls = run.settings().keySet().stream()
                .filter(name -> name.startsWith(JobSettings.CONTROL))
                .map(name -> name.substring(JobSettings.CONTROL.length()))
                .toList();
        List<Approach> found =
                edits.stream().map(MeasuredEdit::approach).distinct().toList();
        List<Approach> approaches = new ArrayList<>();
        for (String control : controls) {
            for (String method : run.methods()) {
                Approach approach = new Approach(method, control);
                if (found.contains(approach)) {
                    approaches.add(approach);
                }
            }
        }
        return approaches;
    }

    PieBenchPage page() {
        List<Section> sections = new ArrayList<>();
        sections.add(means(table.all()));
        if (table.all().lines().size() > 1) {
            sections.add(differences(table.all()));
        }
        table.groups().stream().skip(1).forEach(group -> sections.add(means(group)));
        Optional<Plot> plot = EditPlot.of(table);
        return new PieBenchPage(
                "Edits compared",
                Numbers.count(table.all().entries(), "edit") + " by "
                        + Numbers.count(table.all().lines().size(), "approach", "approaches")
                        + (pieBench ? ", PIE-Bench" : ""),
                facts(),
                EditFindings.of(table),
                sections,
                plot.map(Picture::of).stream().toList(),
                published(),
                notes());
    }

    private static String title(Group group) {
        if (group.category() == null) {
            return "All edits";
        }
        String id = group.category();
        boolean known = id.length() == 1 && Character.isDigit(id.charAt(0));
        return "Category " + id + (known ? ", " + CATEGORIES.get(id.charAt(0) - '0') : "");
    }

    private Section means(Group group) {
        List<String> header = new ArrayList<>(List.of("method", "control", "n", "failed"));
        table.measures().forEach(measure -> header.add(measure.header()));
        List<List<String>> rows = new ArrayList<>();
        for (Line line : group.lines()) {
            List<String> row = start(line);
            table.measures()
                    .forEach(measure -> row.add(cell(measure, line.means().get(measure), line.done())));
            rows.add(row);
        }
        if (group.category() == null) {
            claimed().forEach((published, approach) -> rows.add(figures(published)));
        }
        return new Section(title(group) + " (" + group.entries() + ")", 2, header, rows);
    }

    private static List<String> start(Line line) {
        return new ArrayList<>(List.of(
                line.approach().method(),
                line.approach().control(),
                Integer.toString(line.done()),
                Integer.toString(line.failed())));
    }

    private Section differences(Group group) {
        List<String> header = new ArrayList<>(List.of("method", "control"));
        List<Measure> measures = table.measures().stream()
                .filter(measure -> measure != Measure.CLIP_SOURCE)
                .toList();
        measures.forEach(measure -> header.add(measure.header()));
        List<List<String>> rows = new ArrayList<>();
        for (Line line : group.lines()) {
            if (!line.approach().equals(table.baseline())) {
                List<String> row = new ArrayList<>(
                        List.of(line.approach().method(), line.approach().control()));
                measures.forEach(measure ->
                        row.add(difference(measure, line.differences().get(measure))));
                rows.add(row);
            }
        }
        return new Section("Differences to " + table.baseline().label() + ", edit by edit", 2, header, rows);
    }

    /** The mean and its interval; the number of values where it is not that of the row. */
    private static String cell(Measure measure, Estimate estimate, int done) {
        if (estimate.count() == 0) {
            return Numbers.NONE;
        }
        String interval = Double.isNaN(estimate.low())
                ? ""
                : " [" + measure.shown(estimate.low()) + ", " + measure.shown(estimate.high()) + "]";
        return measure.shown(estimate.mean())
                + interval
                + (estimate.count() == done ? "" : " (n " + estimate.count() + ")");
    }

    private static String difference(Measure measure, Estimate estimate) {
        if (estimate.count() == 0) {
            return Numbers.NONE;
        }
        return measure.signed(estimate.mean())
                + (Double.isNaN(estimate.low())
                        ? ""
                        : " [" + measure.signed(estimate.low()) + ", " + measure.signed(estimate.high()) + "]");
    }

    private List<String> figures(PublishedRow row) {
        List<String> cells =
                new ArrayList<>(List.of(row.name() + " (published)", "", Integer.toString(PublishedRow.ENTRIES), ""));
        table.measures().forEach(measure -> cells.add(figure(row, measure)));
        return cells;
    }

    private String figure(PublishedRow row, Measure measure) {
        return comparability.has(measure) ? row.figures().getOrDefault(measure, Numbers.NONE) : Numbers.NONE;
    }

    /** The published rows whose figures may stand beside the run's, with the approach that computes them again. */
    private Map<PublishedRow, Approach> claimed() {
        return comparability.obstacles().isEmpty()
                ? rows().entrySet().stream()
                        .filter(entry -> !entry.getKey().figures().isEmpty())
                        .collect(Collectors.toMap(
                                Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new))
                : Map.of();
    }

    private Map<PublishedRow, Approach> rows() {
        Map<PublishedRow, Approach> rows = new LinkedHashMap<>();
        for (Line line : table.all().lines()) {
            PublishedRow.ALL.stream()
                    .filter(row -> row.isOf(line.approach(), run.settings()))
                    .forEach(row -> rows.put(row, line.approach()));
        }
        return rows;
    }

    private List<String> published() {
        List<String> lines = new ArrayList<>();
        rows().forEach((row, approach) -> lines.add(row.name() + " is computed again by " + approach.label() + " ("
                + row.source() + (row.figures().isEmpty() ? "" : ", figures from a transcription of the table") + ")."
                + (row.difference().isEmpty() ? "" : " " + row.difference())));
        if (lines.isEmpty()) {
            return List.of();
        }
        List<String> obstacles = comparability.obstacles();
        if (!obstacles.isEmpty()) {
            lines.add("Their figures do not stand in the table, because this run does not compare with them: "
                    + String.join("; ", obstacles) + ".");
        } else if (table.all().entries() != PublishedRow.ENTRIES) {
            lines.add("The published means are over " + PublishedRow.ENTRIES + " entries, this run's over "
                    + table.all().entries() + ".");
        }
        lines.addAll(PublishedRow.ALWAYS);
        return lines;
    }

    private Map<String, String> facts() {
        Map<String, String> facts = EditFacts.of(run);
        facts.put("code version", run.codeVersion());
        return facts;
    }

    private List<String> notes() {
        List<String> notes = new ArrayList<>();
        notes.add("[a, b]: 95% confidence interval (Student's t). Means and differences of a column are over the same"
                + " edits for all approaches: those that every approach with any number in this column has a finite one"
                + " for. n: edits that were made; a column with fewer values says so.");
        table.measures().forEach(measure -> notes.add(measure.header() + ": " + measure.explanation() + "."));
        String regions = edits.stream()
                .map(MeasuredEdit::region)
                .filter(region -> region != null)
                .collect(Collectors.groupingBy(region -> region, TreeMap::new, Collectors.counting()))
                .entrySet()
                .stream()
                .map(entry -> entry.getKey() + " (" + entry.getValue() + " edits)")
                .collect(Collectors.joining(", "));
        if (!regions.isEmpty()) {
            notes.add("The background is what lies outside of one region an image, the same for all approaches: "
                    + regions + ".");
        }
        List<String> missing = Stream.of(Measure.values())
                .filter(measure -> !table.measures().contains(measure))
                .map(Measure::header)
                .toList();
        if (!missing.isEmpty()) {
            notes.add("Not measured, because weights or regions are missing: " + String.join(", ", missing)
                    + ". jobs/fetch-weights --net squeeze, clip or dino brings the weights.");
        }
        return notes;
    }

    /** All numbers at full precision, a line for each group, approach and measure. */
    private String csv() {
        TextTable csv = new TextTable(
                Set.of(),
                List.of(
                        "category",
                        "method",
                        "control",
                        "entries",
                        "done",
                        "failed",
                        "measure",
                        "n",
                        "mean",
                        "low",
                        "high",
                        "difference",
                        "difference_low",
                        "difference_high"));
        for (Group group : table.groups()) {
            for (Line line : group.lines()) {
                for (Measure measure : table.measures()) {
                    Estimate mean = line.means().get(measure);
                    Estimate difference = line.differences().get(measure);
                    csv.add(List.of(
                            group.category() == null ? "all" : group.category(),
                            line.approach().method(),
                            line.approach().control(),
                            Integer.toString(group.entries()),
                            Integer.toString(line.done()),
                            Integer.toString(line.failed()),
                            measure.column(),
                            Integer.toString(mean.count()),
                            Numbers.exact(mean.mean()),
                            Numbers.exact(mean.low()),
                            Numbers.exact(mean.high()),
                            Numbers.exact(difference.mean()),
                            Numbers.exact(difference.low()),
                            Numbers.exact(difference.high())));
                }
            }
        }
        return csv.csv();
    }
}
