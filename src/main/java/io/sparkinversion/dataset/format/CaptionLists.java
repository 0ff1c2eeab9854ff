package io.sparkinversion.dataset.format;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.filter;
import static org.apache.spark.sql.functions.get;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sequence;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.trim;

import io.sparkinversion.dataset.ManifestSchema;
import io.sparkinversion.dataset.format.Reading.CaptionsPerImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

/** Columns with several captions an image, of which the first or all count. */
final class CaptionLists {
    private static final String WHICH = "which_caption";
    private static final String OLD = "listed_row";

    private CaptionLists() {}

    /** The {@link RawRows} of a row, by its caption and the number of further ones. */
    @FunctionalInterface
    interface Columns {
        Column[] of(Column caption, Column further);
    }

    /**
     * A row for the first caption that is not blank, or for each of them; one without a caption where there is none.
     *
     * @param rows with a column row_index, and perhaps bytes
     * @param captions a list of texts
     */
    static Dataset<Row> chosen(Dataset<Row> rows, Column captions, Reading reading, Columns columns) {
        Column filled = filter(captions, text -> trim(text).notEqual(""));
        Column count = coalesce(size(filled), lit(0));
        if (reading.captionsPerImage() != CaptionsPerImage.ALL) {
            return select(rows, columns.of(get(filled, lit(0)), greatest(count.minus(1), lit(0))));
        }
        // Numbers first, of which there may be many, and then what they belong to, which may be large.
        Dataset<Row> numbered = rows.select(
                        col(ManifestSchema.ROW_INDEX).as(OLD),
                        explode(sequence(lit(0), greatest(count.minus(1), lit(0))))
                                .as(WHICH))
                .orderBy(OLD, WHICH)
                .zipWithIndex("new_index");
        Dataset<Row> all = rows.join(numbered, col(ManifestSchema.ROW_INDEX).equalTo(col(OLD)))
                .withColumn(ManifestSchema.ROW_INDEX, col("new_index"));
        return select(all, columns.of(get(filled, col(WHICH)), lit(0)));
    }

    private static Dataset<Row> select(Dataset<Row> rows, Column[] raw) {
        List<Column> columns = new ArrayList<>(Arrays.asList(raw));
        columns.add(col(ManifestSchema.ROW_INDEX).cast(DataTypes.LongType).as(ManifestSchema.ROW_INDEX));
        if (ManifestSchema.hasBytes(rows)) {
            columns.add(col(ManifestSchema.BYTES));
        }
        return rows.select(columns.toArray(Column[]::new));
    }
}
