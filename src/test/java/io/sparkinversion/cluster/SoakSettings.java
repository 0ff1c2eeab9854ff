package io.sparkinversion.cluster;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * What a soak is told.
 *
 * @param seed of the schedule: equal seeds have equal faults at equal moments, though not equal runs
 * @param minutes in which all faults are thrown
 * @param images of the run
 * @param faults that are thrown
 */
record SoakSettings(long seed, int minutes, int images, int faults) {
    static final int EXECUTORS = 2;
    static final int BATCH_SIZE = 4;
    static final int STEPS = 2;

    /** Of the UNet, for each image: there and back. */
    static final int PASSES = 2 * STEPS;

    /** The share of the time that a run without faults would compute: with them, the run outlasts the time. */
    private static final double BUSY = 0.25;

    /** Before the first fault: a run takes so long to begin anything. */
    private static final Duration QUIET = Duration.ofSeconds(20);

    /** What can come over a run that must not fail an image: all but files that are not what they were. */
    static final List<FaultKind> KINDS = List.of(
            FaultKind.EXECUTOR_KILLED,
            FaultKind.DRIVER_KILLED,
            FaultKind.WORKER_LOST,
            FaultKind.S3_UNAVAILABLE,
            FaultKind.S3_SLOW,
            FaultKind.S3_RESET,
            FaultKind.DISK_FULL,
            FaultKind.OUT_OF_DEVICE_MEMORY,
            FaultKind.STICKY_CUDA_ERROR,
            FaultKind.ENGINE_HANG);

    /** Of the properties {@code soak.seed}, {@code soak.minutes}, {@code soak.images} and {@code soak.faults}. */
    static SoakSettings ofProperties() {
        return new SoakSettings(
                Long.getLong("soak.seed", 1),
                Integer.getInteger("soak.minutes", 30),
                Integer.getInteger("soak.images", 2000),
                Integer.getInteger("soak.faults", 200));
    }

    /**
     * A fault to be thrown.
     *
     * @param at since the start
     * @param seed of all that is left to chance beside its kind
     */
    record Moment(Duration at, FaultKind kind, long seed) {}

    /** All faults, the earliest first. */
    List<Moment> schedule() {
        Random random = new Random(seed);
        long span = Duration.ofMinutes(minutes).minus(QUIET).toMillis();
        return IntStream.range(0, faults)
                .mapToObj(i -> new Moment(
                        QUIET.plusMillis(random.nextLong(span)),
                        KINDS.get(random.nextInt(KINDS.size())),
                        random.nextLong()))
                .sorted(Comparator.comparing(Moment::at))
                .toList();
    }

    /** How long an evaluation of the UNet takes. */
    Duration evaluation() {
        double batches = (double) images / BATCH_SIZE / EXECUTORS;
        return Duration.ofMillis(Math.round(BUSY * Duration.ofMinutes(minutes).toMillis() / (batches * PASSES)));
    }

    /** Evaluations of the UNet, of one image each, of a run without faults. */
    long cleanWork() {
        return (long) images * PASSES;
    }
}
