package io.sparkinversion.worker;

import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.engine.DiffusionEngine;
import io.sparkinversion.engine.EngineException;
import io.sparkinversion.engine.Judges;
import io.sparkinversion.metrics.ClipSimilarity;
import io.sparkinversion.metrics.Lpips;
import io.sparkinversion.metrics.StructureDistance;
import io.sparkinversion.platform.Platform;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.weights.ModelFolder;
import io.sparkinversion.weights.RemoteFile;
import io.sparkinversion.weights.WeightSource;
import java.nio.file.Path;
import java.util.function.IntConsumer;
import org.apache.hadoop.conf.Configuration;

/** Loads engines: the model, LPIPS, CLIP and DINO that settings name, onto one device. Needs no Spark. */
public final class EngineLoader {
    private EngineLoader() {}

    /**
     * @param platform of the device; checked for what the programs need
     * @param hadoop how to reach files that are not on this machine
     * @param onEvaluation called before each evaluation of the UNet, with the images in it
     * @return warmed up as the settings say; the caller closes it
     * @throws EngineException if the device fails, or has too little memory
     */
    public static DiffusionEngine load(
            WorkerSettings wanted, Platform platform, Configuration hadoop, IntConsumer onEvaluation) {
        try {
            StableDiffusion model = StableDiffusion.load(
                    ModelInfo.components(wanted.model(), wanted.additions(), hadoop),
                    platform,
                    ScalarType.valueOf(wanted.precision().name()),
                    wanted.batchSize());
            try {
                DiffusionEngine engine = DiffusionEngine.with(model, judges(wanted, model, hadoop));
                model.onEvaluation(onEvaluation);
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

    private static Judges judges(WorkerSettings wanted, StableDiffusion model, Configuration hadoop) {
        return new Judges(lpips(wanted, model, hadoop), clip(wanted, model, hadoop), structure(wanted, model, hadoop));
    }

    private static StructureDistance structure(WorkerSettings wanted, StableDiffusion model, Configuration hadoop) {
        String folder = wanted.edit() == null ? null : wanted.edit().dinoModel();
        return folder == null
                ? null
                : StructureDistance.load(
                        ModelFolder.ofUser(hadoop).resolveNetwork(folder), model.newScope(), model.platform());
    }

    private static Lpips lpips(WorkerSettings wanted, StableDiffusion model, Configuration hadoop) {
        if (wanted.lpipsWeights() == null) {
            return null;
        }
        Path file = RemoteFile.local(wanted.lpipsWeights(), hadoop);
        try (WeightSource weights = LpipsFile.open(wanted.lpipsWeights(), hadoop)) {
            return Lpips.load(
                    file.getFileName().toString(), weights, model.newScope(), model.platform(), wanted.batchSize());
        }
    }

    private static ClipSimilarity clip(WorkerSettings wanted, StableDiffusion model, Configuration hadoop) {
        String folder = wanted.edit() == null ? null : wanted.edit().clipModel();
        return folder == null
                ? null
                : ClipSimilarity.load(
                        ModelFolder.ofUser(hadoop).resolveNetwork(folder),
                        model.newScope(),
                        model.platform(),
                        wanted.batchSize());
    }
}
