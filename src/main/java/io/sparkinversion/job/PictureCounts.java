package io.sparkinversion.job;

import static org.apache.spark.sql.functions.array_contains;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.split;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.image.Picture.Mark;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** How many images were particular in some way, such as transparent or truncated: a line of the summary. */
final class PictureCounts {
    private static final Map<Mark, String> WORDS = new EnumMap<>(Map.of(
            Mark.TRUNCATED, "truncated (the missing part is black)",
            Mark.REPAIRED, "with a harmless fault",
            Mark.ALPHA, "with transparency",
            Mark.PROFILE, "converted to sRGB by their colour profile",
            Mark.PROFILE_IGNORED, "with a colour profile that was not applied",
            Mark.SMALL, "smaller than what they are resized to"));

    private PictureCounts() {}

    /**
     * @param metrics one row an image
     * @return nothing where there is nothing to say, else a line with its end
     */
    static String line(Dataset<Row> metrics) {
        Column marks = split(col("image_marks"), ",");
        List<Column> counts = new ArrayList<>();
        for (Mark mark : Mark.values()) {
            counts.add(count(when(array_contains(marks, mark.label()), 1)));
        }
        Row found = metrics.agg(counts.get(0), counts.subList(1, counts.size()).toArray(Column[]::new))
                .first();
        List<String> parts = new ArrayList<>();
        for (Mark mark : Mark.values()) {
            if (found.getLong(mark.ordinal()) > 0) {
                parts.add(found.getLong(mark.ordinal()) + " " + WORDS.get(mark));
            }
        }
        return parts.isEmpty() ? "" : "images: " + String.join(", ", parts) + System.lineSeparator();
    }
}
