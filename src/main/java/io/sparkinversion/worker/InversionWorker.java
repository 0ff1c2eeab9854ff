package io.sparkinversion.worker;

import ai.djl.Device;
import io.sparkinversion.engine.DeviceChoice;
import io.sparkinversion.engine.DeviceChoice.Surroundings;
import io.sparkinversion.engine.DiffusionEngine;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.image.Size;
import io.sparkinversion.worker.WorkerHook.Point;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CancellationException;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;

/**
 * The worker's side of a wave: the one place that knows that it runs inside a Spark task.
 *
 * @param stallTimeout how long nothing may get any further before the process is taken to hang and ends
 * @param hook for tests
 * @param fileSystems Hadoop's settings; null for those that the executor has
 */
public record InversionWorker(
        WorkerSettings settings,
        Duration stallTimeout,
        WorkerHook hook,
        Broadcast<SerializableConfiguration> fileSystems)
        implements WaveProcessor {
    private static final long serialVersionUID = 1L;

    /** As runs are shipped. */
    public InversionWorker(WorkerSettings settings, Duration stallTimeout) {
        this(settings, stallTimeout, WorkerHook.NONE);
    }

    public InversionWorker(WorkerSettings settings, Duration stallTimeout, WorkerHook hook) {
        this(settings, stallTimeout, hook, null);
    }

    @Override
    public InversionWorker with(Broadcast<SerializableConfiguration> session) {
        return new InversionWorker(settings, stallTimeout, hook, session);
    }

    @Override
    public boolean hasShapes() {
        return settings.sizing().mode().hasShapes();
    }

    @Override
    public String shape(WorkItem item) {
        Checkpoints unwatched = new Checkpoints(WorkerHook.NONE, StallWatch.ofProcess(), stallTimeout);
        Size shape = new ImageLoader(new ImageFiles(hadoop()), settings, EngineRegistry.pictureHeap(), unwatched)
                .shape(item);
        return shape == null ? null : shape.toString();
    }

    /** Executors learn spark.hadoop.* from the driver's settings, not from their system properties. */
    private Configuration hadoop() {
        return fileSystems == null
                ? SparkHadoopUtil.get().newConfiguration(SparkEnv.get().conf())
                : fileSystems.value().value();
    }

    @Override
    public Iterator<ImageOutcome> process(Iterator<WorkItem> items, WorkerMonitor monitor) {
        TaskContext task = TaskContext.get();
        SparkEnv spark = SparkEnv.get();
        boolean local = spark.executorId().equals("driver");
        if (!local) {
            LocalFolders.watch(spark);
        }
        Device device = DeviceChoice.choose(settings.device(), surroundings(task, local));
        Configuration hadoop = hadoop();
        Checkpoints checkpoints = new Checkpoints(hook, StallWatch.ofProcess(), stallTimeout);
        ImageLoader loader =
                new ImageLoader(new ImageFiles(hadoop), settings, EngineRegistry.pictureHeap(), checkpoints);
        OutcomeMaker outcome = new OutcomeMaker(
                spark.executorId(),
                spark.blockManager().blockManagerId().host(),
                DiffusionEngine.name(device),
                settings.restoresSize() ? new SourceSizes(loader, settings.resize()) : Restorer.NONE);
        String place = outcome.executor() + "/" + outcome.device();
        BatchPipeline pipeline = new BatchPipeline(
                items,
                loader,
                () -> {
                    Engine engine = EngineRegistry.engine(
                            settings,
                            device,
                            (wanted, on) -> load(wanted, on, checkpoints, hadoop),
                            () -> monitor.modelLoaded(place));
                    engine.prepare(settings.recipe());
                    monitor.computesOn(engine.platform());
                    return engine;
                },
                work(outcome),
                EngineRegistry.batchLimit(settings, device),
                EngineRegistry.imageThreads(),
                monitor,
                checkpoints);
        if (settings.timesAlone()) {
            pipeline.timeAlone();
        }
        TaskCompletionListener cancel = context -> pipeline.close();
        task.addTaskCompletionListener(cancel);
        return local ? pipeline : new ExecutorGuard(pipeline, Runtime.getRuntime()::halt);
    }

    private BatchWork work(OutcomeMaker outcome) {
        return settings.edit() == null
                ? new InversionWork(settings.recipe(), ToldSizes.of(settings), outcome)
                : new EditingWork(
                        settings.recipe(),
                        settings.edit(),
                        new InversionKeys(settings),
                        ToldSizes.of(settings),
                        outcome);
    }

    private Surroundings surroundings(TaskContext task, boolean local) {
        ResourceInformation gpu = task.resourcesJMap().get("gpu");
        String assigned = gpu == null || gpu.addresses().length == 0 ? null : gpu.addresses()[0];
        int gpuCount = hook.gpuCount();
        return new Surroundings(assigned, local, task.partitionId(), gpuCount);
    }

    private Engine load(WorkerSettings wanted, Device device, Checkpoints checkpoints, Configuration hadoop) {
        checkpoints.reached(Point.MODEL, DiffusionEngine.name(device));
        return hook.load(
                wanted,
                device,
                (settings, on) -> EngineLoader.load(settings, hook.platform(on), hadoop, images -> {
                    // A task that Spark has killed need not compute to the batch's end.
                    if (Thread.currentThread().isInterrupted()) {
                        throw new CancellationException("the task was cancelled");
                    }
                    checkpoints.reached(Point.EVALUATION, DiffusionEngine.name(on));
                    Evaluations.begin(images);
                }));
    }
}
