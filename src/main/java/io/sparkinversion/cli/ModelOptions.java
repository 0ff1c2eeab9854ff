package io.sparkinversion.cli;

import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.FakeModel;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.diffusion.NoiseSchedule;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.network.ClipTextConfig;
import io.sparkinversion.network.LpipsNetwork;
import io.sparkinversion.network.UNetConfig;
import io.sparkinversion.network.VaeConfig;
import io.sparkinversion.weights.Address;
import io.sparkinversion.weights.ModelFolder;
import io.sparkinversion.weights.RemoteFile;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.worker.WorkerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Option;

/** Which model, and which LPIPS weights. */
final class ModelOptions {
    private static final String NO_LPIPS = "none";

    @Option(
            names = "--model",
            description = {
                "A Stable Diffusion 1.x or 2.x folder in the diffusers layout: local, hdfs:// or s3a://.",
                "Default: the small model in data-samples."
            })
    private String model;

    @Option(
            names = "--fake-weights",
            paramLabel = "sd15|sd21|FOLDER",
            description = "Run an architecture with made-up weights, to measure time and memory, not quality.")
    private String fake;

    @Option(
            names = "--lpips-weights",
            paramLabel = "FILE",
            description = {
                "LPIPS weights (see fetch-weights), or 'none'.",
                "Default: lpips-demo in data-samples, a small stand-in ('demo' in the results)."
            })
    private String lpips;

    /**
     * What the configs say of the model.
     *
     * @param address of the folder, or {@code fake:NAME}
     * @param fingerprint SHA-256 over configs and weights
     * @param lpipsWeights address of the LPIPS weights, or null
     * @param trained pixels of the square that it was trained at
     * @param granule what the side of an image must be a multiple of
     */
    record ChosenModel(String address, String fingerprint, String lpipsWeights, int trained, int granule) {
        WorkerSettings settings(List<Method> methods, int steps, SamplingOptions sampling, RunOptions run, int warmUp) {
            return new WorkerSettings(
                    address,
                    fingerprint,
                    lpipsWeights,
                    run.device(),
                    run.precision(),
                    methods,
                    steps,
                    sampling.guidance(),
                    sampling.resolution(trained, granule),
                    sampling.resize(),
                    run.batchSize(),
                    run.maxPixels(),
                    warmUp);
        }
    }

    /** Reads the model's configs, so that what is not supported is refused before Spark starts. */
    ChosenModel chosen(Configuration hadoop) {
        String address = address();
        ModelComponents components = components(hadoop);
        String fingerprint =
                components instanceof DiffusersFolder diffusers ? ModelFolder.fingerprint(diffusers.folder()) : address;
        UNetConfig unet = UNetConfig.of(components.config(Component.UNET));
        VaeConfig vae = VaeConfig.of(components.config(Component.VAE));
        ClipTextConfig.of(components.config(Component.TEXT_ENCODER));
        NoiseSchedule.of(components.config(Component.SCHEDULER));
        checkLpips(hadoop);
        int trained = unet.sampleSize() * vae.downsampling();
        return new ChosenModel(address, fingerprint, lpipsAddress(), trained, vae.downsampling());
    }

    /** The model's parts, for a command that computes nothing with them. */
    ModelComponents components(Configuration hadoop) {
        String address = address();
        return fake != null
                ? new FakeModel(fake)
                : new DiffusersFolder(ModelFolder.ofUser(hadoop).resolve(address));
    }

    private String address() {
        if (fake != null && model != null) {
            throw new IllegalArgumentException("--model and --fake-weights exclude each other; give only one of them");
        }
        if (fake != null) {
            return FakeModel.PREFIX + fake;
        }
        if (model == null) {
            return Home.sample("models/emoji-ldm").toString();
        }
        boolean local = !Address.hasScheme(model);
        if (local && !Files.isDirectory(Path.of(model))) {
            throw new IllegalArgumentException("--model: no such folder: " + model
                    + "; expected a diffusers folder with unet/, vae/, text_encoder/, tokenizer/, scheduler/");
        }
        return local ? Path.of(model).toAbsolutePath().normalize().toString() : model;
    }

    private String lpipsAddress() {
        if (NO_LPIPS.equals(lpips)) {
            return null;
        }
        if (lpips == null) {
            return Home.sample("models/lpips-demo.safetensors").toString();
        }
        return Address.hasScheme(lpips)
                ? lpips
                : Path.of(lpips).toAbsolutePath().normalize().toString();
    }

    private void checkLpips(Configuration hadoop) {
        try (WeightSource weights = openLpips(hadoop)) {
            if (weights != null) {
                new LpipsNetwork(weights).requireLayers();
            }
        }
    }

    /** The LPIPS weights, which the caller closes; null for none. */
    WeightSource openLpips(Configuration hadoop) {
        return lpipsAddress() == null ? null : WeightFiles.openCheckpoint(RemoteFile.local(lpipsAddress(), hadoop));
    }

    /** What the tables call the LPIPS weights: {@code lpips-alex-v0.1.safetensors} is {@code alex}. */
    String lpipsName() {
        if (lpipsAddress() == null) {
            return null;
        }
        String file = lpipsAddress().substring(lpipsAddress().lastIndexOf('/') + 1);
        return file.replaceFirst("\\.[a-z]+$", "").replaceFirst("^lpips-", "").replaceFirst("-v0\\.1$", "");
    }
}
