package io.sparkinversion.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.dataset.DatasetReader;
import io.sparkinversion.dataset.ManifestSchema;
import io.sparkinversion.engine.ErrorCode;
import java.util.Arrays;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructField;

/** The plan of a run: every row of the dataset with its wave and, where it cannot be worked on, the reason. */
public final class Manifest {
    private Manifest() {}

    /**
     * Adds waves and rejections: a second row with an id becomes {@code ID#2} and, where the dataset gave the id, is
     * rejected, as are rows with an
     * unusable path, rows without a caption and rows whose edits or mask cannot be read; where several apply, the first
     * of these counts. Looks for duplicates at once, all else is lazy.
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
        Column other = col(DatasetReader.ROW_PROBLEM);
        Column workable = col(ManifestSchema.REJECTION_CODE).isNull();
        Column edited = size(col(ManifestSchema.EDITS)).gt(0);
        // What is null is left out of the text, so datasets without masks or categories keep their keys.
        Column edits = struct(col(ManifestSchema.EDITS), col(ManifestSchema.MASK), col(ManifestSchema.CATEGORY));
        Column editsKey = sha2(to_json(edits), 256);
        Column wave = expr(ManifestSchema.ROW_INDEX + " div " + waveSize);
        Dataset<Row> all = DuplicateIds.mark(rows)
                .withColumn(ManifestSchema.WAVE, wave)
                .withColumn(
                        ManifestSchema.REJECTION_CODE,
                        when(duplicate.isNotNull(), ErrorCode.DUPLICATE_ID.name())
                                .when(problem.isNotNull(), ErrorCode.INVALID_PATH.name())
                                .otherwise(other.getField("code")))
                .withColumn(ManifestSchema.REJECTION_MESSAGE, coalesce(duplicate, problem, other.getField("message")))
                .withColumn(ManifestSchema.EDITS_KEY, when(workable.and(edited), editsKey))
                .withColumn(ManifestSchema.IMAGE_ID, coalesce(col(DuplicateIds.NEW_ID), col(ManifestSchema.IMAGE_ID)));
        if (!ManifestSchema.hasBytes(rows)) {
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
