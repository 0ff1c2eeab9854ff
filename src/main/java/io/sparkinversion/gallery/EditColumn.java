package io.sparkinversion.gallery;

import io.sparkinversion.report.Numbers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A column of numbers of the editing gallery.
 *
 * @param digits after the point, the same for the whole column
 */
record EditColumn(String label, int digits) {
    private static final int MOST_DIGITS = 8;

    /** The columns of all entries. A label that an entry lacks keeps its place among the others. */
    static List<EditColumn> of(List<EditEntry> entries) {
        List<String> labels = new ArrayList<>();
        for (EditEntry entry : entries) {
            int place = 0;
            for (String label : entry.numbers().keySet()) {
                int known = labels.indexOf(label);
                if (known < 0) {
                    labels.add(place, label);
                    known = place;
                }
                place = known + 1;
            }
        }
        return labels.stream()
                .map(label -> new EditColumn(label, digits(entries, label)))
                .toList();
    }

    /** The entry's number; NaN if it has none. */
    double value(EditEntry entry) {
        Double value = entry.numbers().get(label);
        return value == null ? Double.NaN : value;
    }

    /** A mean of the column's values: one digit more where these are whole numbers. */
    String mean(double value) {
        return digits == 0 ? Numbers.count(value) : Numbers.fixed(value, digits);
    }

    /** None for whole numbers; else four below 1, as is usual for SSIM and LPIPS, and four in all above. */
    private static int digits(List<EditEntry> entries, String label) {
        double[] sizes = entries.stream()
                .map(entry -> entry.numbers().get(label))
                .filter(value -> value != null && Double.isFinite(value) && value != 0)
                .mapToDouble(Math::abs)
                .sorted()
                .toArray();
        if (Arrays.stream(sizes).allMatch(size -> size == Math.rint(size))) {
            return 0;
        }
        int magnitude = (int) Math.floor(Math.log10(sizes[sizes.length / 2]));
        return Math.min(MOST_DIGITS, magnitude < 0 ? Math.max(4, 2 - magnitude) : Math.max(1, 3 - magnitude));
    }
}
