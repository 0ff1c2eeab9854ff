package io.sparkinversion.worker;

import ai.djl.Device;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.FakeModel;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.metrics.Lpips;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.weights.ModelFolder;
import io.sparkinversion.weights.RemoteFile;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.worker.BatchPipeline.Identity;
import io.sparkinversion.worker.DeviceChoice.Surroundings;
import io.sparkinversion.worker.EngineException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.resource.ResourceInformation;
import org.apache.spark.util.TaskCompletionListener;

/** The worker's side of a wave: the one place that knows that it runs inside a Spark task. */
public record InversionWorker(WorkerSettings settings) implements WaveProcessor {
    private static final long serialVersionUID = 1L;

    /** What an executor exits with when its device context is lost, so that Spark replaces it. */
    public static final int DEVICE_LOST_EXIT_CODE = 86;

    @Override
    public Iterator<ImageOutcome> process(Iterator<WorkItem> items, WorkerMonitor monitor) {
        TaskContext task = TaskContext.get();
        SparkEnv spark = SparkEnv.get();
        boolean local = spark.executorId().equals("driver");
        Device device = DeviceChoice.choose(settings.device(), surroundings(task, local));
        Identity identity = new Identity(
                spark.executorId(), spark.blockManager().blockManagerId().host(), DiffusionEngine.name(device));
        String place = identity.executor() + "/" + identity.device();
        BatchPipeline pipeline = new BatchPipeline(
                items,
                new ImageLoader(InversionWorker::open, settings),
                () -> EngineRegistry.engine(
                        settings, device, InversionWorker::load, () -> monitor.modelLoaded(place)),
                identity,
                settings.batchSize(),
                EngineRegistry.imageThreads(),
                monitor);
        TaskCompletionListener cancel = context -> pipeline.close();
        task.addTaskCompletionListener(cancel);
        return local ? pipeline : new ExecutorGuard(pipeline);
    }

    private static Surroundings surroundings(TaskContext task, boolean local) {
        ResourceInformation gpu = task.resourcesJMap().get("gpu");
        String assigned = gpu == null || gpu.addresses().length == 0 ? null : gpu.addresses()[0];
        int gpuCount = TorchRuntime.gpuCount();
        return new Surroundings(assigned, local, task.partitionId(), gpuCount);
    }

    private static InputStream open(String address) throws IOException {
        if (!address.contains(":/")) {
            return Files.newInputStream(Path.of(address));
        }
        var path = new org.apache.hadoop.fs.Path(address);
        return path.getFileSystem(hadoop()).open(path);
    }

    private static Configuration hadoop() {
        return SparkHadoopUtil.get().conf();
    }

    private static Engine load(WorkerSettings settings, Device device) {
        ModelComponents components = settings.model().startsWith(FakeModel.PREFIX)
                ? new FakeModel(settings.model().substring(FakeModel.PREFIX.length()))
                : new DiffusersFolder(ModelFolder.ofUser(hadoop()).resolve(settings.model()));
        ScalarType precision = ScalarType.valueOf(settings.precision().name());
        StableDiffusion model = StableDiffusion.load(components, device, precision);
        try {
            Lpips lpips = settings.lpipsWeights() == null ? null : lpips(settings.lpipsWeights(), model);
            return new DiffusionEngine(model, lpips, settings.methods(), settings.steps(), settings.guidance());
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private static Lpips lpips(String address, StableDiffusion model) {
        Path file = RemoteFile.local(address, hadoop());
        try (WeightSource weights = WeightFiles.openCheckpoint(file)) {
            return Lpips.load(file.getFileName().toString(), weights, model.newScope());
        }
    }

    /** Ends the executor when its device is lost: no later task could use it. */
    private record ExecutorGuard(Iterator<ImageOutcome> outcomes) implements Iterator<ImageOutcome> {
        @Override
        public boolean hasNext() {
            try {
                return outcomes.hasNext();
            } catch (EngineException e) {
                if (e.kind() == Kind.DEVICE_LOST) {
                    System.err.println("The device context is lost; this executor ends so that Spark replaces it: "
                            + e.getMessage());
                    Runtime.getRuntime().halt(DEVICE_LOST_EXIT_CODE);
                }
                throw e;
            }
        }

        @Override
        public ImageOutcome next() {
            return outcomes.next();
        }
    }
}
