package io.sparkinversion.api;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.LongCaptions;
import io.sparkinversion.diffusion.ModelAdditions;
import io.sparkinversion.diffusion.ModelAdditions.Embedding;
import io.sparkinversion.diffusion.ModelAdditions.Lora;
import io.sparkinversion.diffusion.NoiseSchedule.PredictionType;
import io.sparkinversion.engine.DeviceChoice;
import io.sparkinversion.image.Decoding;
import io.sparkinversion.image.Decoding.Background;
import io.sparkinversion.image.Decoding.ColourProfile;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.image.ResizeMode;
import io.sparkinversion.image.Resizing;
import io.sparkinversion.image.SizeConditioning;
import io.sparkinversion.inversion.Guidance.Interval;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.worker.PictureSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The options that say how images are inverted, with defaults for all but the model. {@link InversionSettings} says what
 * each means.
 *
 * @param <T> what the setters return
 */
public abstract sealed class InversionOptions<T extends InversionOptions<T>>
        permits InversionSettings.Builder, SparkInversion, Inverter.Builder {
    private String model;
    private String config;
    private String vae;
    private PredictionType predictionType;
    private List<Lora> loras = List.of();
    private List<Embedding> embeddings = List.of();
    private String lpipsWeights;
    private String device = InversionSettings.DEVICE;
    private Precision precision;
    private List<Method> methods = List.of(Method.of(InversionSettings.METHOD));
    private Interval guidanceInterval = Interval.ALL;
    private int reuse = InversionSettings.REUSE;
    private int steps = InversionSettings.STEPS;
    private double guidance = InversionSettings.GUIDANCE;
    private int resolution = InversionSettings.RESOLUTION;
    private ResizeMode resize = choice("resize", ResizeMode.class, InversionSettings.RESIZE);
    private Filter resizeFilter = choice("resize filter", Filter.class, InversionSettings.RESIZE_FILTER);
    private boolean restoreSize;
    private SizeConditioning sizeConditioning =
            choice("size conditioning", SizeConditioning.class, InversionSettings.SIZE_CONDITIONING);
    private int batchSize = InversionSettings.BATCH_SIZE;
    private long maxPixels = InversionSettings.MAX_PIXELS;
    private Background background = choice("background", Background.class, InversionSettings.BACKGROUND);
    private ColourProfile colourProfile =
            choice("colour profile", ColourProfile.class, InversionSettings.COLOUR_PROFILE);
    private boolean allowTruncated;
    private int minSize = InversionSettings.MIN_SIZE;
    private LongCaptions longCaptions = choice("long captions", LongCaptions.class, InversionSettings.LONG_CAPTIONS);
    private final Set<String> given = new HashSet<>();

    abstract T self();

    /** Which model, a folder in the diffusers layout or a single file; required. */
    public T model(String address) {
        model = address;
        return self();
    }

    /**
     * For a model in a single file: a folder of diffusers with the configs and tokenizers to read it by, or with
     * tokenizers alone. Default: the configs of the released models, and CLIP's tokenizer in the hub's cache.
     */
    public T config(String folder) {
        config = folder;
        return self();
    }

    /** A folder or file of a VAE that takes the place of the model's own; null for none, which is the default. */
    public T vae(String address) {
        vae = address;
        return self();
    }

    /**
     * What the UNet predicts. Default: what the model says.
     *
     * @param name {@code epsilon} or {@code v_prediction}; null for the default
     * @throws UserException if it is none of these
     */
    public T predictionType(String name) {
        predictionType = name == null ? null : choice("prediction type", PredictionType.class, name);
        return self();
    }

    /**
     * LoRAs that are merged into the model's weights, in this order. Default: none.
     *
     * @param files {@code FILE} or {@code FILE:SCALE}, each
     */
    public T loras(String... files) {
        loras = Arrays.stream(files).map(Lora::parse).toList();
        return self();
    }

    /**
     * Tokens learned by textual inversion, to be used by their names in captions and edit prompts. Default: none.
     *
     * @param files {@code FILE} or {@code FILE:TOKEN}, each; without a name it is the one in the file, or the file's own
     */
    public T embeddings(String... files) {
        embeddings = Arrays.stream(files).map(Embedding::parse).toList();
        return self();
    }

    /** A file of LPIPS weights; null for none, which is the default. */
    public T lpipsWeights(String address) {
        lpipsWeights = address;
        return self();
    }

    /**
     * Default: {@value InversionSettings#DEVICE}.
     *
     * @throws UserException if it is none of {@code auto}, {@code cpu}, {@code gpu}, {@code gpu:N}
     */
    public T device(String name) {
        if (name == null || !DeviceChoice.isValid(name)) {
            throw new UserException("device: invalid value '" + name + "'; expected auto, cpu, gpu or gpu:N");
        }
        device = name;
        return self();
    }

    /** Arithmetic of the UNet. Default: float16 where the device is a GPU by name, else float32. */
    public T dtype(Precision type) {
        given.add("dtype");
        precision = type;
        return self();
    }

    /**
     * @param name {@code float32}, {@code float16} or {@code bfloat16}
     * @throws UserException if it is none of these
     */
    public T dtype(String name) {
        return dtype(choice("dtype", Precision.class, name));
    }

    /**
     * Default: {@value InversionSettings#METHOD}.
     *
     * @param labels such as {@code negative-prompt} or {@code null-text:start=caption}
     * @throws UserException if one is unknown; the message lists what there is
     */
    public T methods(String... labels) {
        return methods(parsed(Arrays.asList(labels)));
    }

    /** See {@link #methods(String...)}. */
    public T methods(List<Method> wanted) {
        methods = List.copyOf(wanted);
        return self();
    }

    /** DDIM steps, 1 to 1000. Default: {@value InversionSettings#STEPS}. */
    public T steps(int count) {
        given.add("steps");
        steps = count;
        return self();
    }

    /** Classifier-free guidance scale. Default: {@value InversionSettings#GUIDANCE}. */
    public T guidance(double scale) {
        given.add("guidance");
        guidance = scale;
        return self();
    }

    /**
     * Pixels of the square that images are resized to; other shapes have about as many pixels. Default: what the model
     * was trained at, as 0 means too.
     */
    public T resolution(int side) {
        given.add("resolution");
        resolution = side;
        return self();
    }

    /** How images come to a size that the model takes. Default: {@value InversionSettings#RESIZE}. */
    public T resize(ResizeMode mode) {
        given.add("resize");
        resize = mode;
        return self();
    }

    /** What they are resampled with. Default: {@value InversionSettings#RESIZE_FILTER}. */
    public T resizeFilter(Filter filter) {
        resizeFilter = filter;
        return self();
    }

    /** Whether reconstructions and edits get the image's own size back. Default: no. */
    public T restoreSize(boolean restore) {
        given.add("restore size");
        restoreSize = restore;
        return self();
    }

    /** Which size a Stable Diffusion XL is told. Default: {@value InversionSettings#SIZE_CONDITIONING}. */
    public T sizeConditioning(SizeConditioning told) {
        sizeConditioning = told;
        return self();
    }

    /** Images per UNet evaluation; halved where they do not fit. Default: {@value InversionSettings#BATCH_SIZE}. */
    public T batchSize(int images) {
        given.add("batch size");
        batchSize = images;
        return self();
    }

    /** Images of more pixels are refused. Default: {@value InversionSettings#MAX_PIXELS}. */
    public T maxPixels(long pixels) {
        maxPixels = pixels;
        return self();
    }

    /** What shows where a picture is transparent. Default: {@value InversionSettings#BACKGROUND}. */
    public T background(Background colour) {
        background = colour;
        return self();
    }

    /** What colour profiles of files do. Default: {@value InversionSettings#COLOUR_PROFILE}. */
    public T colourProfile(ColourProfile how) {
        colourProfile = how;
        return self();
    }

    /** Whether files that end early are taken, black where they lack something. Default: no. */
    public T allowTruncated(boolean allow) {
        allowTruncated = allow;
        return self();
    }

    /** Images whose shorter side is smaller are refused. Default: 0, which takes all. */
    public T minSize(int side) {
        minSize = side;
        return self();
    }

    /**
     * Where guidance acts, of methods that do not say so themselves: {@code A:B}, shares of the way from noise (0) to image
     * (1). Default: at every step.
     *
     * @throws UserException if the text is not of this form
     */
    public T guidanceInterval(String interval) {
        guidanceInterval = users(() -> Interval.parse(interval));
        return self();
    }

    /**
     * How many consecutive steps share the UNet's deep features, in methods that do not say so themselves. Not for edits.
     * Default: {@value InversionSettings#REUSE}, every step has its own.
     */
    public T reuse(int interval) {
        reuse = interval;
        return self();
    }

    /**
     * What becomes of captions of more than 75 tokens; edits of captions in chunks fail. Default:
     * {@value InversionSettings#LONG_CAPTIONS}.
     */
    public T longCaptions(LongCaptions how) {
        longCaptions = how;
        return self();
    }

    /** All of these options at once. */
    public T settings(InversionSettings settings) {
        model = settings.model();
        config = settings.additions().config();
        vae = settings.additions().vae();
        predictionType = settings.additions().predictionType();
        loras = settings.additions().loras();
        embeddings = settings.additions().embeddings();
        lpipsWeights = settings.lpipsWeights();
        device = settings.device();
        precision = settings.precision();
        methods = settings.methods();
        steps = settings.steps();
        guidance = settings.guidance();
        resolution = settings.resolution();
        resize = settings.resizing().mode();
        resizeFilter = settings.resizing().filter();
        restoreSize = settings.resizing().restoresSize();
        sizeConditioning = settings.resizing().told();
        batchSize = settings.batchSize();
        maxPixels = settings.maxPixels();
        background = settings.pictures().decoding().background();
        colourProfile = settings.pictures().decoding().profile();
        allowTruncated = settings.pictures().decoding().allowTruncated();
        minSize = settings.pictures().minSize();
        longCaptions = settings.longCaptions();
        given.addAll(List.of("dtype", "steps", "guidance", "resolution", "resize", "restore size", "batch size"));
        return self();
    }

    /** Whether the user set the option. */
    boolean isGiven(String option) {
        return given.contains(option);
    }

    InversionSettings settings() {
        Precision byDevice = device.startsWith("gpu") ? Precision.FLOAT16 : Precision.FLOAT32;
        return new InversionSettings(
                model,
                new ModelAdditions(config, vae, predictionType, loras, embeddings),
                lpipsWeights,
                device,
                precision == null ? byDevice : precision,
                users(() -> methods.stream()
                        .map(method -> method.reusing(reuse).guidedWithin(guidanceInterval))
                        .toList()),
                steps,
                guidance,
                resolution,
                new Resizing(resize, resizeFilter, restoreSize, sizeConditioning),
                batchSize,
                maxPixels,
                new PictureSettings(new Decoding(background, colourProfile, allowTruncated), minSize),
                longCaptions);
    }

    static List<Method> parsed(List<String> labels) {
        return users(() -> labels.stream().map(String::strip).map(Method::of).toList());
    }

    /** What the user's words make; where they make nothing, the message says why. */
    static <V> V users(Supplier<V> parse) {
        try {
            return parse.get();
        } catch (IllegalArgumentException e) {
            throw new UserException(e.getMessage(), e);
        }
    }

    /** One of an enum's values by its name, whose case does not matter and whose dashes may be underscores. */
    static <E extends Enum<E>> E choice(String option, Class<E> type, String name) {
        return Arrays.stream(type.getEnumConstants())
                .filter(value -> name != null && value.name().equalsIgnoreCase(name.replace('-', '_')))
                .findFirst()
                .orElseThrow(() -> new UserException(option + ": invalid value '" + name + "'; expected "
                        + Arrays.stream(type.getEnumConstants())
                                .map(value ->
                                        value.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                                .collect(Collectors.joining(", "))));
    }
}
