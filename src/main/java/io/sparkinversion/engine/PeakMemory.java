package io.sparkinversion.engine;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Watches the memory of a device, looking every {@value #PERIOD_MILLISECONDS} ms: on a GPU what all its processes hold,
 * on the CPU what this process holds resident. Work that runs side by side is seen together.
 */
final class PeakMemory implements AutoCloseable {
    private static final long PERIOD_MILLISECONDS = 20;
    private static final Path PROCESS = Path.of("/proc/self/status");
    private static final String RESIDENT = "VmRSS:";
    private static final long BYTES_A_KIB = 1024;

    private final LongSupplier memory;
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService timer;

    private PeakMemory(LongSupplier memory) {
        this.memory = memory;
        this.timer = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread thread = new Thread(runnable, "memory");
            thread.setDaemon(true);
            return thread;
        });
        timer.scheduleWithFixedDelay(this::look, PERIOD_MILLISECONDS, PERIOD_MILLISECONDS, TimeUnit.MILLISECONDS);
    }

    static PeakMemory of(Device device) {
        return new PeakMemory(device.isGpu() ? () -> onGpu(device) : PeakMemory::resident);
    }

    /** @param memory answers bytes in use, 0 where they are not known */
    static PeakMemory of(LongSupplier memory) {
        return new PeakMemory(memory);
    }

    private void look() {
        if (!watches.isEmpty()) {
            long bytes = memory.getAsLong();
            watches.forEach(watch -> watch.saw(bytes));
        }
    }

    /** Watches from now on. */
    Watch watch() {
        Watch watch = new Watch();
        watches.add(watch);
        return watch;
    }

    /** One stretch of time, which ends when it is closed. */
    final class Watch implements AutoCloseable {
        private final AtomicLong most = new AtomicLong(memory.getAsLong());

        private void saw(long bytes) {
            most.accumulateAndGet(bytes, Math::max);
        }

        /** The most bytes that were in use so far, 0 where they are not known. */
        long most() {
            saw(memory.getAsLong());
            return most.get();
        }

        @Override
        public void close() {
            watches.remove(this);
        }
    }

    private static long resident() {
        try {
            for (String line : Files.readAllLines(PROCESS)) {
                if (line.startsWith(RESIDENT)) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) * BYTES_A_KIB;
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Another operating system: not known.
        }
        return 0;
    }

    private static long onGpu(Device device) {
        try {
            return CudaUtils.getGpuMemory(device).getCommitted();
        } catch (RuntimeException | LinkageError e) {
            // A CUDA runtime that DJL does not find: not known.
            return 0;
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
