package io.sparkinversion.cluster;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The cells of the fault matrix: which there are, which of them run in a hurry, and who runs each. */
final class FaultCells {
    /** A cell for each way of coming through. */
    private static final List<FaultCell> FAST = List.of(
            new FaultCell(FaultKind.EXECUTOR_KILLED, FaultPoint.MID_STEP),
            new FaultCell(FaultKind.DRIVER_KILLED, FaultPoint.WAVE_COMMIT),
            new FaultCell(FaultKind.S3_UNAVAILABLE, FaultPoint.TASK_COMMIT),
            new FaultCell(FaultKind.DISK_FULL, FaultPoint.TASK_COMMIT),
            new FaultCell(FaultKind.OUT_OF_DEVICE_MEMORY, FaultPoint.MID_STEP),
            new FaultCell(FaultKind.STICKY_CUDA_ERROR, FaultPoint.MID_STEP),
            new FaultCell(FaultKind.CORRUPT_IMAGE, FaultPoint.DECODE),
            new FaultCell(FaultKind.ENGINE_HANG, FaultPoint.MID_STEP));

    private static final List<Exclusion> EXCLUSIONS = List.of(
            new Exclusion(
                    EnumSet.of(FaultKind.S3_UNAVAILABLE, FaultKind.S3_SLOW, FaultKind.S3_RESET),
                    EnumSet.of(FaultPoint.DECODE),
                    "an image is decoded when all of its bytes have come"),
            new Exclusion(
                    EnumSet.of(FaultKind.S3_UNAVAILABLE, FaultKind.S3_SLOW, FaultKind.S3_RESET),
                    EnumSet.of(FaultPoint.MID_STEP, FaultPoint.METRICS),
                    "nothing is read or written to evaluate the UNet or to measure an image"),
            new Exclusion(
                    EnumSet.of(FaultKind.DISK_FULL),
                    EnumSet.of(FaultPoint.DECODE, FaultPoint.MID_STEP),
                    "nothing is written to decode an image or to evaluate the UNet"),
            new Exclusion(
                    EnumSet.of(FaultKind.OUT_OF_DEVICE_MEMORY, FaultKind.STICKY_CUDA_ERROR),
                    EnumSet.of(FaultPoint.DECODE, FaultPoint.TASK_COMMIT, FaultPoint.WAVE_COMMIT),
                    "the device has no part in it"),
            new Exclusion(
                    EnumSet.of(FaultKind.CORRUPT_IMAGE),
                    EnumSet.of(FaultPoint.TASK_COMMIT, FaultPoint.WAVE_COMMIT),
                    "the image is a row like others by then"),
            new Exclusion(
                    EnumSet.of(FaultKind.CORRUPT_MODEL),
                    EnumSet.of(FaultPoint.DECODE, FaultPoint.TASK_COMMIT, FaultPoint.WAVE_COMMIT),
                    "the model has no part in it"),
            new Exclusion(
                    EnumSet.of(FaultKind.CORRUPT_MODEL),
                    EnumSet.of(FaultPoint.METRICS),
                    "the weights of LPIPS are read with the model's: load"),
            new Exclusion(
                    EnumSet.of(FaultKind.ENGINE_HANG),
                    EnumSet.of(FaultPoint.TASK_COMMIT, FaultPoint.WAVE_COMMIT),
                    "the engine has no part in it; storage that hangs meets its client's timeouts, as where S3 is slow"));

    /** The system property that narrows the cells to those whose name, such as {@code disk full x load}, matches. */
    private static final String ONLY = "fault.cells";

    private final FaultBench bench;

    FaultCells(FaultBench bench) {
        this.bench = bench;
    }

    /** Cells that cannot be, and why: each of the kinds at each of the points. */
    record Exclusion(Set<FaultKind> kinds, Set<FaultPoint> points, String reason) {
        boolean holds(FaultCell cell) {
            return kinds.contains(cell.kind()) && points.contains(cell.point());
        }

        @Override
        public String toString() {
            return kinds.stream().map(FaultKind::label).collect(Collectors.joining(", ")) + " x "
                    + points.stream().map(FaultPoint::label).collect(Collectors.joining(", ")) + ": " + reason;
        }
    }

    static List<Exclusion> exclusions() {
        return EXCLUSIONS;
    }

    /** Those that run with all tests. */
    static Stream<FaultCell> fast() {
        return FAST.stream().filter(FaultCells::wanted);
    }

    /** All others. */
    static Stream<FaultCell> others() {
        return Arrays.stream(FaultKind.values())
                .flatMap(kind -> Arrays.stream(FaultPoint.values()).map(point -> new FaultCell(kind, point)))
                .filter(FaultCells::wanted)
                .filter(cell -> !FAST.contains(cell))
                .filter(cell -> EXCLUSIONS.stream().noneMatch(exclusion -> exclusion.holds(cell)));
    }

    private static boolean wanted(FaultCell cell) {
        return cell.toString().matches(System.getProperty(ONLY, ".*"));
    }

    /** Runs it; returns how the run came to its end, in a word or two. */
    String run(FaultCell cell) {
        bench.exits().clear();
        bench.trap().remove();
        bench.s3().recovers();
        return switch (cell.kind()) {
            case EXECUTOR_KILLED, DRIVER_KILLED, WORKER_LOST -> new ProcessFaults(bench).run(cell);
            case S3_UNAVAILABLE, S3_SLOW, S3_RESET -> new S3Faults(bench).run(cell);
            case DISK_FULL -> new DiskFaults(bench).run(cell);
            case OUT_OF_DEVICE_MEMORY, STICKY_CUDA_ERROR, ENGINE_HANG -> new EngineFaults(bench).run(cell);
            case CORRUPT_IMAGE, CORRUPT_MODEL -> new FileFaults(bench).run(cell);
        };
    }
}
