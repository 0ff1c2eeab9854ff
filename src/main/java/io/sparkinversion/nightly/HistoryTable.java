package io.sparkinversion.nightly;

import com.univocity.parsers.common.record.Record;
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import io.sparkinversion.nightly.Verdict.Outcome;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.TextTable;
import java.io.StringReader;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The history as a file: comma-separated values (RFC 4180), numbers in full precision, empty where one is not defined.
 * Columns of a newer version are ignored.
 */
final class HistoryTable {
    private static final String RULES_SEPARATOR = " ";
    private static final List<String> MEANS = List.of("psnr", "ssim", "lpips", "seconds");

    private static final List<String> HEADER = Stream.concat(
                    Stream.of(
                            "when",
                            "run",
                            "code_version",
                            "baseline",
                            "verdict",
                            "rules",
                            "method",
                            "steps",
                            "n",
                            "failed"),
                    MEANS.stream().flatMap(name -> Stream.of(name, name + "_ci_low", name + "_ci_high")))
            .toList();

    private HistoryTable() {}

    static String write(List<HistoryRow> rows) {
        TextTable table = new TextTable(Set.of(), HEADER);
        rows.forEach(row -> table.add(cells(row)));
        return table.csv();
    }

    private static List<String> cells(HistoryRow row) {
        List<String> cells = new ArrayList<>(List.of(
                row.when().toString(),
                row.run(),
                row.codeVersion(),
                row.baseline() == null ? "" : row.baseline(),
                row.verdict().label(),
                row.rules().stream().map(Rule::label).collect(Collectors.joining(RULES_SEPARATOR)),
                row.method(),
                Integer.toString(row.steps()),
                Integer.toString(row.count()),
                Integer.toString(row.failed())));
        for (Estimate mean : List.of(row.psnr(), row.ssim(), row.lpips(), row.seconds())) {
            cells.add(Numbers.exact(mean.mean()));
            cells.add(Numbers.exact(mean.low()));
            cells.add(Numbers.exact(mean.high()));
        }
        return cells;
    }

    /**
     * The rows in the order of the file. A last line without a line end was cut off when its writer was killed; it is
     * ignored.
     *
     * @throws IllegalArgumentException if a line cannot be read; the message names it
     */
    static List<HistoryRow> read(String text) {
        String whole = text.substring(0, text.lastIndexOf('\n') + 1);
        if (whole.isBlank()) {
            return List.of();
        }
        CsvParserSettings settings = new CsvParserSettings();
        settings.setLineSeparatorDetectionEnabled(true);
        settings.getFormat().setComment('\0');
        settings.setHeaderExtractionEnabled(true);
        settings.trimValues(false);
        settings.setMaxCharsPerColumn(-1);
        List<HistoryRow> rows = new ArrayList<>();
        for (Record line : new CsvParser(settings).parseAllRecords(new StringReader(whole))) {
            try {
                rows.add(row(line));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "entry " + (rows.size() + 1) + " below the header cannot be read: " + e.getMessage()
                                + "; its cells are " + Arrays.toString(line.getValues()),
                        e);
            }
        }
        return rows;
    }

    private static HistoryRow row(Record line) {
        String rules = cell(line, "rules");
        return new HistoryRow(
                when(required(line, "when")),
                required(line, "run"),
                required(line, "code_version"),
                cell(line, "baseline"),
                Outcome.of(required(line, "verdict")),
                rules == null
                        ? List.of()
                        : Arrays.stream(rules.split(RULES_SEPARATOR))
                                .map(Rule::of)
                                .toList(),
                required(line, "method"),
                Integer.parseInt(required(line, "steps")),
                Integer.parseInt(required(line, "n")),
                Integer.parseInt(required(line, "failed")),
                mean(line, "psnr"),
                mean(line, "ssim"),
                mean(line, "lpips"),
                mean(line, "seconds"));
    }

    private static Estimate mean(Record line, String name) {
        return Estimate.read(number(line, name), number(line, name + "_ci_low"), number(line, name + "_ci_high"));
    }

    private static Instant when(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("'" + text + "' is not a time such as 2026-11-23T02:00:00Z", e);
        }
    }

    private static double number(Record line, String name) {
        String text = cell(line, name);
        return text == null ? Double.NaN : Double.parseDouble(text);
    }

    private static String required(Record line, String name) {
        String text = cell(line, name);
        if (text == null) {
            throw new IllegalArgumentException("there is no " + name);
        }
        return text;
    }

    /** Null where it is empty. */
    private static String cell(Record line, String name) {
        if (!line.getMetaData().containsColumn(name)) {
            throw new IllegalArgumentException("the header has no column " + name);
        }
        return line.getString(name);
    }
}
