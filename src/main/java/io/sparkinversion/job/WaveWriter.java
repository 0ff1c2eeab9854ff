package io.sparkinversion.job;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.output.ImageRows;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.Json;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.Replacements;
import io.sparkinversion.output.ResultSchema;
import io.sparkinversion.output.ResultTables;
import io.sparkinversion.output.RunLock;
import io.sparkinversion.output.Table;
import io.sparkinversion.worker.WaveProcessor;
import io.sparkinversion.worker.WorkerMonitor;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes one wave and commits it. Latents and images are written first; the {@code _SUCCESS} of the metrics, written
 * last, is the commit. Whatever an earlier attempt has left in the wave's folders is overwritten.
 */
final class WaveWriter {
    private static final Logger LOGGER = LoggerFactory.getLogger(WaveWriter.class);
    private static final long IMAGES_A_FILE = 32;
    private static final long BYTES_A_FILE = 128L << 20;
    private static final long LARGE_WAVE_BYTES = 8 * BYTES_A_FILE;

    private final SparkSession spark;
    private final OutputDirectory output;
    private final ResultTables tables;
    private final Replacements replacements;
    private final RunLock lock;
    private final WorkList workList;
    private final JobSettings settings;
    private final ImageRows images;
    private final WaveTask task;

    /**
     * Which of two waves goes first where both have tasks that wait. These are the names of Spark's fair scheduler pools:
     * that which runs fewer tasks is served first, and of two that run as many the first in the alphabet.
     */
    private enum Turn {
        /** Short tasks before and after the computation: the next wave waits for them. */
        BRIEF,
        /** The computation; the older wave's before the younger one's. */
        COMPUTE
    }

    WaveWriter(
            SparkSession spark,
            OutputDirectory output,
            RunLock lock,
            WorkList workList,
            JobSettings settings,
            WaveProcessor processor,
            WorkerMonitor monitor) {
        this.spark = spark;
        this.output = output;
        this.tables = new ResultTables(spark, output);
        this.replacements = new Replacements(output);
        this.lock = lock;
        this.workList = workList;
        this.settings = settings;
        this.images = ImageRows.of(settings);
        Broadcast<SerializableConfiguration> fileSystems = SerializableConfiguration.broadcast(
                spark.sparkContext(), spark.sessionState().newHadoopConf());
        this.task = new WaveTask(processor.with(fileSystems), monitor, OutcomeRows.of(settings), fileSystems);
    }

    /**
     * @param wave to be computed, written and committed
     * @param name of the wave in Spark's pages, such as {@code wave 3 of 12}
     * @param computed called when all of its images are computed; what is left is to write and to commit them
     * @throws IOException if the output cannot be written
     * @throws JobException if the output was taken over by another run
     */
    void write(Wave wave, String name, Runnable computed) throws IOException {
        turn(Turn.BRIEF, name + ": deal images to tasks");
        WaveTasks tasks =
                WaveTasks.deal(workList.items(wave), WorkEstimate.of(settings.worker()), tasks(wave), task.processor());
        JavaRDD<Row> results = tasks.of(items(wave)).mapPartitions(task::call).persist(StorageLevel.DISK_ONLY());
        try {
            turn(Turn.COMPUTE, name + (images.edited() ? ": edit " : ": invert ") + wave.images() + " images");
            results.foreachPartition(rows -> {});
            computed.run();
            Dataset<Row> outcomes =
                    spark.createDataFrame(results, ResultSchema.OUTCOME).coalesce(files(wave));
            turn(Turn.BRIEF, name + ": write latents");
            tables.write(Table.LATENTS, wave.number(), rows(Table.LATENTS, wave, outcomes));
            turn(Turn.BRIEF, name + ": write images");
            tables.write(Table.IMAGES, wave.number(), rows(Table.IMAGES, wave, outcomes));
            turn(Turn.BRIEF, name + ": write metrics");
            commit(wave, rows(Table.METRICS, wave, outcomes), workList.rows(wave, images));
        } finally {
            results.unpersist(false);
        }
    }

    /**
     * Copies the rows of committed waves into one that takes their place.
     *
     * @param wave that replaces them, and computes nothing
     * @param name as in {@link #write}
     * @throws IOException likewise
     */
    void join(Wave wave, String name) throws IOException {
        turn(Turn.BRIEF, name);
        for (Table table : List.of(Table.LATENTS, Table.IMAGES)) {
            long files = 1 + output.bytes(table, wave.replaces()) / BYTES_A_FILE;
            tables.write(table, wave.number(), stored(table, wave).coalesce(Math.toIntExact(files)));
        }
        Dataset<Row> metrics = stored(Table.METRICS, wave);
        commit(wave, metrics, metrics.count());
    }

    /** Deletes what is there of a wave that was not committed. */
    void forget(Wave wave) {
        for (Table table : Table.values()) {
            try {
                output.delete(output.path(table, wave.number()));
            } catch (IOException e) {
                LOGGER.warn("cannot delete {}: {}", output.path(table, wave.number()), e.toString());
            }
        }
    }

    /** Whether it is worth copying, to have fewer files. */
    boolean isSmall(Wave wave) throws IOException {
        List<Integer> number = List.of(wave.number());
        return output.bytes(Table.LATENTS, number) + output.bytes(Table.IMAGES, number) < LARGE_WAVE_BYTES;
    }

    /** The rows that are there of the waves whose place it takes. */
    private Dataset<Row> stored(Table table, Wave wave) {
        return tables.read(table, wave.replaces()).select(columns(table));
    }

    private void commit(Wave wave, Dataset<Row> rows, long expected) throws IOException {
        JavaRDD<Row> sorted = oneFile(rows).javaRDD().persist(StorageLevel.MEMORY_AND_DISK());
        try {
            Dataset<Row> metrics =
                    spark.createDataFrame(sorted, Table.METRICS.schema()).coalesce(1);
            output.write(output.statsFile(wave.number()), Json.write(checkedStats(wave, metrics, expected)));
            if (!wave.replaces().isEmpty()) {
                replacements.announce(wave.number(), wave.replaces());
            }
            lock.verify();
            tables.write(Table.METRICS, wave.number(), metrics);
            replacements.finish(wave.number(), wave.replaces());
        } finally {
            sorted.unpersist(false);
        }
    }

    /** Of a batch each, so that tasks end together though some images take longer; as many for each that runs at once. */
    private int tasks(Wave wave) {
        long images = (long) atOnce() * settings.worker().batchSize();
        long rounds = settings.partitions() > 0 ? 1 : (wave.images() + images - 1) / images;
        return (int) Math.max(1, Math.min(wave.images(), atOnce() * rounds));
    }

    /** Of latents and of images: few large ones, though all executors write where there is much to write. */
    private int files(Wave wave) {
        return (int) Math.max(1, Math.min(wave.images() / IMAGES_A_FILE, atOnce()));
    }

    /** Tasks that run side by side. */
    int atOnce() {
        return settings.parallelism(spark.sparkContext().defaultParallelism());
    }

    /** The wave's work; where rows are redone, with what the waves that it replaces have kept of the inversions. */
    private Dataset<Row> items(Wave wave) {
        Dataset<Row> items = workList.items(wave);
        return images.edited() && !wave.replaces().isEmpty()
                ? StoredInversions.add(items, tables.read(Table.LATENTS, wave.replaces()))
                : items;
    }

    /** Rows of the computed images, then those that the wave takes over. */
    private Dataset<Row> rows(Table table, Wave wave, Dataset<Row> outcomes) {
        Dataset<Row> computed =
                outcomes.select(explode(col(table.label())).as("row")).select("row.*");
        if (wave.replaces().isEmpty()) {
            return computed;
        }
        Column[] columns = columns(table);
        Dataset<Row> kept = tables.read(table, wave.replaces())
                .join(broadcast(workList.kept(wave)), new String[] {"image_id"}, "left_semi")
                .select(columns);
        return computed.unionByName(kept);
    }

    private static Column[] columns(Table table) {
        return Arrays.stream(table.schema().fieldNames()).map(functions::col).toArray(Column[]::new);
    }

    /** Metrics are narrow: one sorted file a wave, instead of one a task. */
    private static Dataset<Row> oneFile(Dataset<Row> metrics) {
        return metrics.repartition(1).sortWithinPartitions("image_id", "method", "control", "edit");
    }

    /** The last look before the commit: a row for every image and method, no more and no fewer. */
    private WaveStats checkedStats(Wave wave, Dataset<Row> metrics, long expected) {
        WaveStats stats = WaveStats.of(wave, metrics, images);
        if (stats.rows() != expected || stats.images() != wave.size()) {
            throw new IllegalStateException("computed " + stats.rows() + " metrics rows of " + stats.images()
                    + " images where " + expected + " rows of " + wave.size() + " images were planned");
        }
        return stats;
    }

    private void turn(Turn turn, String description) {
        spark.sparkContext()
                .setLocalProperty("spark.scheduler.pool", turn.name().toLowerCase(Locale.ROOT));
        SparkPages.describe(spark.sparkContext(), description);
    }
}
