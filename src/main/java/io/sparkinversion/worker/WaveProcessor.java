package io.sparkinversion.worker;

import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/**
 * What an executor does with one Spark partition of a wave. The job makes one on the driver, Spark ships it to every
 * task, so an implementation carries settings only and finds its engine where it runs.
 */
@FunctionalInterface
public interface WaveProcessor extends Serializable {

    /**
     * Turns the items of one partition into outcomes: exactly one an item, in any order, lazily. A bad image is an
     * outcome with a failure; an item that comes with a {@linkplain WorkItem#rejection() rejection} becomes an outcome
     * with that failure and no work. Runs inside a Spark task, on the task's own thread.
     *
     * @param items of this partition; may be empty
     * @param monitor told of every outcome as it is made
     * @throws RuntimeException only where no further image can be worked on: the task fails, and Spark tries again
     */
    Iterator<ImageOutcome> process(Iterator<WorkItem> items, WorkerMonitor monitor);

    /** Whether images come in several {@linkplain #shape shapes}. */
    default boolean hasShapes() {
        return false;
    }

    /**
     * What images have in common that can share a batch, found without decoding them. Runs inside a Spark task.
     *
     * @return null where it is not known
     */
    default String shape(WorkItem item) {
        return null;
    }

    /**
     * The same work with the session's settings of file systems.
     *
     * @param fileSystems Hadoop's settings as the driver's session has them
     */
    default WaveProcessor with(Broadcast<SerializableConfiguration> fileSystems) {
        return this;
    }
}
