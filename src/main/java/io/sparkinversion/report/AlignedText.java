package io.sparkinversion.report;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Rows of text in columns, for a terminal. */
public final class AlignedText {
    private AlignedText() {}

    /**
     * The names of the first column to the left, numbers to the right.
     *
     * @param rows the header first, all of the same length
     * @return a line for each row
     */
    public static String of(List<List<String>> rows) {
        return of(rows, 1);
    }

    /**
     * @param rows the header first, all of the same length
     * @param names how many columns, from the first, are names
     * @return a line for each row
     */
    public static String of(List<List<String>> rows, int names) {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<String> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            List<String> cells = new ArrayList<>();
            for (int i = 0; i < columns; i++) {
                String blanks = " ".repeat(widths[i] - row.get(i).length());
                cells.add(i < names ? row.get(i) + blanks : blanks + row.get(i));
            }
            text.append(cells.stream().collect(Collectors.joining("  ")).stripTrailing())
                    .append('\n');
        }
        return text.toString();
    }
}
