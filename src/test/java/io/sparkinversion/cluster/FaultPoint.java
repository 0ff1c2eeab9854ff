package io.sparkinversion.cluster;

import io.sparkinversion.job.FaultyFileSystem.Operation;
import io.sparkinversion.worker.WorkerHook.Point;

/**
 * Where in a run it happens: the columns of the fault matrix. What meets a process meets it at the image
 * {@value FaultRun#VICTIM}, in the second of two waves.
 */
enum FaultPoint {
    LOAD("load", Point.LOAD.name(), FaultRun.VICTIM),
    DECODE("decode", Point.DECODE.name(), FaultRun.VICTIM),
    MID_STEP("mid-step", Point.EVALUATION.name(), "pass 2 of .*" + FaultRun.VICTIM),
    METRICS("metrics", Point.METRICS.name(), FaultRun.VICTIM),
    /** A task's files of a wave become visible to the driver. */
    TASK_COMMIT("task commit", Operation.RENAME.name(), "latents/wave=00001/_temporary/0/task_"),
    /** The driver declares a wave done, the first that is. */
    WAVE_COMMIT("wave commit", Operation.CREATE.name(), "metrics/wave=0000./_SUCCESS");

    private final String label;
    private final String place;
    private final String subject;

    FaultPoint(String label, String place, String subject) {
        this.label = label;
        this.place = place;
        this.subject = subject;
    }

    /** As the table prints it. */
    String label() {
        return label;
    }

    /** See {@link Trap#reached}. */
    String place() {
        return place;
    }

    /** See {@link Trap#set}. */
    String subject() {
        return subject;
    }
}
