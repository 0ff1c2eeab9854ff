package io.sparkinversion.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;

/** What this thread has told Spark of its jobs, which a run changes. */
final class LocalProperties {
    private static final List<String> NAMES =
            List.of("spark.job.description", "callSite.short", "callSite.long", "spark.scheduler.pool");

    private LocalProperties() {}

    /** Runs something and puts this thread's properties back, however it ends. */
    static <T> T restoredAfter(SparkContext spark, Supplier<T> run) {
        Map<String, String> before = new HashMap<>();
        NAMES.forEach(name -> before.put(name, spark.getLocalProperty(name)));
        try {
            return run.get();
        } finally {
            if (!spark.isStopped()) {
                before.forEach(spark::setLocalProperty);
            }
        }
    }
}
