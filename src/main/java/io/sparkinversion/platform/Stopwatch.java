package io.sparkinversion.platform;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** Of the thread that starts it: how long something takes, and how much of that a device works. */
public final class Stopwatch {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final String CPU = "cpu";
    private static final double NANOSECONDS = 1e9;

    private final boolean byProcessor;
    private final long started = System.nanoTime();
    private final long processor;

    private Stopwatch(boolean byProcessor) {
        this.byProcessor = byProcessor;
        this.processor = byProcessor ? THREADS.getCurrentThreadCpuTime() : 0;
    }

    /** @param device that works for the calling thread: {@code cpu} or {@code gpu:N} */
    public static Stopwatch start(String device) {
        return new Stopwatch(device.equals(CPU) && THREADS.isCurrentThreadCpuTimeSupported());
    }

    /** Nanoseconds. */
    long elapsed() {
        return System.nanoTime() - started;
    }

    /** Processor time of the thread on a CPU; on a GPU, which no other process is taken to use, all that passed. */
    public double deviceSeconds() {
        return (byProcessor ? THREADS.getCurrentThreadCpuTime() - processor : elapsed()) / NANOSECONDS;
    }

    /** Of the time that passed the part in which the device worked, from 0 to 1; 1 on a GPU. */
    public double deviceShare() {
        return byProcessor ? Math.min(1, deviceSeconds() * NANOSECONDS / Math.max(1, elapsed())) : 1;
    }
}
