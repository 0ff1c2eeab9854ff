package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.cli.Tables;
import io.sparkinversion.worker.WorkerHook.Point;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Devices that run out of memory, break, or fall silent. */
final class EngineFaults {
    private static final int ALWAYS = 1000;
    private static final Duration STALL = Duration.ofSeconds(5);

    private final FaultBench bench;

    EngineFaults(FaultBench bench) {
        this.bench = bench;
    }

    String run(FaultCell cell) {
        return switch (cell.kind()) {
            case STICKY_CUDA_ERROR -> replaced(cell, TrapAct.DEVICE_LOST, FaultBench.PATIENT, 86);
            case ENGINE_HANG -> replaced(cell, TrapAct.HANG, STALL, 87);
            default -> outOfMemory(cell);
        };
    }

    private String replaced(FaultCell cell, TrapAct act, Duration stallTimeout, int exitCode) {
        set(cell, act, 1);
        bench.run(cell).run(bench.spark(), bench.hook(), stallTimeout);
        assertThat(bench.trap().timesSprung())
                .as("how often the trap was sprung")
                .isEqualTo(1);
        bench.exits().awaitExit("exited with code " + exitCode);
        bench.exits().awaitReplacement();
        FaultRun.assertComplete(bench.folder(cell), Map.of());
        return "replaced";
    }

    /** What uses the device: the model is loaded onto it, and LPIPS compares there. */
    private void set(FaultCell cell, TrapAct act, int times) {
        FaultPoint point = cell.point();
        if (point == FaultPoint.LOAD) {
            bench.set(Point.MODEL.name(), "", act, times, "");
        } else if (point == FaultPoint.METRICS && act != TrapAct.HANG) {
            bench.set(TrapEngine.COMPARISON, FaultRun.VICTIM, act, times, "");
        } else {
            bench.set(point, act, times);
        }
    }

    private String outOfMemory(FaultCell cell) {
        boolean never = cell.point() == FaultPoint.MID_STEP;
        set(cell, TrapAct.OUT_OF_MEMORY, never ? ALWAYS : 1);
        bench.compute(bench.run(cell));
        assertThat(bench.trap().timesSprung())
                .as("how often the trap was sprung")
                .isEqualTo(never ? 2 : 1);
        if (cell.point() == FaultPoint.LOAD) {
            bench.exits().awaitFailure("out of memory");
            FaultRun.assertComplete(bench.folder(cell), Map.of());
            return "retried";
        }
        List<String> alone = new Tables(bench.folder(cell))
                .query("select image_id from metrics where status = 'ok' and batch_size = 1", row -> row.getString(1));
        assertThat(alone).as("images whose batch was halved").isNotEmpty();
        FaultRun.assertComplete(
                bench.folder(cell), never ? Map.of(FaultRun.VICTIM, "INVERT OUT_OF_DEVICE_MEMORY") : Map.of());
        return never ? "halved, failed row" : "halved";
    }
}
