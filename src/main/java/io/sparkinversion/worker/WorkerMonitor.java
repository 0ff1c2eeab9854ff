package io.sparkinversion.worker;

import io.sparkinversion.platform.PlatformReport;
import java.io.Serializable;

/** Told by workers what happens; the job counts it. Safe for use by several threads. */
public interface WorkerMonitor extends Serializable {
    /**
     * A model was loaded.
     *
     * @param place executor and device, such as {@code 3/gpu:0}
     */
    void modelLoaded(String place);

    /**
     * An engine is about to compute for a task.
     *
     * @param platform what it computes on; null if unknown
     */
    default void computesOn(PlatformReport platform) {}

    /** The UNet is about to be evaluated on so many images. */
    default void evaluating(int images) {}

    /** An image has its outcome, good or bad. */
    void imageDone(ImageOutcome outcome);

    /** A monitor that nobody reads. */
    static WorkerMonitor none() {
        return new WorkerMonitor() {
            private static final long serialVersionUID = 1L;

            @Override
            public void modelLoaded(String place) {}

            @Override
            public void imageDone(ImageOutcome outcome) {}
        };
    }
}
