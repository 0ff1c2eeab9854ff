package io.sparkinversion.job;

import static org.apache.spark.sql.functions.col;

import io.sparkinversion.job.DatasetRoot.Location;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Resolves the paths of a captions file against the dataset's root and asks for each file's size and time, on the
 * executors, row by row: what it costs follows the rows that are asked for, not the files that lie around.
 */
final class FileRows implements MapPartitionsFunction<Row, Row> {

    /** What the formats with image files read out of their captions. */
    static final List<String> INPUT = List.of("row_index", "id", "raw_path", "caption", "edit_prompt");

    private static final StructType OUTPUT =
            ImageDataset.ROW.add("short_id", "string").add("long_id", "string");
    /** Questions to a remote store that are under way at once in a task. */
    private static final int REMOTE_THREADS = 32;

    private static final int CHUNK = 512;

    private final DatasetRoot root;
    private final Broadcast<SerializableConfiguration> configuration;

    private FileRows(DatasetRoot root, Broadcast<SerializableConfiguration> configuration) {
        this.root = root;
        this.configuration = configuration;
    }

    /**
     * @param captions with the columns {@link #INPUT}
     * @return with {@link ImageDataset#ROW} and what {@link DefaultIds} needs
     */
    static Dataset<Row> of(Dataset<Row> captions, DatasetRoot root) {
        var spark = captions.sparkSession();
        var configuration = SerializableConfiguration.broadcast(spark.sparkContext());
        return captions.select(INPUT.stream().map(name -> col(name)).toArray(Column[]::new))
                .repartition(spark.sparkContext().defaultParallelism())
                .mapPartitions(new FileRows(root, configuration), Encoders.row(OUTPUT));
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) throws IOException {
        FileSystem files = new Path(root.address()).getFileSystem(configuration.value().value());
        if (!root.address().contains("://")) {
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return rows.hasNext();
                }

                @Override
                public Row next() {
                    return located(rows.next(), files);
                }
            };
        }
        ExecutorService threads = Executors.newFixedThreadPool(REMOTE_THREADS);
        TaskContext.get().addTaskCompletionListener(context -> threads.shutdownNow());
        return inChunks(rows, files, threads);
    }

    private Iterator<Row> inChunks(Iterator<Row> rows, FileSystem files, ExecutorService threads) {
        return new Iterator<>() {
            private Iterator<Future<Row>> chunk = List.<Future<Row>>of().iterator();

            @Override
            public boolean hasNext() {
                return chunk.hasNext() || rows.hasNext();
            }

            @Override
            public Row next() {
                if (!chunk.hasNext()) {
                    List<Future<Row>> asked = new ArrayList<>();
                    while (rows.hasNext() && asked.size() < CHUNK) {
                        Row row = rows.next();
                        asked.add(threads.submit(() -> located(row, files)));
                    }
                    chunk = asked.iterator();
                }
                try {
                    return chunk.next().get();
                } catch (InterruptedException | ExecutionException e) {
                    throw new IllegalStateException("the dataset's files could not be listed", e);
                }
            }
        };
    }

    private Row located(Row row, FileSystem files) {
        String raw = row.getAs("raw_path");
        Location location = root.resolve(raw);
        String path = location.problem() == null ? location.path() : raw;
        String longId = location.problem() == null ? location.relative() : raw;
        if (longId == null || longId.isBlank()) {
            longId = "row-" + row.getAs("row_index");
        }
        FileStatus status = location.problem() == null ? statusOrNull(files, path) : null;
        return RowFactory.create(
                row.getAs("row_index"),
                row.getAs("id"),
                path,
                row.getAs("caption"),
                row.getAs("edit_prompt"),
                status == null ? null : status.getLen(),
                status == null ? null : status.getModificationTime(),
                location.problem(),
                null,
                null,
                DefaultIds.withoutExtension(longId),
                longId);
    }

    /** Null where the file is not there or hidden: the worker finds that, too, and says what is wrong. */
    private static FileStatus statusOrNull(FileSystem files, String path) {
        try {
            return files.getFileStatus(new Path(path));
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
    }
}
