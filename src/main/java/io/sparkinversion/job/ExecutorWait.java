package io.sparkinversion.job;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;

/** Nothing runs on a cluster before its first executor is there, which may take minutes: this says so. */
final class ExecutorWait extends SparkListener {
    private final PrintStream out;
    private final LongSupplier nanoTime;
    private final long began;
    private boolean over;

    /** Says what is waited for. */
    ExecutorWait(String application, PrintStream out, LongSupplier nanoTime) {
        this.out = out;
        this.nanoTime = nanoTime;
        this.began = nanoTime.getAsLong();
        out.println("waiting for executors of " + application + " ...");
    }

    /**
     * Prints nothing where there are executors already, or tasks run in this process.
     *
     * @return to be run when the session is not to be listened to any more
     */
    static Runnable announce(SparkContext spark, PrintStream out) {
        // The driver is one of them.
        if (spark.isLocal() || spark.statusTracker().getExecutorInfos().length > 1) {
            return () -> {};
        }
        ExecutorWait wait = new ExecutorWait(spark.applicationId(), out, System::nanoTime);
        spark.addSparkListener(wait);
        return () -> spark.removeSparkListener(wait);
    }

    @Override
    public synchronized void onExecutorAdded(SparkListenerExecutorAdded added) {
        if (!over && !added.executorId().equals("driver")) {
            over = true;
            out.println(String.format(
                    Locale.ROOT,
                    "first executor on %s after %s",
                    added.executorInfo().executorHost(),
                    Progress.duration((nanoTime.getAsLong() - began) / 1e9)));
        }
    }
}
