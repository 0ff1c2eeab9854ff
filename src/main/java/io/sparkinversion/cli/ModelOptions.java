package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.api.InversionSettings;
import io.sparkinversion.api.SparkInversion;
import io.sparkinversion.diffusion.FakeModel;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.worker.LpipsFile;
import io.sparkinversion.worker.ModelInfo;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Option;

/** Which model, and which LPIPS weights. */
final class ModelOptions {
    private static final String NO_LPIPS = "none";

    @Option(
            names = "--model",
            paramLabel = "FOLDER|FILE",
            description = {
                "A Stable Diffusion 1.x, 2.x or XL model: a folder in the diffusers layout, or a single .safetensors,"
                        + " .ckpt or .pt file; local, hdfs:// or s3a://.",
                "Default: the small model in data-samples."
            })
    private String model;

    @Option(
            names = "--fake-weights",
            hidden = true,
            paramLabel = "sd15|sd21|sdxl|FOLDER",
            description = "Run an architecture with made-up weights, to measure time and memory, not quality.")
    private String fake;

    @Option(
            names = "--config",
            hidden = true,
            paramLabel = "FOLDER",
            description = "For a single file: a diffusers folder with the configs and tokenizers to read it by.")
    private String config;

    @Option(
            names = "--vae",
            hidden = true,
            paramLabel = "FOLDER|FILE",
            description = "A VAE that takes the place of the model's own.")
    private String vae;

    @Option(
            names = "--prediction-type",
            hidden = true,
            paramLabel = "epsilon|v_prediction",
            description = "What the UNet predicts. Default: what the model says.")
    private String predictionType;

    @Option(
            names = "--lora",
            paramLabel = "FILE[:SCALE]",
            description = "A LoRA to merge into the model's weights. May be given several times.")
    private List<String> loras = List.of();

    @Option(
            names = "--embedding",
            hidden = true,
            paramLabel = "FILE[:TOKEN]",
            description = {
                "A token learned by textual inversion, for captions and edit prompts. May be given several times.",
                "Its name is TOKEN, or the one in the file, or the file's own."
            })
    private List<String> embeddings = List.of();

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
        run.model(address())
                .config(config)
                .vae(vae)
                .predictionType(predictionType)
                .loras(loras.toArray(String[]::new))
                .embeddings(embeddings.toArray(String[]::new))
                .lpipsWeights(lpipsAddress());
    }

    /** The model's parts, for a command that computes nothing with them. */
    ModelComponents components(Configuration hadoop) {
        InversionSettings.Builder asked = InversionSettings.builder()
                .model(address())
                .config(config)
                .vae(vae)
                .predictionType(predictionType)
                .loras(loras.toArray(String[]::new))
                .embeddings(embeddings.toArray(String[]::new));
        return ModelInfo.components(
                ModelInfo.absolute(address()), ModelInfo.absolute(asked.build().additions()), hadoop);
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
        return model == null ? Home.sampleModel("emoji-ldm") : model;
    }

    private String lpipsAddress() {
        if (NO_LPIPS.equals(lpips)) {
            return null;
        }
        return lpips == null ? Home.sampleModel("lpips-demo.safetensors") : lpips;
    }
}
