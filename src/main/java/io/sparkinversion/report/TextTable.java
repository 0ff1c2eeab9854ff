package io.sparkinversion.report;

import com.univocity.parsers.csv.CsvWriter;
import com.univocity.parsers.csv.CsvWriterSettings;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A table of text, for a terminal, as Markdown or as comma-separated values. */
public final class TextTable {
    private static final int GAP = 2;

    private final Set<String> left;
    private final List<String> header;
    private final List<List<String>> rows = new ArrayList<>();

    /**
     * @param left the headings of columns whose cells begin at the left, as names do; others end at the right, as
     *     numbers do
     * @param header one heading for each column
     */
    public TextTable(Set<String> left, List<String> header) {
        this.left = left;
        this.header = List.copyOf(header);
    }

    /**
     * Adds a row.
     *
     * @throws IllegalArgumentException if it has more or fewer cells than there are columns
     */
    public TextTable add(List<String> row) {
        if (row.size() != header.size()) {
            throw new IllegalArgumentException("a row of " + row.size() + " cells in a table of " + header.size());
        }
        rows.add(List.copyOf(row));
        return this;
    }

    /** The columns aligned by blanks, for a font of fixed width; a line for each row, the header first. */
    public String aligned() {
        return aligned(Terminal.UNLIMITED);
    }

    /**
     * Likewise, in lines of at most so many characters. Where the columns do not fit side by side the table goes on
     * below, in which the columns of names at its left are repeated.
     */
    public String aligned(int width) {
        int[] widths = new int[header.size()];
        for (int i = 0; i < widths.length; i++) {
            int column = i;
            widths[i] = Stream.concat(Stream.of(header), rows.stream())
                    .mapToInt(line -> line.get(column).length())
                    .max()
                    .orElse(0);
        }
        if (width(columns(0, header.size()), widths, GAP) > width
                && width(columns(0, header.size()), widths, 1) <= width) {
            return block(columns(0, header.size()), widths, 1);
        }
        int names = 0;
        while (names < header.size() - 1 && left.contains(header.get(names))) {
            names++;
        }
        List<String> blocks = new ArrayList<>();
        for (int from = names; from < header.size(); ) {
            List<Integer> shown = columns(0, names);
            do {
                shown.add(from++);
            } while (from < header.size() && width(shown, widths, GAP) + GAP + widths[from] <= width);
            blocks.add(block(shown, widths, GAP));
        }
        return String.join("\n", blocks);
    }

    private static List<Integer> columns(int from, int to) {
        return IntStream.range(from, to).boxed().collect(Collectors.toCollection(ArrayList::new));
    }

    private static int width(List<Integer> columns, int[] widths, int gap) {
        return columns.stream().mapToInt(column -> widths[column]).sum() + gap * (columns.size() - 1);
    }

    private String block(List<Integer> columns, int[] widths, int gap) {
        List<List<String>> lines = new ArrayList<>(rows);
        lines.add(0, header);
        StringBuilder text = new StringBuilder();
        for (List<String> line : lines) {
            String cells = columns.stream()
                    .map(i -> {
                        String blanks = " ".repeat(widths[i] - line.get(i).length());
                        return left.contains(header.get(i)) ? line.get(i) + blanks : blanks + line.get(i);
                    })
                    .collect(Collectors.joining(" ".repeat(gap)));
            text.append(cells.stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** As GitHub's Markdown. The cells are Markdown already: see {@link #escaped}. */
    public String markdown() {
        String alignment = header.stream()
                .map(name -> left.contains(name) ? "|:---" : "|---:")
                .collect(Collectors.joining());
        return markdown(header) + alignment + "|\n"
                + rows.stream().map(TextTable::markdown).collect(Collectors.joining());
    }

    private static String markdown(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }

    /** Plain text for Markdown, in one line: what Markdown or a table cell would take for markup is escaped. */
    public static String escaped(String text) {
        String plain = text.replaceAll("\\s+", " ")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;");
        // an underscore between letters is none
        return plain.replaceAll("([\\\\`*\\[\\]|~]|(?<![\\p{L}\\p{N}])_|_(?![\\p{L}\\p{N}]))", "\\\\$1");
    }

    /** As RFC 4180: separated by commas, in quotes where needed, lines ended by CR LF. */
    public String csv() {
        CsvWriterSettings settings = new CsvWriterSettings();
        settings.getFormat().setLineSeparator("\r\n");
        settings.getFormat().setComment('\0');
        settings.setQuoteEscapingEnabled(true);
        settings.trimValues(false);
        settings.setMaxCharsPerColumn(-1);
        StringWriter text = new StringWriter();
        CsvWriter writer = new CsvWriter(text, settings);
        writer.writeHeaders(header);
        rows.forEach(row -> writer.writeRow(row.toArray()));
        writer.close();
        return text.toString();
    }
}
