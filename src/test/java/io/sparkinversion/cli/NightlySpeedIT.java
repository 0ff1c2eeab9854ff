package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.evaluation.Protocol;
import io.sparkinversion.job.Progress;
import io.sparkinversion.job.SparkTestSession;
import io.sparkinversion.nightly.Limits;
import io.sparkinversion.nightly.NightlyJob;
import io.sparkinversion.nightly.NightlySettings;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.worker.EngineRegistry;
import io.sparkinversion.worker.InversionWorker;
import io.sparkinversion.worker.WorkerHook;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nightly runs judge the program's speed and not the machine's. */
@Tag("slow")
class NightlySpeedIT {
    private static final int IMAGES = 8;
    private static final PrintStream QUIET = new PrintStream(OutputStream.nullOutputStream());

    /** Far below what the slowed engine takes; far above what the clock of a busy machine says of the same program. */
    private static final Limits LIMITS = new Limits(0.1, 2);

    @TempDir
    private Path folder;

    private final List<Process> busy = new ArrayList<>();

    @AfterEach
    void endOtherWork() throws InterruptedException {
        for (Process process : busy) {
            process.destroyForcibly().waitFor();
        }
        EngineRegistry.closeAll();
    }

    /** Every evaluation of the UNet costs three tenths of a second of processor time more. */
    private record Slowed() implements WorkerHook {
        private static final long serialVersionUID = 1L;
        private static final long NANOSECONDS = 300_000_000;

        @Override
        public void reached(Point point, String subject) {
            if (point == Point.EVALUATION) {
                ThreadMXBean threads = ManagementFactory.getThreadMXBean();
                long until = threads.getCurrentThreadCpuTime() + NANOSECONDS;
                while (threads.getCurrentThreadCpuTime() < until) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    private JsonNode night(WorkerHook hook) throws Exception {
        JobSettings run =
                SampleRun.of(2).first(IMAGES).inBatchesOf(1).inPartitions(1).settings(folder.resolve("nightly"));
        NightlyJob.run(
                new NightlySettings(
                        new EvaluationSettings(run, List.of(2), Protocol.THROUGHPUT), null, LIMITS, "the same"),
                settings -> new InversionWorker(settings, Duration.ofMinutes(5), hook),
                SparkTestSession.session(),
                QUIET,
                () -> new Progress(QUIET, Progress.Style.PLAIN_LINES, System::nanoTime),
                Clock.systemUTC());
        List<Path> runs = NightlyRuns.in(folder.resolve("nightly"));
        return NightlyRuns.verdict(runs.get(runs.size() - 1));
    }

    private void keepAllCoresBusy() throws Exception {
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            busy.add(new ProcessBuilder("sh", "-c", "while :; do :; done").start());
        }
    }

    @Test
    @Timeout(600)
    void aBusyMachinePassesAndASlowedProgramFails() throws Exception {
        night(WorkerHook.NONE);
        keepAllCoresBusy();

        JsonNode beside = night(WorkerHook.NONE);

        assertThat(beside.path("verdict").asText()).as(beside.toString()).isEqualTo("pass");
        JsonNode row = beside.path("rows").get(0);
        assertThat(row.path("speed_not_judged").isNull()).isTrue();
        assertThat(row.path("slowdown_median").asDouble()).isBetween(0.5, 2.0);
        endOtherWork();
        busy.clear();

        JsonNode slowed = night(new Slowed());

        assertThat(slowed.path("verdict").asText()).isEqualTo("fail");
        assertThat(slowed.path("rows")
                        .get(0)
                        .path("breaches")
                        .get(0)
                        .path("rule")
                        .asText())
                .isEqualTo("slowdown");
        System.out.printf(
                "beside a busy machine: %.2f calibrated, %.2f by the clock; slowed: %.2f%n",
                row.path("slowdown_median").asDouble(),
                row.path("slowdown_total").asDouble(),
                slowed.path("rows").get(0).path("slowdown_median").asDouble());
    }
}
