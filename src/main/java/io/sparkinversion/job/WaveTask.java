package io.sparkinversion.job;

import io.sparkinversion.dataset.FileState;
import io.sparkinversion.dataset.ManifestSchema;
import io.sparkinversion.job.OutcomeRows.Fingerprint;
import io.sparkinversion.output.ResultSchema;
import io.sparkinversion.worker.ImageOutcome;
import io.sparkinversion.worker.WaveProcessor;
import io.sparkinversion.worker.WorkItem;
import io.sparkinversion.worker.WorkerMonitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.util.SerializableConfiguration;

/**
 * One Spark task of a wave: manifest rows in, {@link ResultSchema#OUTCOME} rows out, one at a time.
 *
 * @param processor does the work
 * @param monitor is told of it
 * @param rows shapes the results
 * @param configuration of the file systems where images are
 */
record WaveTask(
        WaveProcessor processor,
        WorkerMonitor monitor,
        OutcomeRows rows,
        Broadcast<SerializableConfiguration> configuration)
        implements MapPartitionsFunction<Row, Row> {

    @Override
    public Iterator<Row> call(Iterator<Row> manifest) {
        // Images that the processor has taken and not returned. It may take them on a thread of its own.
        Map<String, Fingerprint> open = new ConcurrentHashMap<>();
        Iterator<ImageOutcome> outcomes = processor.process(items(manifest, open), monitor);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                boolean more = outcomes.hasNext();
                if (!more && !open.isEmpty()) {
                    throw new IllegalStateException(
                            "the worker returned nothing for " + open.size() + " of its images, such as "
                                    + open.keySet().iterator().next());
                }
                return more;
            }

            @Override
            public Row next() {
                ImageOutcome outcome = outcomes.next();
                Fingerprint taken = open.remove(outcome.item().imageId());
                if (taken == null) {
                    throw new IllegalStateException(
                            "the worker returned image " + outcome.item().imageId() + " unasked or twice");
                }
                return rows.row(outcome, taken);
            }
        };
    }

    private Iterator<WorkItem> items(Iterator<Row> manifest, Map<String, Fingerprint> open) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return manifest.hasNext();
            }

            @Override
            public WorkItem next() {
                Row row = manifest.next();
                WorkItem item = StoredInversions.item(row);
                FileState file = file(item);
                open.put(item.imageId(), new Fingerprint(file, row.getAs(ManifestSchema.EDITS_KEY)));
                return file == null ? item : item.ofSize(file.size());
            }
        };
    }

    /** Before the worker reads it: should it change meanwhile, the next run sees that it did. */
    private FileState file(WorkItem item) {
        if (item.rejection() != null || item.bytes() != null || item.path() == null) {
            return null;
        }
        try {
            return FileState.find(item.path(), configuration.value().value());
        } catch (IOException e) {
            // No property of the image: Spark tries the task again.
            throw new UncheckedIOException("no file system answers for " + item.path() + ": " + e.getMessage(), e);
        }
    }
}
