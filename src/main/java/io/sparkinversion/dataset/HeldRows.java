package io.sparkinversion.dataset;

import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * What is read several times while a run is planned, and computed once. It lies on the executors' disks: in memory a
 * million rows would crowd out what joins them.
 */
public final class HeldRows implements AutoCloseable {
    private final Deque<Dataset<Row>> held = new ArrayDeque<>();

    /** The same rows, to be computed at their first use and held until this is closed. */
    public Dataset<Row> hold(Dataset<Row> rows) {
        Dataset<Row> kept = rows.persist(StorageLevel.DISK_ONLY());
        held.push(kept);
        return kept;
    }

    /** Lets go of the rows. A session that has stopped meanwhile has let go of its own already. */
    @Override
    public void close() {
        while (!held.isEmpty()) {
            Dataset<Row> rows = held.pop();
            if (!rows.sparkSession().sparkContext().isStopped()) {
                rows.unpersist(false);
            }
        }
    }
}
