package io.sparkinversion.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.udf;

import io.sparkinversion.dataset.ManifestSchema;
import io.sparkinversion.job.Comparison.Work;
import io.sparkinversion.job.WavePlan.Group;
import io.sparkinversion.output.ImageRows;
import io.sparkinversion.output.OutputDirectory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * {@code OUT/manifest}: every image of the run, the wave that was planned for it, and what was to be done with it.
 * That wave may later be joined into another.
 * Sorted by wave, so that reading one wave of a large run touches little of it.
 *
 * <p>Images that came inline would have to be searched for in the whole dataset, wave after wave. Those that are to be
 * computed are therefore staged in {@code OUT/_staged}, sorted likewise, until the run ends.
 */
public final class WorkList {
    private static final long ROWS_A_FILE = 250_000;
    private static final String STAGED_ROW_GROUP_BYTES = Integer.toString(32 << 20);
    private static final Object[] TO_COMPUTE = {Work.NEW.label(), Work.REDO.label()};
    private static final String FILE = "file";

    private final Dataset<Row> manifest;
    private final Dataset<Row> items;

    private WorkList(Dataset<Row> manifest, Dataset<Row> items) {
        this.manifest = manifest;
        this.items = items;
    }

    /** Where inline images wait for their wave; to be deleted when the run ends. */
    static Path staging(OutputDirectory output) {
        return output.path("_staged");
    }

    /** Where the list is. */
    public static Path folder(OutputDirectory output) {
        return output.path("manifest");
    }

    /** Writes the manifest with the plan's waves, in the place of an earlier run's. */
    static WorkList write(SparkSession spark, OutputDirectory output, Comparison comparison, WavePlan plan) {
        String folder = folder(output).toString();
        placed(spark, comparison, plan)
                .repartitionById(files(plan.total()), col(FILE))
                .sortWithinPartitions(ManifestSchema.WAVE, ManifestSchema.ROW_INDEX)
                .drop(FILE)
                .write()
                .mode(SaveMode.Overwrite)
                .parquet(folder);
        Dataset<Row> manifest = spark.read().parquet(folder);
        Dataset<Row> items =
                toCompute(manifest).withColumn(ManifestSchema.BYTES, lit(null).cast(DataTypes.BinaryType));
        return new WorkList(manifest, items);
    }

    /**
     * The same list with the inline images of the dataset at hand.
     *
     * @param dataset of {@link ManifestSchema}, with bytes
     * @param partitions tasks that write
     */
    WorkList staged(SparkSession spark, OutputDirectory output, Dataset<Row> dataset, int partitions) {
        String folder = staging(output).toString();
        Dataset<Row> bytes = dataset.select(col(ManifestSchema.IMAGE_ID), col(ManifestSchema.BYTES));
        sorted(toCompute(manifest).join(bytes, ManifestSchema.IMAGE_ID), partitions)
                .write()
                .mode(SaveMode.Overwrite)
                .option("parquet.block.size", STAGED_ROW_GROUP_BYTES)
                .option("compression", "uncompressed")
                .parquet(folder);
        return new WorkList(manifest, spark.read().parquet(folder));
    }

    /** The images that the wave computes, as {@link ManifestSchema#item} reads them. */
    Dataset<Row> items(Wave wave) {
        return items.where(in(wave));
    }

    /** Metrics rows that the images of the wave have, those that it takes over included. */
    long rows(Wave wave, ImageRows images) {
        if (!images.edited()) {
            return wave.size() * images.approaches().size();
        }
        Column edits = greatest(size(col(ManifestSchema.EDITS)), lit(1));
        Row total = manifest.where(in(wave)).agg(sum(edits)).first();
        return total.isNullAt(0) ? 0 : total.getLong(0) * images.approaches().size();
    }

    /** One column, {@code image_id}: the images whose rows the wave takes over from those that it replaces. */
    Dataset<Row> kept(Wave wave) {
        return manifest.where(in(wave))
                .where(col(Comparison.WORK).equalTo(Work.REUSED.label()))
                .select(ManifestSchema.IMAGE_ID);
    }

    /** What is to be computed in all, as estimated image by image. */
    long expected(Column work) {
        Row total = toCompute(manifest).agg(sum(work.cast(DataTypes.LongType))).first();
        return total.isNullAt(0) ? 0 : total.getLong(0);
    }

    private static Column in(Wave wave) {
        return col(ManifestSchema.WAVE).between(wave.number(), wave.last());
    }

    private static Dataset<Row> toCompute(Dataset<Row> manifest) {
        return manifest.where(col(Comparison.WORK).isin(TO_COMPUTE));
    }

    private static int files(long rows) {
        return (int) (1 + rows / ROWS_A_FILE);
    }

    /** Waves in their order, and as equal files as whole waves give. */
    private static Map<Integer, Integer> fileOfWave(WavePlan plan) {
        Map<Integer, Integer> fileOf = new HashMap<>();
        long total = Math.max(1, plan.total());
        long before = 0;
        for (Map.Entry<Integer, Long> wave : plan.sizes().entrySet()) {
            fileOf.put(wave.getKey(), (int) (before * files(total) / total));
            before += wave.getValue();
        }
        return fileOf;
    }

    /** The rows that stay, their wave the one that will hold them, and the file for them. */
    private static Dataset<Row> placed(SparkSession spark, Comparison comparison, WavePlan plan) {
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        Broadcast<Map<Group, Integer>> waves = context.broadcast(new HashMap<>(plan.targets()));
        Broadcast<Map<Integer, Integer>> files = context.broadcast(fileOfWave(plan));
        UDF2<String, Integer, Integer> waveOf = (work, origin) -> waves.value().get(new Group(Work.of(work), origin));
        UDF1<Integer, Integer> fileOf = wave -> files.value().get(wave);
        Column wave = udf(waveOf, DataTypes.IntegerType).apply(col(Comparison.WORK), col(Comparison.ORIGIN));
        Stream<String> names =
                Arrays.stream(ManifestSchema.SCHEMA.fieldNames()).filter(name -> !name.equals(ManifestSchema.BYTES));
        Column[] columns = Stream.concat(names, Stream.of(Comparison.WORK, FILE))
                .map(functions::col)
                .toArray(Column[]::new);
        return comparison
                .rows()
                .where(col(Comparison.WORK).notEqual(Work.GONE.label()))
                .withColumn(ManifestSchema.WAVE, wave)
                .withColumn(FILE, udf(fileOf, DataTypes.IntegerType).apply(col(ManifestSchema.WAVE)))
                .select(columns);
    }

    private static Dataset<Row> sorted(Dataset<Row> rows, int partitions) {
        return rows.repartitionByRange(partitions, col(ManifestSchema.WAVE), col(ManifestSchema.ROW_INDEX))
                .sortWithinPartitions(ManifestSchema.WAVE, ManifestSchema.ROW_INDEX);
    }
}
