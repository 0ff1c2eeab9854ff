package io.sparkinversion.dataset.format;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.PushbackReader;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;

/**
 * Records of separated values, as RFC 4180 has them, that says where a text is not what it is taken for; a reader that
 * repairs such a text in silence makes captions of it that nobody wrote.
 */
final class CsvRecords implements Closeable {
    private static final int END = -1;

    private final PushbackReader text;
    private final Dialect dialect;
    private long line = 1;
    private long firstLine;
    private String fault;
    private boolean bareQuote;
    private boolean quotedBackslash;
    private boolean separatorBackslash;
    private boolean escapedSeparator;
    private final List<Boolean> bareQuotes = new ArrayList<>();
    private final List<Boolean> afterBlank = new ArrayList<>();

    CsvRecords(Reader text, Dialect dialect) {
        this.text = new PushbackReader(new BufferedReader(text), 1);
        this.dialect = dialect;
    }

    /** How a quote inside of a quoted field is written. */
    enum Quoting {
        /** Twice: RFC 4180. */
        DOUBLED,
        /** Behind a backslash, or twice. */
        BACKSLASH,
        /** Quotes are characters like others. */
        NONE
    }

    /** @param separator between fields */
    record Dialect(char separator, Quoting quoting) {}

    /** The next record's fields, null where there is nothing in one; null at the end. Blank lines are no records. */
    List<String> next() throws IOException {
        int first = read();
        while (first == '\n' || first == '\r') {
            first = read();
        }
        if (first == END) {
            return null;
        }
        unread(first);
        firstLine = line;
        fault = null;
        bareQuote = false;
        quotedBackslash = false;
        separatorBackslash = false;
        escapedSeparator = false;
        bareQuotes.clear();
        afterBlank.clear();
        List<String> fields = new ArrayList<>();
        boolean more = true;
        while (more) {
            String field = field();
            fields.add(field.isEmpty() ? null : field);
            more = read() == dialect.separator();
        }
        return fields;
    }

    /** The line that the last record began at, from 1. */
    long line() {
        return firstLine;
    }

    /** Why the last record cannot be read, with what to do; null where it can. */
    String fault() {
        return fault;
    }

    /** Whether the last record has quotes inside of fields that are not quoted, or backslashes that may escape. */
    boolean isDoubtful() {
        return bareQuote || quotedBackslash || separatorBackslash;
    }

    /** Whether the last record may well mean something else: backslashes that are no escapes stand where they would. */
    boolean isAmbiguous() {
        return separatorBackslash || quotedBackslash && bareQuote;
    }

    /** Whether the last record has a separator that a backslash makes part of a field. */
    boolean hasEscapedSeparator() {
        return escapedSeparator;
    }

    /** Whether a field of the last record begins with a blank and is not quoted. */
    boolean startsWithBlank(int field) {
        return field < afterBlank.size() && afterBlank.get(field);
    }

    /** Up to the separator or the end of the line, which is left to be read. */
    private String field() throws IOException {
        StringBuilder blanks = new StringBuilder();
        int c = read();
        while (c == ' ') {
            blanks.append(' ');
            c = read();
        }
        if (c == '"' && dialect.quoting() != Quoting.NONE) {
            bareQuotes.add(false);
            afterBlank.add(false);
            return quoted();
        }
        unread(c);
        afterBlank.add(!blanks.isEmpty() && !endsField(c));
        return unquoted(blanks);
    }

    private String unquoted(StringBuilder field) throws IOException {
        int quotes = 0;
        int c = read();
        while (!endsField(c)) {
            if (c == '\\' && dialect.quoting() == Quoting.BACKSLASH) {
                c = escaped();
            } else if (c == '"' && dialect.quoting() != Quoting.NONE) {
                quotes++;
            }
            field.append((char) c);
            c = read();
        }
        unread(c);
        boolean endsInBackslash = !field.isEmpty() && field.charAt(field.length() - 1) == '\\';
        bareQuote |= quotes > 0;
        separatorBackslash |= dialect.quoting() == Quoting.DOUBLED && c == dialect.separator() && endsInBackslash;
        boolean odd = quotes % 2 == 1;
        if (odd && bareQuotes.contains(true)) {
            fault("has double quotes around a separator inside of fields that are not quoted;"
                    + " put the whole field in double quotes and double those inside");
        }
        bareQuotes.add(odd);
        return field.toString();
    }

    private String quoted() throws IOException {
        StringBuilder field = new StringBuilder();
        while (true) {
            int c = read();
            if (c == END) {
                fault("opens a double quote that does not end; double the quotes inside of quoted fields");
                return field.toString();
            }
            if (c == '\\' && dialect.quoting() == Quoting.BACKSLASH) {
                field.append((char) escaped());
            } else if (c != '"') {
                field.append((char) c);
            } else if (nextIs('"')) {
                field.append('"');
            } else {
                quotedBackslash |= dialect.quoting() == Quoting.DOUBLED
                        && !field.isEmpty()
                        && field.charAt(field.length() - 1) == '\\';
                skipToEnd();
                return field.toString();
            }
        }
    }

    /** What is behind a closing quote belongs to no field. */
    private void skipToEnd() throws IOException {
        int c = read();
        while (c == ' ') {
            c = read();
        }
        if (!endsField(c)) {
            fault("has text behind the double quote that ends a field"
                    + (line > firstLine ? " (in line " + line + ")" : "")
                    + "; double the quotes inside of quoted fields, or quote the whole field");
        }
        while (!endsField(c)) {
            c = read();
        }
        unread(c);
    }

    /** What a backslash and the next character mean; other backslashes are themselves. */
    private int escaped() throws IOException {
        int c = read();
        if (c == '"' || c == '\\' || c == dialect.separator()) {
            escapedSeparator |= c == dialect.separator();
            return c;
        }
        unread(c);
        return '\\';
    }

    private boolean endsField(int c) {
        return c == dialect.separator() || c == '\n' || c == END || c == '\r';
    }

    private void fault(String problem) {
        fault = fault == null ? problem : fault;
    }

    private boolean nextIs(char wanted) throws IOException {
        int c = read();
        if (c == wanted) {
            return true;
        }
        unread(c);
        return false;
    }

    private int read() throws IOException {
        int c = text.read();
        line += c == '\n' ? 1 : 0;
        return c;
    }

    private void unread(int c) throws IOException {
        if (c != END) {
            line -= c == '\n' ? 1 : 0;
            text.unread(c);
        }
    }

    @Override
    public void close() throws IOException {
        text.close();
    }
}
