package io.sparkinversion.cluster;

import io.sparkinversion.cluster.SoakSettings.Moment;
import io.sparkinversion.worker.WorkerHook.Point;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Throws a soak's faults, mends what has to be mended for the run to go on, and counts those that met something. */
final class SoakFaults implements AutoCloseable {
    /** Longer than S3's client waits. */
    private static final Duration SLOW = FaultBench.S3_TIMEOUT.plusSeconds(5);

    private static final int MOST_503 = 12;
    private static final int MOST_RESETS = 6;
    private static final int MOST_SLOW = 2;

    private final SoakBench bench;
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "soak: mend");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<FaultKind, Integer> thrown = new TreeMap<>();
    private final Map<FaultKind, Integer> met = new TreeMap<>();
    private final Map<Fault, FaultKind> pending = new LinkedHashMap<>();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final Set<FaultKind> set = ConcurrentHashMap.newKeySet();

    SoakFaults(SoakBench bench) {
        this.bench = bench;
    }

    /** Where requests to S3 are met. */
    private record Requests(String method, String key) {
        private static final List<Requests> KINDS = List.of(
                new Requests("GET", "/data/"),
                new Requests("PUT", "/out/.*uploadId"),
                new Requests("POST", "/out/"),
                new Requests("PUT", "/out/metrics/.*_SUCCESS"),
                new Requests("", "_lock\\.json"),
                new Requests("", ""));
    }

    /**
     * @param driver the process that runs the command now
     * @return what was done
     */
    String throwOne(Moment moment, Process driver) {
        thrown.merge(moment.kind(), 1, Integer::sum);
        Random random = new Random(moment.seed());
        return switch (moment.kind()) {
            case EXECUTOR_KILLED -> killExecutor(random);
            case WORKER_LOST -> loseWorker(random);
            case DRIVER_KILLED -> killDriver(driver);
            case S3_UNAVAILABLE, S3_SLOW, S3_RESET -> disturbS3(moment.kind(), random);
            case DISK_FULL -> fillDisk(random);
            case OUT_OF_DEVICE_MEMORY -> exhaustDevice(random);
            case STICKY_CUDA_ERROR -> set(moment.kind(), deviceWork(random), TrapAct.DEVICE_LOST);
            case ENGINE_HANG -> set(moment.kind(), anyWork(random), TrapAct.HANG);
            default -> throw new IllegalArgumentException(moment.toString());
        };
    }

    private String killExecutor(Random random) {
        List<ProcessHandle> executors = bench.cluster().executors();
        if (executors.isEmpty()) {
            return "none runs";
        }
        ProcessHandle one = executors.get(random.nextInt(executors.size()));
        one.destroyForcibly();
        met.merge(FaultKind.EXECUTOR_KILLED, 1, Integer::sum);
        return "process " + one.pid();
    }

    private String loseWorker(Random random) {
        List<Process> workers = bench.cluster().workers();
        long seconds = 1 + random.nextInt(6);
        if (workers.isEmpty()) {
            return "none runs";
        }
        Process worker = workers.get(random.nextInt(workers.size()));
        List<ProcessHandle> executors = worker.children().toList();
        worker.destroyForcibly();
        executors.forEach(ProcessHandle::destroyForcibly);
        mend(bench.cluster()::addWorker, seconds);
        met.merge(FaultKind.WORKER_LOST, 1, Integer::sum);
        return "process " + worker.pid() + " and " + executors.size() + " executors; another in " + seconds + " s";
    }

    private String killDriver(Process driver) {
        if (!driver.isAlive()) {
            return "it has just ended";
        }
        driver.destroyForcibly();
        met.merge(FaultKind.DRIVER_KILLED, 1, Integer::sum);
        return "process " + driver.pid();
    }

    private String disturbS3(FaultKind kind, Random random) {
        Requests requests = Requests.KINDS.get(random.nextInt(Requests.KINDS.size()));
        S3Server s3 = bench.s3();
        int times;
        Fault fault;
        if (kind == FaultKind.S3_UNAVAILABLE) {
            times = 1 + random.nextInt(MOST_503);
            fault = s3.answers503(times);
        } else if (kind == FaultKind.S3_SLOW) {
            times = 1 + random.nextInt(MOST_SLOW);
            fault = s3.delays(times, SLOW);
        } else {
            times = 1 + random.nextInt(MOST_RESETS);
            fault = switch (random.nextInt(3)) {
                case 0 -> s3.resets(times);
                case 1 -> s3.losesAnswers(times);
                default -> s3.cutsAnswersShort(times);
            };
        }
        fault.forKeysLike(requests.key()).on(requests.method());
        pending.put(fault, kind);
        return times + " requests like " + requests.method() + " " + requests.key() + ": " + fault.kind();
    }

    private String fillDisk(Random random) {
        long seconds = 2 + random.nextInt(4);
        return switch (random.nextInt(3)) {
            case 0 -> set(FaultKind.DISK_FULL, Point.MODEL.name(), TrapAct.NO_SPACE);
            case 1 -> {
                String place = set(FaultKind.DISK_FULL, Point.METRICS.name(), TrapAct.LOSE_SCRATCH);
                mend(this::restoreScratch, seconds);
                yield place;
            }
            default -> fillBuffers(seconds);
        };
    }

    private void restoreScratch() {
        Trap trap = bench.trap(FaultKind.DISK_FULL);
        if (TrapAct.lostScratch(trap)) {
            TrapAct.restoreScratch(trap);
        } else if (set.contains(FaultKind.DISK_FULL)) {
            mend(this::restoreScratch, 1);
        }
    }

    /** Where S3's client keeps what it uploads, there is no folder for a while. */
    private String fillBuffers(long seconds) {
        Path aside = bench.buffers().resolveSibling("s3a.aside");
        if (Files.exists(aside)) {
            return "still full";
        }
        try {
            Files.move(bench.buffers(), aside);
            Files.createFile(bench.buffers());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        mend(
                () -> {
                    try {
                        Files.delete(bench.buffers());
                        Files.move(aside, bench.buffers());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                seconds);
        met.merge(FaultKind.DISK_FULL, 1, Integer::sum);
        return "the folder of S3's buffers, for " + seconds + " s";
    }

    /** Only batches of several images: one that does not fit alone fails, as it should. */
    private String exhaustDevice(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> set(FaultKind.OUT_OF_DEVICE_MEMORY, Point.MODEL.name(), TrapAct.OUT_OF_MEMORY);
            case 1 -> set(FaultKind.OUT_OF_DEVICE_MEMORY, TrapEngine.COMPARISON, ", ", TrapAct.OUT_OF_MEMORY);
            default -> set(FaultKind.OUT_OF_DEVICE_MEMORY, Point.EVALUATION.name(), ", ", TrapAct.OUT_OF_MEMORY);
        };
    }

    private static String deviceWork(Random random) {
        return List.of(Point.MODEL.name(), Point.EVALUATION.name(), TrapEngine.COMPARISON)
                .get(random.nextInt(3));
    }

    private static String anyWork(Random random) {
        return Point.values()[random.nextInt(Point.values().length)].name();
    }

    private String set(FaultKind kind, String place, TrapAct act) {
        return set(kind, place, "", act);
    }

    /** Takes the place of the trap of this kind that nothing has met yet. */
    private String set(FaultKind kind, String place, String subject, TrapAct act) {
        count(kind);
        Trap trap = bench.trap(kind);
        trap.set(new Trap.Setting(trap.folder(), place, Pattern.compile(subject), act, 1, List.of(0L), ""));
        set.add(kind);
        return act + " at " + place;
    }

    private void count(FaultKind kind) {
        if (set.remove(kind) && bench.trap(kind).timesSprung() > 0) {
            met.merge(kind, 1, Integer::sum);
        }
    }

    private void mend(Runnable work, long seconds) {
        later.schedule(
                () -> {
                    try {
                        work.run();
                    } catch (RuntimeException e) {
                        failures.add(e);
                    }
                },
                seconds,
                TimeUnit.SECONDS);
    }

    /** No more of them: what has met nothing yet never will. */
    void end() {
        for (FaultKind kind : SoakHook.KINDS) {
            count(kind);
            bench.trap(kind).remove();
        }
        pending.forEach((fault, kind) -> met.merge(kind, fault.hasMet() ? 1 : 0, Integer::sum));
        bench.s3().recovers();
    }

    /** Lines of a table: each kind, how many were thrown, and how many of those met something. */
    List<String> table() {
        List<String> lines = new ArrayList<>(List.of("| fault | thrown | met something |", "|---|---|---|"));
        thrown.forEach((kind, count) ->
                lines.add("| " + kind.label() + " | " + count + " | " + met.getOrDefault(kind, 0) + " |"));
        lines.add("| all | " + sum(thrown) + " | " + sum(met) + " |");
        return lines;
    }

    private static int sum(Map<FaultKind, Integer> counts) {
        return counts.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** What went wrong while something was mended; nothing should. */
    List<Throwable> failures() {
        return List.copyOf(failures);
    }

    @Override
    public void close() {
        later.shutdownNow();
    }
}
