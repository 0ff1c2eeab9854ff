package io.sparkinversion.cluster;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;

/** From when the first task of a run begins to compute images to when the last one has ended. */
final class ComputeSpan extends SparkListener {
    private final Set<Integer> stages = ConcurrentHashMap.newKeySet();
    private long first = Long.MAX_VALUE;
    private long last = Long.MIN_VALUE;

    @Override
    public void onJobStart(SparkListenerJobStart job) {
        String description = job.properties().getProperty("spark.job.description", "");
        if (description.contains(": invert ")) {
            CollectionConverters.asJava(job.stageIds()).forEach(stage -> stages.add((Integer) stage));
        }
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
        if (stages.contains(end.stageId())) {
            first = Math.min(first, end.taskInfo().launchTime());
            last = Math.max(last, end.taskInfo().finishTime());
        }
    }

    synchronized double seconds() {
        return (last - first) / 1e3;
    }
}
