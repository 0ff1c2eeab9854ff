package io.sparkinversion.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.worker.ErrorCode;
import java.util.Arrays;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;

/** The plan of a run: every row of the dataset with its wave and, where it cannot be worked on, the reason. */
public final class Manifest {
    private Manifest() {}

    /**
     * Adds waves, file sizes and times, and rejections: a second row with an id becomes {@code ID#2} and is rejected,
     * as are rows with an unusable path and rows without a caption; where several apply, the first of these counts.
     * Looks for duplicates at once, all else is lazy.
     *
     * @param rows of {@link DatasetReader}, with row_index from 0 without gaps
     * @param waveSize rows a wave, at least 1
     * @return rows of {@link ManifestSchema#SCHEMA} in any order
     * @throws IllegalArgumentException if the wave size is not positive
     */
    public static Dataset<Row> plan(Dataset<Row> rows, int waveSize) {
        if (waveSize < 1) {
            throw new IllegalArgumentException("wave size " + waveSize + " is less than 1 row");
        }
        Column problem = col(DatasetReader.PATH_PROBLEM);
        Column duplicate = col(DuplicateIds.MESSAGE);
        Column uncaptioned = DatasetReader.filled(col(ManifestSchema.CAPTION)).isNull();
        Column noCaption = concat(
                lit("the row has no caption (row "),
                col(ManifestSchema.ROW_INDEX),
                lit(" of the dataset, path '"),
                coalesce(col(ManifestSchema.PATH), lit("")),
                lit("'); give it one"));
        Column wave = expr(ManifestSchema.ROW_INDEX + " div " + waveSize);
        Dataset<Row> all = DuplicateIds.mark(FileFacts.add(rows), rows)
                .withColumn(ManifestSchema.WAVE, wave)
                .withColumn(
                        ManifestSchema.REJECTION_CODE,
                        when(duplicate.isNotNull(), ErrorCode.DUPLICATE_ID.name())
                                .when(problem.isNotNull(), ErrorCode.INVALID_PATH.name())
                                .when(uncaptioned, ErrorCode.MISSING_CAPTION.name()))
                .withColumn(
                        ManifestSchema.REJECTION_MESSAGE,
                        coalesce(duplicate, problem, when(uncaptioned, noCaption)))
                .withColumn(
                        ManifestSchema.IMAGE_ID, coalesce(col(DuplicateIds.NEW_ID), col(ManifestSchema.IMAGE_ID)));
        if (!Arrays.asList(rows.columns()).contains(ManifestSchema.BYTES)) {
            all = all.withColumn(ManifestSchema.BYTES, lit(null));
        }
        return all.select(Arrays.stream(ManifestSchema.SCHEMA.fields())
                .map(Manifest::column)
                .toArray(Column[]::new));
    }

    private static Column column(StructField field) {
        return col(field.name()).cast(field.dataType()).as(field.name());
    }
}
