package io.sparkinversion.job;

import io.sparkinversion.output.Json;
import io.sparkinversion.platform.PlatformReport;
import io.sparkinversion.worker.ImageOutcome;
import io.sparkinversion.worker.TimedStage;
import io.sparkinversion.worker.WorkerMonitor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.util.DoubleAccumulator;
import org.apache.spark.util.LongAccumulator;

/**
 * Counts what workers do in Spark accumulators, which Spark's pages show by name. Counts of tasks that failed are
 * dropped by Spark; tasks that had to be repeated count twice.
 */
final class SparkMonitor implements WorkerMonitor {
    private static final long serialVersionUID = 1L;

    /** Names of the accumulators. */
    static final String IMAGES = "images done";

    static final String FAILED = "images failed";

    /** Of images that are done. */
    static final String EVALUATIONS = "UNet evaluations";

    /** Of all images, begun. */
    static final String BEGUN = "UNet evaluations begun";

    private final LongAccumulator images;
    private final LongAccumulator failed;
    private final LongAccumulator evaluations;
    private final LongAccumulator begun;
    private final Map<TimedStage, DoubleAccumulator> seconds = new EnumMap<>(TimedStage.class);
    private final CountByName failures = new CountByName();
    private final CountByName modelLoads = new CountByName();
    private final CountByName platforms = new CountByName();

    SparkMonitor(SparkContext spark) {
        images = spark.longAccumulator(IMAGES);
        failed = spark.longAccumulator(FAILED);
        evaluations = spark.longAccumulator(EVALUATIONS);
        begun = spark.longAccumulator(BEGUN);
        for (TimedStage stage : TimedStage.values()) {
            seconds.put(stage, spark.doubleAccumulator("seconds of " + stage.label()));
        }
        spark.register(failures, "failures by code");
        spark.register(modelLoads, "model loads by place");
        spark.register(platforms, "tasks by platform");
    }

    @Override
    public synchronized void modelLoaded(String place) {
        modelLoads.add(place);
    }

    @Override
    public synchronized void computesOn(PlatformReport platform) {
        if (platform != null) {
            platforms.add(Json.write(platform));
        }
    }

    @Override
    public synchronized void evaluating(int batch) {
        begun.add((long) batch);
        LiveCounts.evaluating(runId(), batch);
    }

    @Override
    public synchronized void imageDone(ImageOutcome outcome) {
        images.add(1L);
        if (outcome.failed()) {
            failed.add(1L);
            failures.add(outcome.failure().code().name());
        }
        evaluations.add(outcome.evaluations());
        outcome.seconds().forEach((stage, spent) -> seconds.get(stage).add(spent));
        LiveCounts.imageDone(runId(), outcome);
    }

    /** Spark's id of an accumulator of this run, which the copies in its tasks share and no other run of the driver. */
    long runId() {
        return images.id();
    }

    /** Images of finished tasks. */
    long images() {
        return images.value();
    }

    /** Failed images of finished tasks. */
    long failed() {
        return failed.value();
    }

    /** UNet evaluations (batch elements) of finished tasks. */
    long evaluations() {
        return evaluations.value();
    }

    /** Evaluations that finished tasks have begun. */
    long begun() {
        return begun.value();
    }

    /** What computed finished tasks. */
    List<PlatformReport> platforms() {
        return platforms.value().keySet().stream().map(SparkMonitor::platform).toList();
    }

    private static PlatformReport platform(String json) {
        try {
            return Json.read(json, PlatformReport.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How often a model was loaded, by executor and device. */
    Map<String, Long> modelLoads() {
        return modelLoads.value();
    }
}
