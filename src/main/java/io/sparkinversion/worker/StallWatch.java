package io.sparkinversion.worker;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Ends a process whose work hangs: a device or a file system that no longer answers holds its thread in native code,
 * where nothing can interrupt it, and the run would wait for ever. Work hangs when it is going on and nothing in the
 * whole process has got any further for its limit; so a task that waits for its turn on the device is never taken for
 * one that hangs. Safe for use by several threads.
 */
final class StallWatch {
    /** What a process exits with when its work hangs. */
    static final int EXIT_CODE = 87;

    private static final long CHECKS_A_LIMIT = 20;
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    private final LongSupplier clock;
    private final Consumer<String> end;
    private final Set<Activity> going = ConcurrentHashMap.newKeySet();
    private volatile long latest;

    /**
     * @param clock nanoseconds
     * @param end is given what to report; ends the process
     */
    StallWatch(LongSupplier clock, Consumer<String> end) {
        this.clock = clock;
        this.end = end;
        this.latest = clock.getAsLong();
    }

    /** Work that is going on; compared by identity. */
    static final class Activity {
        private final String what;
        private final Duration limit;
        private final long begun;

        private Activity(String what, Duration limit, long begun) {
            this.what = what;
            this.limit = limit;
            this.begun = begun;
        }
    }

    /** The one that ends this process; looks after it from the first call on. */
    static StallWatch ofProcess() {
        OfProcess.start();
        return OfProcess.WATCH;
    }

    private static final class OfProcess {
        private static final StallWatch WATCH = new StallWatch(System::nanoTime, OfProcess::exit);
        private static final AtomicBoolean STARTED = new AtomicBoolean();

        private static void start() {
            if (STARTED.compareAndSet(false, true)) {
                Thread thread = new Thread(OfProcess::watch, "stall watch");
                thread.setDaemon(true);
                thread.start();
            }
        }

        private static void watch() {
            try {
                while (true) {
                    Thread.sleep(WATCH.pause().toMillis());
                    WATCH.check();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** An orderly end would wait for the thread that hangs. */
        private static void exit(String report) {
            System.err.println(report);
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }

    Activity begin(String what, Duration limit) {
        progress();
        Activity activity = new Activity(what, limit, latest);
        going.add(activity);
        return activity;
    }

    void end(Activity activity) {
        going.remove(activity);
        progress();
    }

    /** Something has got further. */
    void progress() {
        latest = clock.getAsLong();
    }

    private Duration pause() {
        return going.stream()
                .map(activity -> activity.limit.dividedBy(CHECKS_A_LIMIT))
                .reduce(LONGEST_PAUSE, (one, other) -> one.compareTo(other) < 0 ? one : other);
    }

    /** Ends the process if its work hangs. */
    void check() {
        long now = clock.getAsLong();
        long still = now - latest;
        boolean stalled = going.stream().anyMatch(activity -> still > activity.limit.toNanos());
        if (stalled) {
            String activities = going.stream()
                    .map(activity -> activity.what + " (" + seconds(now - activity.begun) + " s)")
                    .sorted()
                    .collect(Collectors.joining("; "));
            end.accept("Nothing has got any further for " + seconds(still) + " s, so this process ends: a run on a"
                    + " cluster goes on with a new executor, a local one with the same command. Under way: "
                    + activities + ". Should this be slow rather than stuck, raise --stall-timeout.");
        }
    }

    private static long seconds(long nanoseconds) {
        return Duration.ofNanos(nanoseconds).toSeconds();
    }
}
