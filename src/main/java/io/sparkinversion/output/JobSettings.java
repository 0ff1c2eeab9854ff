package io.sparkinversion.output;

import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.diffusion.LongCaptions;
import io.sparkinversion.engine.EditRecipe.Control;
import io.sparkinversion.image.ResizeMode;
import io.sparkinversion.image.SizeConditioning;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.weights.Address;
import io.sparkinversion.weights.Sha256;
import io.sparkinversion.worker.ContentKey;
import io.sparkinversion.worker.WorkerSettings;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Everything that one run of the job is told.
 *
 * @param dataset the images and captions
 * @param output the directory of the result tables: a local path or an {@code hdfs://} or {@code s3a://} address
 * @param worker what executors must know
 * @param lpipsNet the name that the tables give the LPIPS network, such as {@code alex}; null for no LPIPS
 * @param partitions tasks a wave; 0 takes Spark's default parallelism
 * @param waveSize images that commit together; 0 takes as many as are computed in about half a minute
 * @param resume what to do with the rows of an earlier run on the same output
 */
public record JobSettings(
        DatasetSettings dataset,
        String output,
        WorkerSettings worker,
        String lpipsNet,
        int partitions,
        int waveSize,
        Resume resume)
        implements Serializable {

    /** How the names of the settings of edits begin. */
    public static final String CONTROL = "control_";

    /** The setting that says how images were resized, where that was not by their middle square. */
    public static final String RESIZE_MODE = "resize_mode";

    /** What follows in their values where a control is for some of the methods only. */
    public static final String CONTROL_METHODS = "; with ";

    private static final int SMALLEST_DEFAULT_WAVE = 64;
    private static final int BATCHES_A_TASK = 4;
    private static final int MOST_PIECES = 20_000;

    /** Images of a dozen shapes and more fill batches only where many are dealt to tasks together. */
    private static final int BATCHES_A_TASK_OF_SHAPES = 16;

    /** What a rerun does with rows whose image, caption and edits are as they were. */
    public enum Resume {
        /** They stay as they are, failed ones included; results of other settings are refused. */
        REUSE,
        /** Those that failed are computed again; results of other settings are refused. */
        RETRY_FAILED,
        /** Those of other settings, such as another model or step count, are computed again, wave by wave. */
        RECOMPUTE
    }

    /**
     * @throws JobException if output is blank or has credentials in it, there is no method or one is named twice, or a
     *     count is negative
     */
    public JobSettings {
        if (output == null || output.isBlank()) {
            throw new JobException("output: no directory given");
        }
        PublicAddress.requireNoCredentials("output", output);
        if (worker.methods().isEmpty()) {
            throw new JobException("methods: none given; known: " + Method.names());
        }
        if (new HashSet<>(worker.methods()).size() < worker.methods().size()) {
            throw new JobException("methods: one is named twice in " + labels(worker.methods()));
        }
        if (partitions < 0 || waveSize < 0) {
            throw new JobException("partitions and wave size must be 0 (automatic) or positive; got " + partitions
                    + " and " + waveSize);
        }
    }

    /** The same with another step count and another output. */
    public JobSettings with(int steps, String directory) {
        return new JobSettings(dataset, directory, worker.withSteps(steps), lpipsNet, partitions, waveSize, resume);
    }

    /** Tasks a wave, where Spark offers {@code defaultParallelism} of them. */
    public int parallelism(int defaultParallelism) {
        return partitions > 0 ? partitions : Math.max(1, defaultParallelism);
    }

    /** Images that are redone in one wave, where Spark offers {@code defaultParallelism} tasks. */
    public int imagesPerWave(int defaultParallelism) {
        if (waveSize > 0) {
            return waveSize;
        }
        int batches = worker.sizing().mode().hasShapes() ? BATCHES_A_TASK_OF_SHAPES : BATCHES_A_TASK;
        long full = (long) batches * parallelism(defaultParallelism) * worker.batchSize();
        return (int) Math.min(Integer.MAX_VALUE, Math.max(SMALLEST_DEFAULT_WAVE, full));
    }

    /**
     * Images of the pieces in which new images are planned, where there is no {@link #waveSize}: a batch for each task,
     * several where images come in shapes, which would not fill one; and more of large datasets, so that there are
     * {@value #MOST_PIECES} at most. Waves are made of these.
     *
     * @param images of the dataset
     */
    public int imagesPerPiece(int defaultParallelism, long images) {
        if (waveSize > 0) {
            return waveSize;
        }
        int batchesATask = worker.sizing().mode().hasShapes() ? BATCHES_A_TASK : 1;
        long batches = (long) batchesATask * parallelism(defaultParallelism) * worker.batchSize();
        return (int) Math.min(Integer.MAX_VALUE, Math.max(batches, (images + MOST_PIECES - 1) / MOST_PIECES));
    }

    /** Names of the methods, in the order of the request. */
    public List<String> methodLabels() {
        return worker.methods().stream().map(Method::label).toList();
    }

    /**
     * The settings that change results, by the name that messages use: all but those that only say where and in which
     * portions the work is done. Addresses are without credentials.
     */
    public Map<String, String> resultSettings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("result_schema", Integer.toString(ResultSchema.VERSION));
        settings.put("model_fingerprint", worker.modelFingerprint());
        settings.put("lpips_net", String.valueOf(lpipsNet));
        settings.put("lpips_weights", lpipsIdentity(worker.lpipsWeights()));
        settings.put("precision", worker.precision().name().toLowerCase(Locale.ROOT));
        settings.put("methods", methodLabels().stream().sorted().collect(Collectors.joining(" ")));
        settings.put("steps", Integer.toString(worker.steps()));
        settings.put("guidance", Double.toString(worker.guidance()));
        settings.put("resolution", Integer.toString(worker.resolution()));
        // The filter; the name is that of results which are older than other shapes.
        settings.put("resize", worker.resize().name().toLowerCase(Locale.ROOT));
        if (worker.sizing().mode() != ResizeMode.CROP) {
            settings.put(RESIZE_MODE, worker.sizing().mode().label());
        }
        if (worker.tellsPictureSize()) {
            settings.put("size_conditioning", SizeConditioning.PICTURE.label());
        }
        if (worker.restoresSize()) {
            settings.put("restore_size", "true");
        }
        settings.putAll(worker.pictures().named());
        if (worker.longCaptions() != LongCaptions.CUT) {
            settings.put("long_captions", worker.longCaptions().label());
        }
        if (worker.edit() != null) {
            worker.edit().controls().forEach(control -> settings.put(CONTROL + control.label(), controlText(control)));
            settings.put(
                    "clip_model", String.valueOf(PublicAddress.of(worker.edit().clipModel())));
            settings.put(
                    "dino_model", String.valueOf(PublicAddress.of(worker.edit().dinoModel())));
        }
        return settings;
    }

    private static String controlText(Control control) {
        List<String> methods = control.methods();
        return control.options().text() + (methods.isEmpty() ? "" : CONTROL_METHODS + String.join(" ", methods));
    }

    /** SHA-256 over {@link #resultSettings}, lower-case hex: equal keys mean comparable, reusable rows. */
    public String settingsKey() {
        List<String> parts = new ArrayList<>();
        resultSettings().forEach((name, value) -> {
            parts.add(name);
            parts.add(value);
        });
        return ContentKey.of(parts);
    }

    /** The hash of a file on this machine, wherever it lies; of one elsewhere the address. */
    private static String lpipsIdentity(String address) {
        try {
            Optional<Path> local =
                    Optional.ofNullable(address).flatMap(Address::local).filter(Files::isRegularFile);
            return local.isPresent()
                    ? Sha256.of(Files.readAllBytes(local.get()))
                    : String.valueOf(PublicAddress.of(address));
        } catch (IOException e) {
            throw new JobException("cannot read the LPIPS weights at " + address + ": " + e.getMessage(), e);
        }
    }

    private static String labels(List<Method> methods) {
        return methods.stream().map(Method::label).collect(Collectors.joining(", "));
    }
}
