package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.job.FaultyFileSystem.Operation;
import io.sparkinversion.worker.WorkerHook.Point;
import java.util.Map;

/** Disks that take nothing more. */
final class DiskFaults {
    private static final int ALWAYS = 1000;
    private static final String REASON = "No space left on device";

    private final FaultBench bench;

    DiskFaults(FaultBench bench) {
        this.bench = bench;
    }

    String run(FaultCell cell) {
        return switch (cell.point()) {
            case LOAD -> whereModelsAreKept(cell);
            case METRICS -> whereOutcomesWait(cell);
            case TASK_COMMIT -> whereTheOutputIs(cell, "latents/wave=00001/_temporary/.*part-");
            default -> whereTheOutputIs(cell, cell.point().subject());
        };
    }

    /** A model that is fetched finds no room. */
    private String whereModelsAreKept(FaultCell cell) {
        bench.set(Point.MODEL.name(), "", TrapAct.NO_SPACE, 1, "");
        bench.compute(bench.run(cell));
        assertThat(bench.trap().timesSprung()).isEqualTo(1);
        bench.exits().awaitFailure(REASON);
        FaultRun.assertComplete(bench.folder(cell), Map.of());
        return "retried";
    }

    /** Spark keeps the outcomes of a task on its executor's own disk until the wave has been written. */
    private String whereOutcomesWait(FaultCell cell) {
        bench.set(cell.point(), TrapAct.LOSE_SCRATCH, 1);
        String recovery = "retried";
        try {
            bench.compute(bench.run(cell));
        } catch (JobException e) {
            recovery = "rerun";
        }
        assertThat(bench.trap().timesSprung()).isEqualTo(1);
        bench.exits().awaitFailure("Not a directory");
        TrapAct.restoreScratch(bench.trap());
        if (recovery.equals("rerun")) {
            bench.compute(bench.run(cell));
        }
        FaultRun.assertComplete(bench.folder(cell), Map.of());
        return recovery;
    }

    /** It stays full until somebody makes room. */
    private String whereTheOutputIs(FaultCell cell, String path) {
        bench.set(Operation.CREATE.name(), path, TrapAct.NO_SPACE, ALWAYS, "");
        FaultRun run = bench.run(cell);
        assertThatThrownBy(() -> bench.compute(run))
                .isInstanceOf(JobException.class)
                .hasMessageContaining(REASON)
                .hasMessageContaining("the same command goes on from there");
        assertThat(bench.trap().timesSprung()).isPositive();
        assertThat(FaultRun.committedWaves(bench.folder(cell)))
                .as("waves before")
                .isLessThan(FaultRun.WAVES);

        bench.trap().remove();
        bench.compute(run);

        FaultRun.assertComplete(bench.folder(cell), Map.of());
        return "rerun";
    }
}
