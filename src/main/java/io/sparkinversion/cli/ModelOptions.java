package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.api.SparkInversion;
import io.sparkinversion.diffusion.FakeModel;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.worker.LpipsFile;
import io.sparkinversion.worker.ModelInfo;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Option;

/** Which model, and which LPIPS weights. */
final class ModelOptions {
    private static final String NO_LPIPS = "none";

    @Option(
            names = "--model",
            paramLabel = "FOLDER",
            description = {
                "A Stable Diffusion 1.x or 2.x folder in the diffusers layout: local, hdfs:// or s3a://.",
                "Default: the small model in data-samples."
            })
    private String model;

    @Option(
            names = "--fake-weights",
            hidden = true,
            paramLabel = "sd15|sd21|FOLDER",
            description = "Run an architecture with made-up weights, to measure time and memory, not quality.")
    private String fake;

    @Option(
            names = "--lpips-weights",
            hidden = true,
            paramLabel = "FILE",
            description = {
                "LPIPS weights (see fetch-weights), or 'none'.",
                "Default: lpips-demo in data-samples, a small stand-in ('demo' in the results)."
            })
    private String lpips;

    void apply(SparkInversion run) {
        run.model(address()).lpipsWeights(lpipsAddress());
    }

    /** The model's parts, for a command that computes nothing with them. */
    ModelComponents components(Configuration hadoop) {
        return ModelInfo.components(ModelInfo.absolute(address()), hadoop);
    }

    /** The LPIPS weights, which the caller closes; null for none. */
    WeightSource openLpips(Configuration hadoop) {
        return lpipsAddress() == null ? null : LpipsFile.open(lpipsAddress(), hadoop);
    }

    private String address() {
        if (fake != null && model != null) {
            throw new UserException("--model and --fake-weights exclude each other; give only one of them");
        }
        if (fake != null) {
            return FakeModel.PREFIX + fake;
        }
        return model == null ? Home.sample("models/emoji-ldm").toString() : model;
    }

    private String lpipsAddress() {
        if (NO_LPIPS.equals(lpips)) {
            return null;
        }
        return lpips == null ? Home.sample("models/lpips-demo.safetensors").toString() : lpips;
    }
}
