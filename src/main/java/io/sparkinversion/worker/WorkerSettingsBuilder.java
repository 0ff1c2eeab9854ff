package io.sparkinversion.worker;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.LongCaptions;
import io.sparkinversion.diffusion.ModelAdditions;
import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.image.Sizing;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.util.List;

/**
 * Makes {@link WorkerSettings}, which say what each setting means. LPIPS, warm-up and edits may be left out; the defaults
 * of all others are those of the library's options.
 */
public final class WorkerSettingsBuilder {
    private final String model;
    private final String modelFingerprint;
    private String lpipsWeights;
    private String device;
    private Precision precision;
    private List<Method> methods;
    private int steps;
    private double guidance;
    private Sizing sizing;
    private Filter resize;
    private boolean restoresSize;
    private boolean tellsPictureSize;
    private int batchSize;
    private long maxPixels;
    private int warmUp;
    private boolean timesAlone;
    private EditRecipe edit;
    private ModelAdditions additions = ModelAdditions.NONE;
    private PictureSettings pictures = PictureSettings.AS_STORED;
    private LongCaptions longCaptions = LongCaptions.CUT;

    /**
     * @param model its address
     * @param modelFingerprint SHA-256 over its configs and weights
     */
    public WorkerSettingsBuilder(String model, String modelFingerprint) {
        this.model = model;
        this.modelFingerprint = modelFingerprint;
    }

    public WorkerSettingsBuilder lpipsWeights(String value) {
        lpipsWeights = value;
        return this;
    }

    public WorkerSettingsBuilder device(String value) {
        device = value;
        return this;
    }

    public WorkerSettingsBuilder precision(Precision value) {
        precision = value;
        return this;
    }

    public WorkerSettingsBuilder methods(List<Method> value) {
        methods = value;
        return this;
    }

    public WorkerSettingsBuilder steps(int value) {
        steps = value;
        return this;
    }

    public WorkerSettingsBuilder guidance(double value) {
        guidance = value;
        return this;
    }

    /** The middle square of every image, in so many pixels a side. */
    public WorkerSettingsBuilder resolution(int value) {
        return sizing(Sizing.square(value));
    }

    public WorkerSettingsBuilder sizing(Sizing value) {
        sizing = value;
        return this;
    }

    public WorkerSettingsBuilder resize(Filter value) {
        resize = value;
        return this;
    }

    public WorkerSettingsBuilder restoresSize(boolean value) {
        restoresSize = value;
        return this;
    }

    public WorkerSettingsBuilder tellsPictureSize(boolean value) {
        tellsPictureSize = value;
        return this;
    }

    public WorkerSettingsBuilder batchSize(int value) {
        batchSize = value;
        return this;
    }

    public WorkerSettingsBuilder maxPixels(long value) {
        maxPixels = value;
        return this;
    }

    public WorkerSettingsBuilder warmUp(int value) {
        warmUp = value;
        return this;
    }

    public WorkerSettingsBuilder timesAlone(boolean value) {
        timesAlone = value;
        return this;
    }

    public WorkerSettingsBuilder pictures(PictureSettings value) {
        pictures = value;
        return this;
    }

    public WorkerSettingsBuilder longCaptions(LongCaptions value) {
        longCaptions = value;
        return this;
    }

    public WorkerSettingsBuilder edit(EditRecipe value) {
        edit = value;
        return this;
    }

    public WorkerSettingsBuilder additions(ModelAdditions value) {
        additions = value;
        return this;
    }

    /**
     * @throws UserException if a number is out of its range, or the device is not of the known forms
     */
    public WorkerSettings build() {
        return new WorkerSettings(
                model,
                modelFingerprint,
                lpipsWeights,
                device,
                precision,
                methods,
                steps,
                guidance,
                sizing,
                resize,
                restoresSize,
                tellsPictureSize,
                batchSize,
                maxPixels,
                warmUp,
                timesAlone,
                edit,
                additions,
                pictures,
                longCaptions);
    }
}
