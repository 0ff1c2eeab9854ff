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
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

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
    private static final List<String> PARTS =
            List.of("unet", "vae", "text_encoder", "text_encoder_2", "scheduler", "tokenizer", "tokenizer_2");
    private static final String V_PRED = "v_pred";
    private static final Pattern VELOCITY =
            Pattern.compile("^\\s*parameterization:\\s*[\"']?v[\"']?\\s*(#.*)?$", Pattern.MULTILINE);

    /**
     * @param source for the user; empty where there is nothing to say
     * @param stated whether the file or one beside it says so; otherwise it is a guess, and the configs of a folder win
     */
    public record Prediction(PredictionType type, Optional<String> source, boolean stated) {
        private static Prediction stated(PredictionType type, String source) {
            return new Prediction(type, Optional.of(source), true);
        }

        private static Prediction usual(PredictionType type) {
            return new Prediction(type, Optional.empty(), false);
        }
    }

    /**
     * Reads the file's header.
     *
     * @param folder see above; null for none
     * @throws UserException if it is no such file, or a model of another kind, or the folder has nothing to read it by
     */
    public static SingleFileModel open(Path file, Path folder) {
        requireUseful(folder);
        try (SingleFile single = SingleFile.open(file)) {
            Architecture architecture = single.architecture();
            return new SingleFileModel(file, folder, architecture, single.hasVae(), prediction(file, single));
        }
    }

    private static void requireUseful(Path folder) {
        if (folder != null && PARTS.stream().noneMatch(part -> Files.isDirectory(folder.resolve(part)))) {
            throw new UserException("config: " + folder + " is not a diffusers folder; it needs one or more of "
                    + String.join("/, ", PARTS) + "/");
        }
    }

    private static Prediction prediction(Path file, SingleFile single) {
        if (single.architecture() == Architecture.SDXL) {
            boolean velocity = single.has(V_PRED);
            return velocity
                    ? Prediction.stated(PredictionType.V_PREDICTION, "the file's tensor " + V_PRED)
                    : Prediction.usual(PredictionType.EPSILON);
        }
        if (single.architecture() == Architecture.SD1) {
            return Prediction.usual(PredictionType.EPSILON);
        }
        Path yaml = beside(file, ".yaml");
        if (Files.isRegularFile(yaml)) {
            try {
                boolean velocity = VELOCITY.matcher(Files.readString(yaml)).find();
                return Prediction.stated(
                        velocity ? PredictionType.V_PREDICTION : PredictionType.EPSILON,
                        yaml.getFileName().toString());
            } catch (IOException e) {
                throw new UncheckedIOException("cannot read " + yaml, e);
            }
        }
        return single.globalStep() == EPSILON_STEPS
                ? new Prediction(PredictionType.EPSILON, Optional.of("its global_step " + EPSILON_STEPS), false)
                : new Prediction(
                        PredictionType.V_PREDICTION,
                        Optional.of("the default for Stable Diffusion 2, since a single file does not tell; give"
                                + " --prediction-type epsilon for a model made of the 512-pixel base"),
                        false);
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
        if (configured(component)) {
            NetworkConfig own = new DiffusersFolder(folder).config(component);
            if (component == Component.SCHEDULER) {
                requireAgreement(own);
            }
            return own;
        }
        NetworkConfig config = BuiltInConfigs.config(architecture.configs(), component);
        if (component == Component.SCHEDULER) {
            return config.with(
                    "prediction_type", prediction.type() == PredictionType.EPSILON ? "epsilon" : "v_prediction");
        }
        boolean base = architecture == Architecture.SD2 && prediction.type() == PredictionType.EPSILON;
        return component == Component.UNET && base ? config.with("sample_size", SIZE_OF_EPSILON) : config;
    }

    /** Whether the config of a component comes from the user's folder, not from the released model. */
    public boolean configured(Component component) {
        return folder != null && Files.exists(folder.resolve(component.folder()));
    }

    private void requireAgreement(NetworkConfig scheduler) {
        PredictionType said = NoiseSchedule.of(scheduler).predictionType();
        if (prediction.stated() && prediction.type() != said) {
            throw new UserException("the configs in " + folder + " say that " + file + " predicts " + name(said) + ", "
                    + prediction.source().orElseThrow() + " says " + name(prediction.type())
                    + "; give --prediction-type " + name(prediction.type()) + " or " + name(said));
        }
    }

    private static String name(PredictionType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    /** The same for a user who knows what the UNet predicts. */
    SingleFileModel predicting(PredictionType type) {
        return new SingleFileModel(file, folder, architecture, hasVae, Prediction.usual(type));
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

    /** SHA-256 of the tokenizers' files, which are not the model's own. */
    public String tokenizerFingerprint() {
        Path first = ClipVocabulary.folder(this, Component.TEXT_ENCODER);
        Path second = architecture == Architecture.SDXL ? ClipVocabulary.folder(this, Component.TEXT_ENCODER_2) : first;
        return ModelFolder.hash(first) + (second.equals(first) ? "" : ModelFolder.hash(second));
    }

    @Override
    public boolean forceZerosForEmptyPrompt() {
        return folder == null || new DiffusersFolder(folder).forceZerosForEmptyPrompt();
    }
}
