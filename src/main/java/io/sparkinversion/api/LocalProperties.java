package io.sparkinversion.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkContext;

/** What this thread has told Spark of its jobs: a run changes it, and it is as it was when this is closed. */
final class LocalProperties implements AutoCloseable {
    private static final List<String> NAMES =
            List.of("spark.job.description", "callSite.short", "callSite.long", "spark.scheduler.pool");

    private final SparkContext spark;
    private final Map<String, String> before = new HashMap<>();

    LocalProperties(SparkContext spark) {
        this.spark = spark;
        NAMES.forEach(name -> before.put(name, spark.getLocalProperty(name)));
    }

    @Override
    public void close() {
        if (!spark.isStopped()) {
            before.forEach(spark::setLocalProperty);
        }
    }
}
