package io.sparkinversion.worker;

import ai.djl.Device;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.FakeModel;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.engine.DeviceChoice;
import io.sparkinversion.engine.DeviceChoice.Surroundings;
import io.sparkinversion.engine.DiffusionEngine;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.EngineException;
import io.sparkinversion.metrics.ClipSimilarity;
import io.sparkinversion.metrics.Lpips;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.weights.ModelFolder;
import io.sparkinversion.weights.RemoteFile;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.worker.WorkerHook.Point;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.util.TaskCompletionListener;

/**
 * The worker's side of a wave: the one place that knows that it runs inside a Spark task.
 *
 * @param stallTimeout how long nothing may get any further before the process is taken to hang and ends
 * @param hook for tests
 */
public record InversionWorker(WorkerSettings settings, Duration stallTimeout, WorkerHook hook)
        implements WaveProcessor {
    private static final long serialVersionUID = 1L;

    /** As runs are shipped. */
    public InversionWorker(WorkerSettings settings, Duration stallTimeout) {
        this(settings, stallTimeout, WorkerHook.NONE);
    }

    @Override
    public Iterator<ImageOutcome> process(Iterator<WorkItem> items, WorkerMonitor monitor) {
        TaskContext task = TaskContext.get();
        SparkEnv spark = SparkEnv.get();
        boolean local = spark.executorId().equals("driver");
        Device device = DeviceChoice.choose(settings.device(), surroundings(task, local));
        OutcomeMaker outcome = new OutcomeMaker(
                spark.executorId(), spark.blockManager().blockManagerId().host(), DiffusionEngine.name(device));
        String place = outcome.executor() + "/" + outcome.device();
        // Executors learn spark.hadoop.* from the driver's settings, not from their system properties.
        Configuration hadoop = SparkHadoopUtil.get().newConfiguration(spark.conf());
        Checkpoints checkpoints = new Checkpoints(hook, StallWatch.ofProcess(), stallTimeout);
        BatchPipeline pipeline = new BatchPipeline(
                items,
                new ImageLoader(new ImageFiles(hadoop), settings, EngineRegistry.pictureHeap(), checkpoints),
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
        TaskCompletionListener cancel = context -> pipeline.close();
        task.addTaskCompletionListener(cancel);
        return local ? pipeline : new ExecutorGuard(pipeline, Runtime.getRuntime()::halt);
    }

    private BatchWork work(OutcomeMaker outcome) {
        return settings.edit() == null
                ? new InversionWork(settings.recipe(), outcome)
                : new EditingWork(settings.recipe(), settings.edit(), new InversionKeys(settings), outcome);
    }

    private Surroundings surroundings(TaskContext task, boolean local) {
        ResourceInformation gpu = task.resourcesJMap().get("gpu");
        String assigned = gpu == null || gpu.addresses().length == 0 ? null : gpu.addresses()[0];
        int gpuCount = hook.gpuCount();
        return new Surroundings(assigned, local, task.partitionId(), gpuCount);
    }

    private Engine load(WorkerSettings wanted, Device device, Checkpoints checkpoints, Configuration hadoop) {
        checkpoints.reached(Point.MODEL, DiffusionEngine.name(device));
        return hook.load(wanted, device, (settings, on) -> shipped(settings, on, checkpoints, hadoop));
    }

    private Engine shipped(WorkerSettings wanted, Device device, Checkpoints checkpoints, Configuration hadoop) {
        try {
            StableDiffusion model = StableDiffusion.load(
                    components(wanted.model(), hadoop),
                    hook.platform(device),
                    ScalarType.valueOf(wanted.precision().name()),
                    wanted.batchSize());
            try {
                DiffusionEngine engine =
                        new DiffusionEngine(model, lpips(wanted, model, hadoop), clip(wanted, model, hadoop));
                String place = DiffusionEngine.name(device);
                model.onEvaluation(() -> checkpoints.reached(Point.EVALUATION, place));
                engine.prepare(wanted.recipe());
                if (wanted.warmUp() > 0) {
                    engine.warmUp(wanted.recipe().withSteps(wanted.warmUp()), wanted.resolution());
                }
                return engine;
            } catch (RuntimeException | Error e) {
                model.close();
                throw e;
            }
        } catch (ai.djl.engine.EngineException e) {
            throw EngineException.of(e);
        } catch (IllegalStateException e) {
            throw e.getCause() instanceof ai.djl.engine.EngineException cause ? EngineException.of(cause) : e;
        }
    }

    private static ModelComponents components(String model, Configuration hadoop) {
        return model.startsWith(FakeModel.PREFIX)
                ? new FakeModel(model.substring(FakeModel.PREFIX.length()))
                : new DiffusersFolder(ModelFolder.ofUser(hadoop).resolve(model));
    }

    private static Lpips lpips(WorkerSettings wanted, StableDiffusion model, Configuration hadoop) {
        if (wanted.lpipsWeights() == null) {
            return null;
        }
        Path file = RemoteFile.local(wanted.lpipsWeights(), hadoop);
        try (WeightSource weights = WeightFiles.openCheckpoint(file)) {
            return Lpips.load(
                    file.getFileName().toString(), weights, model.newScope(), model.platform(), wanted.batchSize());
        }
    }

    private static ClipSimilarity clip(WorkerSettings wanted, StableDiffusion model, Configuration hadoop) {
        String folder = wanted.edit() == null ? null : wanted.edit().clipModel();
        return folder == null
                ? null
                : ClipSimilarity.load(
                        ModelFolder.ofUser(hadoop).resolve(folder),
                        model.newScope(),
                        model.platform(),
                        wanted.batchSize());
    }
}
