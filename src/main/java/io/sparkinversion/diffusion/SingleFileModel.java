package io.sparkinversion.diffusion;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.NoiseSchedule.PredictionType;
import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.weights.ModelFolder;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.single.Architecture;
import io.sparkinversion.weights.single.SingleFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A model in one file under its original names. Its configs are those of the released models of its architecture, or of
 * a folder that the user names; its tokenizer is CLIP's, which no such file holds.
 *
 * @param file the checkpoint
 * @param folder with {@code unet/config.json} and so on, or with {@code tokenizer/} alone; null for none
 * @param architecture what kind of model it is
 * @param hasVae whether the file has an autoencoder
 * @param prediction what the UNet predicts, and what says so
 */
public record SingleFileModel(Path file, Path folder, Architecture architecture, boolean hasVae, Prediction prediction)
        implements ModelComponents {
    private static final int EPSILON_STEPS = 875_000;
    private static final int SIZE_OF_EPSILON = 64;
    private static final String V_PRED = "v_pred";

    /** @param source for the user; empty where there is nothing to say */
    public record Prediction(PredictionType type, Optional<String> source) {}

    /**
     * Reads the file's header.
     *
     * @param folder see above; null for none
     * @throws UserException if it is no such file, or a model of another kind
     */
    public static SingleFileModel open(Path file, Path folder) {
        try (SingleFile single = SingleFile.open(file)) {
            Architecture architecture = single.architecture();
            return new SingleFileModel(file, folder, architecture, single.hasVae(), prediction(file, single));
        }
    }

    private static Prediction prediction(Path file, SingleFile single) {
        if (single.architecture() == Architecture.SDXL) {
            boolean velocity = single.has(V_PRED);
            return velocity
                    ? new Prediction(PredictionType.V_PREDICTION, Optional.of("the file's tensor " + V_PRED))
                    : new Prediction(PredictionType.EPSILON, Optional.empty());
        }
        if (single.architecture() == Architecture.SD1) {
            return new Prediction(PredictionType.EPSILON, Optional.empty());
        }
        Path yaml = beside(file, ".yaml");
        if (Files.isRegularFile(yaml)) {
            try {
                boolean velocity = Files.readString(yaml).matches("(?s).*parameterization:\\s*[\"']?v[\"']?\\s.*");
                return new Prediction(
                        velocity ? PredictionType.V_PREDICTION : PredictionType.EPSILON,
                        Optional.of(yaml.getFileName().toString()));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + yaml, e);
            }
        }
        return single.globalStep() == EPSILON_STEPS
                ? new Prediction(PredictionType.EPSILON, Optional.of("its global_step " + EPSILON_STEPS))
                : new Prediction(
                        PredictionType.V_PREDICTION,
                        Optional.of("the default for Stable Diffusion 2, since a single file does not tell; give"
                                + " --prediction-type epsilon for a model made of the 512-pixel base"));
    }

    private static Path beside(Path file, String ending) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return file.resolveSibling((dot < 0 ? name : name.substring(0, dot)) + ending);
    }

    @Override
    public String name() {
        return file.toString();
    }

    @Override
    public NetworkConfig config(Component component) {
        if (folder != null && Files.exists(folder.resolve(component.folder()))) {
            return new DiffusersFolder(folder).config(component);
        }
        NetworkConfig config = BuiltInConfigs.config(architecture.configs(), component);
        if (component == Component.SCHEDULER) {
            return config.with(
                    "prediction_type", prediction.type() == PredictionType.EPSILON ? "epsilon" : "v_prediction");
        }
        boolean base = architecture == Architecture.SD2 && prediction.type() == PredictionType.EPSILON;
        return component == Component.UNET && base ? config.with("sample_size", SIZE_OF_EPSILON) : config;
    }

    /** The same for a user who knows what the UNet predicts. */
    SingleFileModel predicting(PredictionType type) {
        return new SingleFileModel(file, folder, architecture, hasVae, new Prediction(type, Optional.empty()));
    }

    @Override
    public WeightSource weights(Component component, List<WeightSpec> specs) {
        List<String> names = specs.stream().map(WeightSpec::name).toList();
        // Every view closes the file that it is of, so each has its own mapping.
        SingleFile single = SingleFile.open(file);
        return switch (component) {
            case UNET -> single.unet(names);
            case VAE -> {
                if (!hasVae) {
                    single.close();
                    throw new UserException(file + " holds no VAE; give one with --vae FOLDER or --vae FILE");
                }
                yield single.vae(names);
            }
            case TEXT_ENCODER -> single.textEncoder(false);
            case TEXT_ENCODER_2 -> single.textEncoder(true);
            case SCHEDULER -> throw new IllegalArgumentException("a scheduler has no weights");
        };
    }

    @Override
    public ClipTokenizer tokenizer(Component textEncoder, int length) {
        boolean padsWithZero = architecture == Architecture.SD2 || textEncoder == Component.TEXT_ENCODER_2;
        return ClipVocabulary.tokenizer(this, textEncoder, length, padsWithZero);
    }

    /** SHA-256 of the tokenizer's files, which are not the model's own. */
    public String tokenizerFingerprint() {
        return ModelFolder.hash(ClipVocabulary.folder(this, Component.TEXT_ENCODER));
    }

    @Override
    public boolean forceZerosForEmptyPrompt() {
        return folder == null || new DiffusersFolder(folder).forceZerosForEmptyPrompt();
    }
}
