package io.sparkinversion.api;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.LongCaptions;
import io.sparkinversion.diffusion.ModelAdditions;
import io.sparkinversion.image.Resizing;
import io.sparkinversion.image.SizeConditioning;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.weights.Address;
import io.sparkinversion.worker.LpipsFile;
import io.sparkinversion.worker.ModelInfo;
import io.sparkinversion.worker.PictureSettings;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/**
 * How images are inverted, and the defaults of all settings of this library and its commands. Made by {@link Builder};
 * {@link SparkInversion} and {@link Inverter.Builder} have the same options.
 *
 * @param model address of a Stable Diffusion model: a folder in the diffusers layout, a single file, local or at an
 *     {@code hdfs://} or {@code s3a://} address, or {@code fake:sd15} for made-up weights
 * @param additions what the model is given beside its own files: LoRAs, learned tokens, another VAE
 * @param lpipsWeights address of the LPIPS weights; null to leave LPIPS out
 * @param device {@code auto}, {@code cpu}, {@code gpu} or {@code gpu:N}
 * @param precision of the UNet
 * @param methods what to reconstruct with
 * @param steps DDIM steps, 1 to 1000
 * @param guidance classifier-free guidance scale, 0 or more
 * @param resolution pixels of the square that images are resized to, other shapes have about as many; 0 for the one
 *     that the model was trained at
 * @param resizing how images come to that size, and whether results get the image's own size back
 * @param batchSize images per UNet evaluation
 * @param maxPixels larger images are refused
 * @param pictures which images are taken otherwise, and how their files become RGB
 * @param longCaptions what becomes of captions of more than 75 tokens
 */
public record InversionSettings(
        String model,
        ModelAdditions additions,
        String lpipsWeights,
        String device,
        Precision precision,
        List<Method> methods,
        int steps,
        double guidance,
        int resolution,
        Resizing resizing,
        int batchSize,
        long maxPixels,
        PictureSettings pictures,
        LongCaptions longCaptions) {

    public static final String DEVICE = "auto";
    public static final String METHOD = "negative-prompt";
    /** What an evaluation compares. Null-text's second row starts where negative-prompt inversion ends. */
    public static final String COMPARED_METHODS =
            "vae,ddim,ddim-cfg,negative-prompt,proximal,direct,null-text,null-text:start=caption,o-belm-npi,edict-npi";

    /** Every step computes all of the UNet. */
    public static final int REUSE = 1;

    public static final int STEPS = 50;
    public static final double GUIDANCE = 7.5;
    /** The model's own. */
    public static final int RESOLUTION = 0;

    public static final String RESIZE = "crop";
    public static final String RESIZE_FILTER = "bicubic";
    public static final String SIZE_CONDITIONING = "picture";
    public static final int BATCH_SIZE = 8;
    public static final long MAX_PIXELS = 178_956_970;
    public static final String BACKGROUND = "keep";
    public static final String COLOUR_PROFILE = "convert";
    public static final String LONG_CAPTIONS = "cut";
    /** All sizes. */
    public static final int MIN_SIZE = 0;

    /** Spark's default parallelism. */
    public static final int PARTITIONS = 0;
    /** As many images as are computed in about half a minute. */
    public static final int WAVE_SIZE = 0;
    /** All images. */
    public static final long LIMIT = 0;

    public static final long SEED = 0;
    public static final String STALL_TIMEOUT = "30m";
    public static final String FORMAT = "auto";
    public static final String PROTOCOL = "throughput";
    public static final String CONTROL = "prompt-to-prompt";
    public static final String ATTENTION = "auto";
    public static final double CROSS_REPLACE = 0.4;
    public static final double SELF_REPLACE = 0.6;
    public static final String LOCAL_BLEND = "auto";
    public static final double BLEND_START = 0.2;
    public static final double BLEND_THRESHOLD = 0.3;

    private static final int MOST_STEPS = 1000;

    /** @throws UserException if there is no model, or a number is out of its range */
    public InversionSettings {
        if (model == null || model.isBlank()) {
            throw new UserException(
                    "model: none given; name a Stable Diffusion folder in the diffusers layout, or a single file");
        }
        if (steps < 1 || steps > MOST_STEPS) {
            throw new UserException("steps is " + steps + "; it must be 1 to " + MOST_STEPS);
        }
        if (!Double.isFinite(guidance) || guidance < 0) {
            throw new UserException("guidance is " + guidance + "; it must be 0 or more");
        }
        methods = List.copyOf(methods);
    }

    /** Makes settings; see {@link InversionOptions}. */
    public static final class Builder extends InversionOptions<Builder> {
        /** @throws UserException if there is no model, or a number is out of its range */
        public InversionSettings build() {
            return settings();
        }

        @Override
        Builder self() {
            return this;
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    /**
     * Reads the model's configs and the LPIPS weights, and completes the settings with what they say.
     *
     * @param info of the model
     * @param hadoop how to reach files on other machines
     * @throws UserException if the model or the LPIPS weights cannot be used, or a setting does not suit them
     */
    WorkerSettingsBuilder worker(ModelInfo info, Configuration hadoop) {
        String lpips = lpipsWeights == null || Address.hasScheme(lpipsWeights)
                ? lpipsWeights
                : Path.of(lpipsWeights).toAbsolutePath().normalize().toString();
        if (lpips != null) {
            LpipsFile.check(lpips, hadoop);
        }
        return new WorkerSettingsBuilder(info.address(), info.fingerprint())
                .lpipsWeights(lpips)
                .device(device)
                .precision(precision)
                .methods(methods)
                .steps(steps)
                .guidance(guidance)
                .sizing(info.sizing(resizing.mode(), resolution))
                .resize(resizing.filter())
                .restoresSize(resizing.restoresSize())
                .tellsPictureSize(info.xl() && resizing.told() == SizeConditioning.PICTURE)
                .batchSize(batchSize)
                .maxPixels(maxPixels)
                .additions(info.additions())
                .pictures(pictures)
                .longCaptions(longCaptions);
    }

    /** The name of the LPIPS weights in tables; null for none. */
    static String lpipsName(WorkerSettings worker) {
        return worker.lpipsWeights() == null ? null : LpipsFile.name(worker.lpipsWeights());
    }
}
