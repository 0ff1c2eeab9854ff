package io.sparkinversion.cluster;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    private static final Map<FaultCell, String> EXCLUDED = excluded();

    private final FaultBench bench;

    FaultCells(FaultBench bench) {
        this.bench = bench;
    }

    private static Map<FaultCell, String> excluded() {
        Map<FaultCell, String> cells = new LinkedHashMap<>();
        for (FaultKind s3 : List.of(FaultKind.S3_UNAVAILABLE, FaultKind.S3_SLOW, FaultKind.S3_RESET)) {
            cells.put(new FaultCell(s3, FaultPoint.DECODE), "an image is decoded when all of its bytes have come");
            cells.put(new FaultCell(s3, FaultPoint.MID_STEP), "nothing is read or written in a step");
            cells.put(new FaultCell(s3, FaultPoint.METRICS), "nothing is read or written to measure an image");
        }
        cells.put(new FaultCell(FaultKind.DISK_FULL, FaultPoint.DECODE), "nothing is written to decode an image");
        cells.put(new FaultCell(FaultKind.DISK_FULL, FaultPoint.MID_STEP), "nothing is written in a step");
        for (FaultKind device : List.of(FaultKind.OUT_OF_DEVICE_MEMORY, FaultKind.STICKY_CUDA_ERROR)) {
            cells.put(new FaultCell(device, FaultPoint.DECODE), "images are decoded without the device");
            cells.put(new FaultCell(device, FaultPoint.TASK_COMMIT), "the device has no part in it");
            cells.put(new FaultCell(device, FaultPoint.WAVE_COMMIT), "the device has no part in it");
        }
        cells.put(new FaultCell(FaultKind.CORRUPT_IMAGE, FaultPoint.TASK_COMMIT), "it is a row as any other by then");
        cells.put(new FaultCell(FaultKind.CORRUPT_IMAGE, FaultPoint.WAVE_COMMIT), "it is a row as any other by then");
        cells.put(new FaultCell(FaultKind.CORRUPT_MODEL, FaultPoint.DECODE), "images are decoded without the model");
        cells.put(new FaultCell(FaultKind.CORRUPT_MODEL, FaultPoint.METRICS), "LPIPS's file is read with the model's");
        cells.put(new FaultCell(FaultKind.CORRUPT_MODEL, FaultPoint.TASK_COMMIT), "the model has no part in it");
        cells.put(new FaultCell(FaultKind.CORRUPT_MODEL, FaultPoint.WAVE_COMMIT), "the model has no part in it");
        for (FaultPoint commit : List.of(FaultPoint.TASK_COMMIT, FaultPoint.WAVE_COMMIT)) {
            cells.put(
                    new FaultCell(FaultKind.ENGINE_HANG, commit),
                    "the engine has no part in it; of storage that hangs its client's timeouts know, as in S3 slow");
        }
        return cells;
    }

    /** Cells that cannot be, and why. */
    static Map<FaultCell, String> withoutSense() {
        return EXCLUDED;
    }

    /** Those that run with all tests. */
    static Stream<FaultCell> fast() {
        return FAST.stream();
    }

    /** All others. */
    static Stream<FaultCell> others() {
        return Arrays.stream(FaultKind.values())
                .flatMap(kind -> Arrays.stream(FaultPoint.values()).map(point -> new FaultCell(kind, point)))
                .filter(cell -> !FAST.contains(cell) && !EXCLUDED.containsKey(cell));
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
