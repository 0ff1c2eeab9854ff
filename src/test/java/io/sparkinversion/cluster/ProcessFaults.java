package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Processes of a run that die without a word. */
final class ProcessFaults {
    /** 128 and the number of the signal that nothing can catch. */
    private static final int KILLED = 137;

    private static final long PATIENCE_SECONDS = 150;

    private final FaultBench bench;

    ProcessFaults(FaultBench bench) {
        this.bench = bench;
    }

    String run(FaultCell cell) {
        return switch (cell.kind()) {
            case EXECUTOR_KILLED -> executor(cell);
            case WORKER_LOST -> worker(cell);
            default -> driver(cell);
        };
    }

    private String executor(FaultCell cell) {
        bench.set(cell.point(), TrapAct.KILL_EXECUTOR, 1);
        bench.compute(bench.run(cell));
        bench.exits().awaitExit("exited with code " + KILLED);
        bench.exits().awaitReplacement();
        assertRecovered(cell);
        return "replaced";
    }

    /** The executors of the worker that is lost come back on the one that is left. */
    private String worker(FaultCell cell) {
        bench.restoreWorkers();
        bench.set(cell.point(), TrapAct.KILL_WORKER, 1);
        bench.compute(bench.run(cell));
        bench.exits().awaitExit("");
        bench.exits().awaitReplacement();
        assertThat(bench.cluster().workers()).as("workers that are left").hasSize(FaultBench.WORKERS - 1);
        assertRecovered(cell);
        return "taken over";
    }

    private void assertRecovered(FaultCell cell) {
        assertThat(bench.trap().timesSprung())
                .as("how often the trap was sprung")
                .isEqualTo(1);
        FaultRun.assertComplete(bench.folder(cell), Map.of());
    }

    /** Another driver is killed; the one of this process gets the same command, and finds the lock of the dead one. */
    private String driver(FaultCell cell) {
        bench.restoreWorkers();
        bench.set(cell.point(), TrapAct.KILL_DRIVER, 1);
        Path log = bench.folder(cell).resolveSibling(cell.kind() + "-" + cell.point() + ".log");
        Process process = FaultDriver.start(bench, bench.run(cell), log);
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("the driver ends")
                    .isTrue();
            assertThat(process.exitValue()).as(Files.readString(log)).isEqualTo(KILLED);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
        assertThat(FaultRun.committedWaves(bench.folder(cell)))
                .as("waves before")
                .isLessThan(FaultRun.WAVES);
        assertThat(bench.folder(cell).resolve("_lock.json"))
                .as("the dead driver's")
                .exists();

        bench.compute(bench.run(cell));

        assertRecovered(cell);
        return "rerun";
    }
}
