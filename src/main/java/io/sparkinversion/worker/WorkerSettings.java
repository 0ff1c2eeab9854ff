package io.sparkinversion.worker;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.LongCaptions;
import io.sparkinversion.diffusion.ModelAdditions;
import io.sparkinversion.engine.DeviceChoice;
import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.Recipe;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.image.Sizing;
import io.sparkinversion.inversion.Method;
import java.io.Serializable;
import java.util.List;

/**
 * All that an executor must know to work on images. Two runs with equal settings give equal results.
 *
 * @param model the diffusers folder: a local path or an {@code hdfs://} or {@code s3a://} address, or {@code fake:sd15}
 *     and the like
 * @param modelFingerprint SHA-256 over the model's configs and weights, which result rows are keyed by
 * @param lpipsWeights the LPIPS weight file, or null for no LPIPS
 * @param device {@code auto}, {@code cpu}, {@code gpu} or {@code gpu:N}; where Spark assigns a GPU, all but {@code cpu}
 *     mean that one
 * @param precision of the UNet
 * @param methods what to reconstruct with
 * @param steps DDIM steps, 1 to 1000
 * @param guidance classifier-free guidance scale of the reconstruction
 * @param sizing which size images get; its resolution is a multiple of 8, 16 or more (SSIM's window is 11)
 * @param resize the filter of that
 * @param restoresSize whether the pictures of the results get the image's own size back
 * @param tellsPictureSize whether a Stable Diffusion XL is told the size that the picture had before it was resized;
 *     false for other models
 * @param batchSize images per UNet evaluation; fewer where they do not fit the device's memory
 * @param maxPixels images of more pixels are refused
 * @param warmUp steps of one image that every engine computes after it was loaded, before it is timed; 0 for none
 * @param timesAlone whether images are read, measured and encoded only while the engine rests, so that its times are its
 *     own
 * @param edit how images are edited; null where they are not
 * @param additions what the model is given beside its own files; part of its fingerprint
 * @param pictures which images are taken, and how their files become RGB
 * @param longCaptions what becomes of captions that a text encoder does not take at once
 */
public record WorkerSettings(
        String model,
        String modelFingerprint,
        String lpipsWeights,
        String device,
        Precision precision,
        List<Method> methods,
        int steps,
        double guidance,
        Sizing sizing,
        Filter resize,
        boolean restoresSize,
        boolean tellsPictureSize,
        int batchSize,
        long maxPixels,
        int warmUp,
        boolean timesAlone,
        EditRecipe edit,
        ModelAdditions additions,
        PictureSettings pictures,
        LongCaptions longCaptions)
        implements Serializable {

    private static final int SMALLEST_RESOLUTION = 16;

    /**
     * @throws UserException if a number is out of its range, or the device is not of those forms
     */
    public WorkerSettings {
        if (!DeviceChoice.isValid(device)) {
            throw new UserException("device is '" + device + "'; it must be auto, cpu, gpu or gpu:N");
        }
        requireAtLeast("steps", steps, 1);
        requireAtLeast("batch size", batchSize, 1);
        requireAtLeast("max pixels", maxPixels, 1);
        requireAtLeast("warm-up steps", warmUp, 0);
        requireAtLeast("resolution", sizing.resolution(), SMALLEST_RESOLUTION);
        if (sizing.resolution() % 8 != 0) {
            throw new UserException("resolution is " + sizing.resolution() + "; it must be a multiple of 8");
        }
        if (!Double.isFinite(guidance)) {
            throw new UserException("guidance is " + guidance + "; it must be finite");
        }
        methods = List.copyOf(methods);
    }

    /** Pixels of the square that images are resized to; other shapes have about as many pixels. */
    public int resolution() {
        return sizing.resolution();
    }

    /** The same with another step count. */
    public WorkerSettings withSteps(int count) {
        return toBuilder().steps(count).build();
    }

    /** The same with edits. */
    public WorkerSettings editing(EditRecipe how) {
        return toBuilder().edit(how).build();
    }

    /** A builder that begins with these settings. */
    public WorkerSettingsBuilder toBuilder() {
        return new WorkerSettingsBuilder(model, modelFingerprint)
                .lpipsWeights(lpipsWeights)
                .device(device)
                .precision(precision)
                .methods(methods)
                .steps(steps)
                .guidance(guidance)
                .sizing(sizing)
                .resize(resize)
                .restoresSize(restoresSize)
                .tellsPictureSize(tellsPictureSize)
                .batchSize(batchSize)
                .maxPixels(maxPixels)
                .warmUp(warmUp)
                .timesAlone(timesAlone)
                .edit(edit)
                .additions(additions)
                .pictures(pictures)
                .longCaptions(longCaptions);
    }

    public Recipe recipe() {
        return new Recipe(methods, steps, guidance, longCaptions);
    }

    /** The part that an engine is loaded by; engines serve every recipe. */
    EngineSettings engine() {
        String clipModel = edit == null ? null : edit.clipModel();
        String dinoModel = edit == null ? null : edit.dinoModel();
        return new EngineSettings(model, modelFingerprint, additions, lpipsWeights, clipModel, dinoModel, precision);
    }

    /** See {@link WorkerSettings}. */
    record EngineSettings(
            String model,
            String modelFingerprint,
            ModelAdditions additions,
            String lpipsWeights,
            String clipModel,
            String dinoModel,
            Precision precision) {}

    private static void requireAtLeast(String name, long value, long least) {
        if (value < least) {
            throw new UserException(name + " is " + value + "; it must be " + least + " or more");
        }
    }

    /** Arithmetic of the UNet; the text encoder and the VAE always run in float32. */
    public enum Precision {
        FLOAT32,
        FLOAT16,
        BFLOAT16
    }
}
