package io.sparkinversion.worker;

import java.io.Serializable;
import java.util.Iterator;

/**
 * What an executor does with one Spark partition of a wave. The job makes one on the driver, Spark ships it to every
 * task, so an implementation carries settings only and finds its engine where it runs.
 */
public interface WaveProcessor extends Serializable {

    /**
     * Turns the items of one partition into outcomes: exactly one an item, in any order, lazily (an outcome may be
     * handed out before the next item is pulled). A bad image is an outcome with a failure; an item that comes with a
     * {@linkplain WorkItem#rejection() rejection} becomes an outcome with that failure and no work.
     *
     * <p>Runs inside a Spark task. {@code items} is pulled and the result is consumed on the task's own thread.
     *
     * @param items of this partition; may be empty
     * @param monitor told of every outcome as it is made
     * @throws RuntimeException only where no further image can be worked on: the task fails, and Spark tries again
     */
    Iterator<ImageOutcome> process(Iterator<WorkItem> items, WorkerMonitor monitor);

    /** Where a worker reports what the driver shows. Safe for several threads of one task. */
    interface WorkerMonitor extends Serializable {

        /** One image is done or has failed; called once an item. */
        void imageDone(ImageOutcome outcome);

        /**
         * A model was loaded, which is expected once an executor and device.
         *
         * @param executorAndDevice such as {@code 3/gpu:0}
         */
        void modelLoaded(String executorAndDevice);

        /**
         * @param count evaluations (batch elements) of the UNet that were just made, those for images that fail later
         *     included
         */
        void unetEvaluations(long count);
    }
}
