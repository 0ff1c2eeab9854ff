package io.sparkinversion.worker;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * The part of the heap that pictures may take while they are decoded, shared by all threads. A picture waits until
 * there is room for it, and one that never fits is known before its decoding begins: an executor that runs out of heap
 * is lost, to some cluster managers even where the error is caught.
 */
final class PictureHeap {
    private static final int UNIT = 1 << 20;

    private final int units;
    private final Semaphore free;

    /** @param bytes at least 1 MiB is taken */
    PictureHeap(long bytes) {
        this.units = (int) Math.max(1, Math.min(bytes / UNIT, Integer.MAX_VALUE));
        this.free = new Semaphore(units, true);
    }

    /** Half of the heap. */
    static PictureHeap ofProcess() {
        return new PictureHeap(heapBytes() / 2);
    }

    /**
     * What {@code -Xmx} says, or what the JVM has taken in its place. {@link Runtime#maxMemory()} is less by a survivor
     * space where the collector has some, as on a machine with one core: the same picture in the same
     * {@code spark.executor.memory} would be taken by one executor and refused by another.
     */
    static long heapBytes() {
        HotSpotDiagnosticMXBean hotSpot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return hotSpot == null
                ? Runtime.getRuntime().maxMemory()
                : Long.parseLong(hotSpot.getVMOption("MaxHeapSize").getValue());
    }

    boolean holds(long bytes) {
        return bytes / UNIT < units;
    }

    /** Mebibytes of all pictures together. */
    int mebibytes() {
        return units;
    }

    /**
     * Runs the work once there is room for it. The work must not ask for more itself.
     *
     * @param bytes that it takes; {@link #holds} has said yes
     */
    <T> T with(long bytes, Supplier<T> work) {
        int needed = (int) (bytes / UNIT + 1);
        free.acquireUninterruptibly(needed);
        try {
            return work.get();
        } finally {
            free.release(needed);
        }
    }
}
