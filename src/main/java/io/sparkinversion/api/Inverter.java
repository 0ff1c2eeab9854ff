package io.sparkinversion.api;

import ai.djl.Device;
import io.sparkinversion.UserException;
import io.sparkinversion.editing.EditMethod;
import io.sparkinversion.editing.EditPrompt;
import io.sparkinversion.engine.DeviceChoice;
import io.sparkinversion.engine.DeviceChoice.Surroundings;
import io.sparkinversion.engine.DiffusionEngine;
import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.Engine.Edit;
import io.sparkinversion.engine.Engine.EditInput;
import io.sparkinversion.engine.Engine.Edited;
import io.sparkinversion.engine.Engine.Input;
import io.sparkinversion.engine.EngineException;
import io.sparkinversion.engine.InvertedArray;
import io.sparkinversion.engine.TorchRuntime;
import io.sparkinversion.image.ImageException;
import io.sparkinversion.image.Placement;
import io.sparkinversion.image.Restoration;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.image.Size;
import io.sparkinversion.platform.Platform;
import io.sparkinversion.worker.EngineLoader;
import io.sparkinversion.worker.ModelInfo;
import io.sparkinversion.worker.ToldSizes;
import io.sparkinversion.worker.WorkerSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;

/**
 * One model on one device, for any Java program; needs no Spark session.
 *
 * <pre>{@code
 * try (Inverter inverter = Inverter.load(Path.of("models/sd15"), Device.gpu())) {
 *     Inverted cat = inverter.invert(image, "a cat on a sofa");
 *     RgbImage dog = inverter.edit(cat, "a dog on a sofa");
 * }
 * }</pre>
 *
 * <p>Any number of threads may call it: a GPU serves one at a time, the CPU as many as it has cores. What a call has
 * computed on the device is freed when the call ends, the model when the inverter is closed.
 */
public final class Inverter implements AutoCloseable {
    private final WorkerSettings settings;
    private final DiffusionEngine engine;

    private Inverter(WorkerSettings settings, DiffusionEngine engine) {
        this.settings = settings;
        this.engine = engine;
    }

    /** The model of a folder with all defaults; see {@link Builder#load}. */
    public static Inverter load(Path model) {
        return builder().model(model.toString()).load();
    }

    /** Likewise, on a device. */
    public static Inverter load(Path model, Device device) {
        return builder().model(model.toString()).device(device).load();
    }

    public static Builder builder() {
        return new Builder();
    }

    /** The options of an inverter: those of all inversions, with one method. */
    public static final class Builder extends InversionOptions<Builder> {
        private Configuration hadoop = new Configuration();

        /** See {@link #device(String)}. */
        public Builder device(Device device) {
            return device(DiffusionEngine.name(device));
        }

        /** How to reach models that are not on this machine. Default: the settings on the class path. */
        public Builder hadoop(Configuration settings) {
            hadoop = settings;
            return this;
        }

        /**
         * Loads the model and checks what the device computes; takes seconds to minutes.
         *
         * @throws UserException if a setting, the model, the LPIPS weights or the device cannot be used, or there is more
         *     than one method
         * @throws EngineException if the device fails, or has too little memory
         */
        public Inverter load() {
            InversionSettings wanted = settings();
            if (wanted.methods().size() != 1) {
                throw new UserException(
                        "methods: an inverter has one; got " + wanted.methods().size());
            }
            Surroundings here = new Surroundings(null, true, 0, TorchRuntime.gpuCount());
            Device device = DeviceChoice.choose(wanted.device(), here);
            WorkerSettings worker = wanted.worker(ModelInfo.read(wanted.model(), wanted.additions(), hadoop), hadoop)
                    .build();
            return new Inverter(worker, EngineLoader.load(worker, Platform.of(device), hadoop, images -> {}));
        }

        @Override
        Builder self() {
            return this;
        }
    }

    /**
     * Inverts and reconstructs an image.
     *
     * @param image of any size; it is resized as the options say, by default its middle square to {@link #resolution}
     * @throws UserException if the results have infinities or NaN, as they may in float16, or the image is too long and
     *     narrow to be resized so
     * @throws EngineException if the device fails
     */
    public Inverted invert(RgbImage image, String caption) {
        return invert(List.of(image), List.of(caption)).get(0);
    }

    /**
     * Inverts images, as many of one shape at a time as the batch size says.
     *
     * @param captions one for each image
     * @return one for each image, in order
     * @throws IllegalArgumentException if there are not as many captions as images
     * @throws UserException as {@link #invert(RgbImage, String)}
     */
    public List<Inverted> invert(List<RgbImage> images, List<String> captions) {
        if (images.size() != captions.size()) {
            throw new IllegalArgumentException(images.size() + " images and " + captions.size() + " captions");
        }
        Map<Size, List<Integer>> shapes = new LinkedHashMap<>();
        List<Placement> placements = new ArrayList<>();
        for (int i = 0; i < images.size(); i++) {
            Placement placement = place(images.get(i));
            placements.add(placement);
            shapes.computeIfAbsent(placement.target(), shape -> new ArrayList<>())
                    .add(i);
        }
        Inverted[] inverted = new Inverted[images.size()];
        for (List<Integer> shape : shapes.values()) {
            for (int from = 0; from < shape.size(); from += settings.batchSize()) {
                List<Integer> batch = shape.subList(from, Math.min(shape.size(), from + settings.batchSize()));
                List<Input> inputs = batch.stream()
                        .map(i -> new Input(
                                placements.get(i).apply(images.get(i), settings.resize()),
                                captions.get(i),
                                ToldSizes.of(settings).of(placements.get(i))))
                        .toList();
                List<Engine.Result> results = engine.run(inputs, settings.recipe());
                for (int i = 0; i < inputs.size(); i++) {
                    int image = batch.get(i);
                    inverted[image] = inverted(
                            inputs.get(i), results.get(i), restoration(images.get(image), placements.get(image)));
                }
            }
        }
        return List.of(inverted);
    }

    /**
     * Edits by prompt-to-prompt with the default options.
     *
     * @param image inverted by an inverter of equal settings
     * @param prompt in the caption's place; a word may be written {@code (word:1.5)} to scale its attention
     * @return of the size of the inverted image, or of the image's own where sizes are restored
     * @throws UserException if the method cannot edit, the prompt does not allow the edit, or the result has infinities or
     *     NaN
     * @throws EngineException if the device fails
     */
    public RgbImage edit(Inverted image, String prompt) {
        return edit(image, prompt, edits -> {});
    }

    /**
     * Likewise, with options.
     *
     * @param how sets them; one control, and neither edit prompts nor a CLIP model
     */
    public RgbImage edit(Inverted image, String prompt, Consumer<Edits> how) {
        Edits edits = new Edits();
        how.accept(edits);
        EditRecipe recipe = edits.recipe();
        if (recipe.controls().size() != 1) {
            throw new UserException(
                    "control: an edit has one; got " + recipe.controls().size());
        }
        InversionOptions.users(() -> EditMethod.of(settings.methods().get(0)));
        EditInput input = new EditInput(
                image.original(),
                image.caption(),
                List.of(new EditPrompt(prompt)),
                null,
                image.starts(),
                image.toldSize());
        Edited edited = engine.edit(List.of(input), settings.recipe(), recipe).get(0);
        if (!edited.finite()) {
            throw notFinite(prompt);
        }
        image.keep(edited.inversion());
        Edit edit = edited.edits().get(0);
        if (edit.failure() != null) {
            throw new UserException(edit.failure().message());
        }
        return image.restored(edit.sample().edited());
    }

    /** Pixels of the square that images are resized to; other shapes have about as many pixels. */
    public int resolution() {
        return settings.resolution();
    }

    /** {@code cpu} or {@code gpu:N}. */
    public String device() {
        return engine.device();
    }

    /** Native arrays that stay between calls: the model's weights and tables. */
    int residentArrays() {
        return engine.residentArrays();
    }

    /** Waits for calls under way, then frees the model. Later calls fail. */
    @Override
    public void close() {
        engine.close();
    }

    private Placement place(RgbImage image) {
        try {
            return settings.sizing().place(image.width(), image.height());
        } catch (ImageException e) {
            throw new UserException(e.getMessage(), e);
        }
    }

    /** How results get the image's own size back; null where they do not. */
    private Restoration restoration(RgbImage image, Placement placement) {
        return settings.restoresSize() ? new Restoration(image, placement, settings.resize()) : null;
    }

    private static Inverted inverted(Input input, Engine.Result result, Restoration restoration) {
        if (!result.finite()) {
            throw notFinite(input.caption());
        }
        Engine.Reconstruction made = result.reconstructions().get(0);
        Engine.Latent latent = result.terminalLatent();
        List<InvertedArray> starts = latent == null
                ? List.of()
                : List.of(new InvertedArray(EditMethod.TERMINAL, null, latent.shape(), "float32", latent.bytes()));
        return new Inverted(
                input.image(),
                input.caption(),
                latent,
                made.image(),
                Scores.of(input.image(), made.image(), made.lpips()),
                result.ceiling(),
                Scores.of(input.image(), result.ceiling(), result.ceilingLpips()),
                starts,
                input.size(),
                restoration);
    }

    private static UserException notFinite(String prompt) {
        return new UserException(
                "the results of '" + prompt + "' have infinities or NaN; try dtype float32 or bfloat16");
    }
}
