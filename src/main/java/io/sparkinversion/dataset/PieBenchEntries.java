package io.sparkinversion.dataset;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;

import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * PIE-Bench's {@code mapping_file.json} (arXiv 2310.01506): one JSON object with an entry for each image under the
 * image's id. It is read on an executor, an entry at a time, in one task.
 */
final class PieBenchEntries {
    /** A malformed file has a last row without anything but what is wrong with it. */
    static final StructType SCHEMA = new StructType()
            .add(ManifestSchema.ROW_INDEX, DataTypes.LongType)
            .add(RawRows.ID, DataTypes.StringType)
            .add(RawRows.PATH, DataTypes.StringType)
            .add(RawRows.CAPTION, DataTypes.StringType)
            .add(RawRows.EDIT_PROMPTS, RawRows.TEXTS)
            .add(RawRows.BLEND_WORDS, RawRows.TEXTS)
            .add(RawRows.EDIT_PROBLEM, DataTypes.StringType)
            .add(RawRows.MASK, ManifestSchema.MASK_TYPE)
            .add(RawRows.MASK_PROBLEM, DataTypes.StringType)
            .add(RawRows.MALFORMED, DataTypes.StringType);

    private PieBenchEntries() {}

    /**
     * The entries in the file's order, as {@link RawRows} has them.
     *
     * @param edits whether those of the file, and its masks, are read
     * @throws JobException if the file is malformed (the message says where), has no entries, or none of them has a
     *     path, or a prompt
     */
    static Dataset<Row> rows(SparkSession spark, Path file, EditSource edits) {
        Broadcast<SerializableConfiguration> configuration = SerializableConfiguration.broadcast(
                spark.sparkContext(), spark.sessionState().newHadoopConf());
        boolean own = edits instanceof EditSource.Dataset;
        FlatMapFunction<String, Row> read =
                name -> PieBenchFile.open(new Path(name), configuration.value().value(), own);
        Dataset<Row> entries =
                spark.createDataset(List.of(file.toString()), Encoders.STRING()).flatMap(read, Encoders.row(SCHEMA));
        check(entries, file);
        return entries;
    }

    private static void check(Dataset<Row> entries, Path file) {
        Row found = entries.agg(
                        count(lit(1)),
                        count(col(RawRows.PATH)),
                        count(col(RawRows.CAPTION)),
                        max(col(RawRows.MALFORMED)))
                .first();
        if (!found.isNullAt(3)) {
            throw new JobException("captions file " + file + " is not PIE-Bench's JSON: " + found.getString(3));
        }
        if (found.getLong(0) == 0) {
            throw new JobException("captions file " + file + " lists no images");
        }
        if (found.getLong(1) == 0 || found.getLong(2) == 0) {
            throw new JobException("captions file " + file + " is not PIE-Bench's: none of its "
                    + found.getLong(0) + " entries has "
                    + (found.getLong(1) == 0 ? PieBenchFile.PATH : PieBenchFile.CAPTION));
        }
    }
}
