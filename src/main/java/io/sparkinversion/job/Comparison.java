package io.sparkinversion.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.dataset.FileFacts;
import io.sparkinversion.dataset.HeldRows;
import io.sparkinversion.dataset.ManifestSchema;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.output.ResultSchema;
import io.sparkinversion.output.ResultTables;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The manifest beside the rows that earlier runs committed, image by image. It lives in Spark from end to end: a
 * million images cost the driver one line a wave.
 */
final class Comparison {
    /** Column: name of the {@link Work}. */
    static final String WORK = "work";
    /** Column: the wave that holds the row, or for new rows the wave of the manifest. */
    static final String ORIGIN = "origin";

    private final Dataset<Row> rows;
    private final List<Count> counts;

    private Comparison(Dataset<Row> rows, List<Count> counts) {
        this.rows = rows;
        this.counts = counts;
    }

    /** What is to be done with an image. */
    enum Work {
        /** No wave holds it. */
        NEW,
        /** A wave holds its results and they still hold. */
        REUSED,
        /** A wave holds results of other bytes, another caption, edit or setting, or a failure to be tried again. */
        REDO,
        /** A wave holds it and the dataset no longer does. */
        GONE;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Work of(String label) {
            return valueOf(label.toUpperCase(Locale.ROOT));
        }
    }

    /**
     * @param work of these images
     * @param origin see {@link #ORIGIN}
     * @param images how many
     */
    record Count(Work work, int origin, long images) {}

    /**
     * Where nothing is committed yet, all rows are new; inline images are not even read.
     *
     * @param manifest of {@link ManifestSchema}
     * @param images how many it has
     * @param waveSize with which it was planned
     */
    static Comparison ofFirstRun(Dataset<Row> manifest, long images, int waveSize) {
        Dataset<Row> rows = manifest.drop(ManifestSchema.BYTES)
                .withColumn(WORK, lit(Work.NEW.label()))
                .withColumn(ORIGIN, col(ManifestSchema.WAVE));
        List<Count> counts = LongStream.iterate(0, first -> first < images, first -> first + waveSize)
                .mapToObj(first ->
                        new Count(Work.NEW, Math.toIntExact(first / waveSize), Math.min(waveSize, images - first)))
                .toList();
        return new Comparison(rows, counts);
    }

    /**
     * @param manifest of {@link ManifestSchema}
     * @param committed metrics rows with their wave, one an image
     * @param settings of this run
     * @param held holds the rows
     */
    static Comparison of(Dataset<Row> manifest, Dataset<Row> committed, JobSettings settings, HeldRows held) {
        Dataset<Row> earlier = FileFacts.add(committed, hadFile())
                .select(
                        col("image_id").as("earlier_id"),
                        col("path").as("earlier_path"),
                        col("caption").as("earlier_caption"),
                        col("edits_key").as("earlier_edits_key"),
                        col("file_size")
                                .eqNullSafe(col(FileFacts.SIZE))
                                .and(col("file_modified").eqNullSafe(col(FileFacts.MODIFIED)))
                                .as("earlier_file_unchanged"),
                        col("image_sha256").as("earlier_sha256"),
                        col("status").as("earlier_status"),
                        col("settings_key").as("earlier_settings_key"),
                        col(ResultTables.WAVE).as("earlier_wave"));
        Dataset<Row> compared = manifest.join(
                        earlier, col(ManifestSchema.IMAGE_ID).equalTo(col("earlier_id")), "full_outer")
                .withColumn(WORK, work(settings))
                .withColumn(ORIGIN, coalesce(col("earlier_wave"), col(ManifestSchema.WAVE)))
                .drop(ManifestSchema.BYTES);
        // Read twice: to be counted, and to be written.
        Dataset<Row> rows = held.hold(compared.drop(earlier.columns()));
        List<Count> counts = rows.groupBy(WORK, ORIGIN).agg(count(lit(1))).collectAsList().stream()
                .map(row -> new Count(Work.of(row.getString(0)), row.getInt(1), row.getLong(2)))
                .toList();
        return new Comparison(rows, counts);
    }

    /** Neither rejected while planning nor inline, which has bytes and no file; it may have been missing. */
    private static Column hadFile() {
        Column inline = col("file_size").isNull().and(col("image_sha256").isNotNull());
        return not(col("error_stage").eqNullSafe(Failure.Stage.PLAN.name()).or(inline));
    }

    private static Column work(JobSettings settings) {
        Column equal = col(ManifestSchema.PATH)
                .eqNullSafe(col("earlier_path"))
                .and(col(ManifestSchema.CAPTION).eqNullSafe(col("earlier_caption")))
                .and(col(ManifestSchema.EDITS_KEY).eqNullSafe(col("earlier_edits_key")))
                .and(col("earlier_file_unchanged"))
                .and(lit(settings.settingsKey()).eqNullSafe(col("earlier_settings_key")))
                .and(sameBytes());
        Column reusable = settings.resume() == Resume.RETRY_FAILED
                ? equal.and(col("earlier_status").equalTo(ResultSchema.OK))
                : equal;
        return when(col("earlier_id").isNull(), Work.NEW.label())
                .when(col(ManifestSchema.IMAGE_ID).isNull(), Work.GONE.label())
                .when(reusable, Work.REUSED.label())
                .otherwise(Work.REDO.label());
    }

    /** Inline images have no file whose size and time would tell: their bytes do. Rejected rows are never read. */
    private static Column sameBytes() {
        Column bytes = col(ManifestSchema.BYTES);
        return bytes.isNull()
                .or(length(bytes).equalTo(0))
                .or(col(ManifestSchema.REJECTION_CODE).isNotNull())
                .or(sha2(bytes, 256).eqNullSafe(col("earlier_sha256")));
    }

    /** Images by work and origin. */
    List<Count> counts() {
        return counts;
    }

    /** The manifest without bytes, with {@link #WORK} and {@link #ORIGIN}; images that are gone have a null id. */
    Dataset<Row> rows() {
        return rows;
    }
}
