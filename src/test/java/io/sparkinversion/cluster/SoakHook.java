package io.sparkinversion.cluster;

import ai.djl.Device;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.worker.EngineRegistry.Loader;
import io.sparkinversion.worker.WorkerHook;
import io.sparkinversion.worker.WorkerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * A soak's traps in its executors, one for each kind of fault; and engines that note what they compute, also what is
 * lost afterwards.
 *
 * @param traps the folder of theirs
 * @param work the folder of the notes, a file for each process
 * @param gpuCount of each host; made out of nothing
 * @param evaluation how long one of the UNet takes
 */
record SoakHook(String traps, String work, int gpuCount, Duration evaluation) implements WorkerHook {
    private static final long serialVersionUID = 1L;

    /** What waits for work. */
    static final List<FaultKind> KINDS = List.of(
            FaultKind.DISK_FULL, FaultKind.OUT_OF_DEVICE_MEMORY, FaultKind.STICKY_CUDA_ERROR, FaultKind.ENGINE_HANG);

    @Override
    public void reached(Point point, String subject) {
        TrapHook.reached(all(), point.name(), subject);
    }

    private List<Trap> all() {
        return KINDS.stream().map(kind -> trap(Path.of(traps), kind)).toList();
    }

    /** The trap of a kind of fault. */
    static Trap trap(Path folder, FaultKind kind) {
        return new Trap(folder.resolve(kind.name()));
    }

    @Override
    public Engine load(WorkerSettings settings, Device device, Loader shipped) {
        return new TrapEngine("gpu:" + device.getDeviceId(), all(), evaluation, this::note);
    }

    private void note(int images) {
        try {
            Path file = Path.of(work, Long.toString(ProcessHandle.current().pid()));
            Files.writeString(file, images + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All that was begun, by all processes: evaluations of the UNet, of one image each. */
    static long workDone(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            long sum = 0;
            for (Path file : files.toList()) {
                for (String line : Files.readAllLines(file)) {
                    sum += Long.parseLong(line);
                }
            }
            return sum;
        }
    }
}
