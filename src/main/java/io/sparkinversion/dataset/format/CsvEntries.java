package io.sparkinversion.dataset.format;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.format.CsvRecords.Dialect;
import io.sparkinversion.dataset.format.CsvRecords.Quoting;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;

/**
 * Captions in separated values with a header: columns in any order, further ones ignored. The separator is the comma,
 * semicolon, tab or bar with which the header has the columns. Fields are quoted as RFC 4180 has it; in a file in which
 * that makes no sense, backslashes may escape quotes and separators, or tabs separate texts that are never quoted. What
 * is none of these is refused with its row. Captions, edit prompts and blend words may be a {@link TextList}.
 *
 * @param edits whether edit prompts and blend words are read; the header needs the former then
 * @param rows how many are looked at to find out how fields are quoted; 0 for all
 */
record CsvEntries(Reading reading, boolean edits, long rows) implements EntryReader {
    private static final int MOST_COLUMNS = 250;
    private static final List<Character> SEPARATORS = List.of(',', ';', '\t', '|');
    private static final String SEPARATOR_LINE = "sep=";

    @Override
    public Entries open(SourceFile file, Configuration configuration, boolean withBytes) throws IOException {
        try {
            List<String> header = null;
            char separator = ',';
            for (char candidate : separators(file)) {
                List<String> names = header(file, configuration, candidate);
                if (names == null) {
                    return LazyEntries.malformed(of(file) + " is empty; expected a header such as path,caption");
                }
                if (header == null || !isComplete(header) && (isComplete(names) || names.size() > header.size())) {
                    header = names;
                    separator = candidate;
                }
            }
            String problem = problem(header, file);
            if (problem != null) {
                return LazyEntries.malformed(problem);
            }
            Dialect dialect = dialect(file, configuration, separator, header.size());
            return new Reader(records(file, configuration, dialect), header, file, separator);
        } catch (TextFile.NoTextException e) {
            return LazyEntries.malformed(of(file) + " " + e.getMessage());
        }
    }

    @Override
    public String nothing() {
        return "has a header and no rows";
    }

    private static String of(SourceFile file) {
        return "captions file " + file.address();
    }

    private static List<Character> separators(SourceFile file) {
        List<Character> separators = new ArrayList<>(SEPARATORS);
        if (file.name().toLowerCase(Locale.ROOT).contains(".tsv")) {
            separators.remove((Character) '\t');
            separators.add(0, '\t');
        }
        return separators;
    }

    private CsvRecords records(SourceFile file, Configuration configuration, Dialect dialect) throws IOException {
        return new CsvRecords(TextFile.open(new Path(file.address()), configuration, reading.encoding()), dialect);
    }

    private List<String> header(SourceFile file, Configuration configuration, char separator) throws IOException {
        try (CsvRecords records = records(file, configuration, new Dialect(separator, Quoting.DOUBLED))) {
            return header(records);
        }
    }

    /** Excel may say above the header what the separator is. */
    private static List<String> header(CsvRecords records) throws IOException {
        List<String> first = records.next();
        boolean separatorLine = first != null
                && first.size() <= 2
                && first.get(0) != null
                && first.get(0).startsWith(SEPARATOR_LINE);
        List<String> header = separatorLine ? records.next() : first;
        if (header == null) {
            return null;
        }
        int last = header.size();
        while (last > 1 && header.get(last - 1) == null) {
            last--;
        }
        return header.subList(0, last).stream()
                .map(name -> name == null ? "" : name)
                .toList();
    }

    private boolean isComplete(List<String> header) {
        return CaptionColumns.PATH.find(header, reading).isPresent()
                && (reading.givesCaptions()
                        || CaptionColumns.CAPTION.find(header, reading).isPresent());
    }

    /** What is wrong with the header; null where it is nothing. */
    private String problem(List<String> header, SourceFile file) {
        if (header.size() > MOST_COLUMNS) {
            return of(file) + " has more than " + MOST_COLUMNS + " columns; leave out some that are not needed";
        }
        List<CaptionColumns> needed = new ArrayList<>(List.of(CaptionColumns.PATH));
        if (!reading.givesCaptions()) {
            needed.add(CaptionColumns.CAPTION);
        }
        if (CaptionColumns.ID.isNamed(reading)) {
            needed.add(CaptionColumns.ID);
        }
        if (edits) {
            needed.add(CaptionColumns.EDIT_PROMPT);
        }
        for (CaptionColumns column : needed) {
            if (column.find(header, reading).isEmpty()) {
                boolean row = header.stream().anyMatch(Pictures::isPicture);
                return column.missing(header, file.address(), reading)
                        + (row ? "; the first line must be a header such as path,caption" : "");
            }
        }
        return null;
    }

    private Dialect dialect(SourceFile file, Configuration configuration, char separator, int columns)
            throws IOException {
        if (separator == '|') {
            return new Dialect(separator, Quoting.NONE);
        }
        Dialect standard = new Dialect(separator, Quoting.DOUBLED);
        Look look = look(file, configuration, standard, columns);
        if (look.isPlain()) {
            return standard;
        }
        Dialect backslash = new Dialect(separator, Quoting.BACKSLASH);
        if (look.backslashes() && look(file, configuration, backslash, columns).isPlain()) {
            return backslash;
        }
        Dialect unquoted = new Dialect(separator, Quoting.NONE);
        boolean literal = separator == '\t'
                && look.faults()
                && look(file, configuration, unquoted, columns).isPlain();
        return literal ? unquoted : standard;
    }

    /**
     * How a file looks in a dialect.
     *
     * @param faults whether it has records that cannot be read, or have too many fields
     * @param doubts whether it has what might be meant otherwise
     * @param backslashes whether it has any before a quote or a separator
     */
    private record Look(boolean faults, boolean doubts, boolean backslashes) {
        boolean isPlain() {
            return !faults && !doubts;
        }
    }

    private Look look(SourceFile file, Configuration configuration, Dialect dialect, int columns) throws IOException {
        boolean faults = false;
        boolean doubts = false;
        boolean backslashes = false;
        try (CsvRecords records = records(file, configuration, dialect)) {
            header(records);
            List<String> fields = records.next();
            for (long row = 0; fields != null && (rows == 0 || row < rows); row++) {
                faults |= records.fault() != null || isSurplus(fields, columns);
                // Where a separator is escaped a short row may be one that was cut; and a text that begins and ends
                // with
                // quotes is a quoted one, whatever the others are.
                doubts |= records.isDoubtful()
                        || records.hasEscapedSeparator() && fields.size() < columns
                        || dialect.quoting() == Quoting.NONE && fields.stream().anyMatch(CsvEntries::isQuoted);
                backslashes |= fields.stream().anyMatch(field -> field != null && field.contains("\\"));
                fields = records.next();
            }
        }
        return new Look(faults, doubts, backslashes);
    }

    private static boolean isQuoted(String field) {
        return field != null && field.length() > 1 && field.startsWith("\"") && field.endsWith("\"");
    }

    private static boolean isSurplus(List<String> fields, int columns) {
        return fields.size() > columns
                && fields.subList(columns, fields.size()).stream().anyMatch(Objects::nonNull);
    }

    private static String separatorName(char separator) {
        return switch (separator) {
            case ';' -> "semicolon";
            case '\t' -> "tab";
            case '|' -> "bar";
            default -> "comma";
        };
    }

    /** The rows of one file. */
    private final class Reader extends LazyEntries {
        private final CsvRecords records;
        private final SourceFile file;
        private final int columns;
        private final boolean strips;
        private final String separatorName;
        private final int path;
        private final Optional<Integer> caption;
        private final Optional<Integer> id;
        private final Optional<Integer> prompts;
        private final Optional<Integer> words;
        private final boolean blanksAreUsual;
        private long row;

        Reader(CsvRecords records, List<String> header, SourceFile file, char separator) throws IOException {
            this.records = records;
            this.file = file;
            this.columns = header.size();
            this.strips = separator == '|';
            this.separatorName = separatorName(separator);
            path = CaptionColumns.PATH.require(header, file.address(), reading);
            caption = CaptionColumns.CAPTION.find(header, reading);
            id = CaptionColumns.ID.find(header, reading);
            prompts = edits ? CaptionColumns.EDIT_PROMPT.find(header, reading) : Optional.empty();
            words = edits ? CaptionColumns.BLEND_WORDS.find(header, reading) : Optional.empty();
            blanksAreUsual = header.stream().anyMatch(name -> name.startsWith(" "));
            header(records);
        }

        @Override
        Entry read() throws IOException {
            List<String> fields = records.next();
            while (fields != null && fields.size() == 1 && isBlank(fields.get(0))) {
                fields = records.next();
            }
            if (fields == null) {
                return null;
            }
            row++;
            String problem = problem(fields);
            return problem == null ? entry(fields) : Entry.malformed(problem);
        }

        private String problem(List<String> fields) {
            if (records.fault() != null) {
                return "row " + row + " of " + of(file) + " " + records.fault();
            }
            String named = "row " + row + " (path '" + JobException.oneLine(String.valueOf(field(fields, path)))
                    + "') of " + of(file);
            if (isSurplus(fields, columns)) {
                return named + " has more than the header's " + columns + " fields; put fields that contain a "
                        + separatorName + " in double quotes";
            }
            if (records.isAmbiguous()) {
                return named + " has a backslash at the end of a field, which may or may not belong to it;"
                        + " put fields in double quotes, and double the quotes inside";
            }
            boolean cut = caption.isPresent() && !blanksAreUsual && isCut(caption.get());
            return cut
                    ? named + " has a field behind the caption that begins with a blank, as the rest of a caption with"
                            + " a " + separatorName + " would; put the caption in double quotes, or remove the blank"
                    : null;
        }

        /** Whether the field behind the caption, and none before, looks like the rest of an unquoted caption. */
        private boolean isCut(int place) {
            for (int i = 1; i <= place; i++) {
                if (records.startsWithBlank(i)) {
                    return false;
                }
            }
            return records.startsWithBlank(place + 1);
        }

        private Entry entry(List<String> fields) {
            Entry entry = new Entry();
            entry.path = field(fields, path);
            entry.id = id.map(i -> field(fields, i)).orElse(null);
            entry.captions =
                    caption.map(i -> TextList.captions(field(fields, i))).orElse(List.of());
            if (prompts.isPresent()) {
                Row parsed = TextList.parse(field(fields, prompts.get()));
                Row blend = TextList.parse(words.map(i -> field(fields, i)).orElse(null));
                entry.editPrompts = (String[]) parsed.get(0);
                entry.blendWords = (String[]) blend.get(0);
                entry.editProblem = parsed.isNullAt(1)
                        ? blend.isNullAt(1) ? null : "blend_words " + blend.getString(1)
                        : "edit_prompt " + parsed.getString(1);
            }
            return entry;
        }

        private String field(List<String> fields, int index) {
            String field = index < fields.size() ? fields.get(index) : null;
            return field == null || !strips ? field : field.strip();
        }

        private boolean isBlank(String text) {
            return text == null || text.isBlank();
        }

        @Override
        String name() {
            return of(file);
        }

        @Override
        public void close() throws IOException {
            records.close();
        }
    }
}
