package io.sparkinversion.diffusion;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.ModelAdditions.Embedding;
import io.sparkinversion.diffusion.ModelAdditions.Lora;
import io.sparkinversion.diffusion.NoiseSchedule.PredictionType;
import io.sparkinversion.network.ClipTextConfig;
import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.adapter.ExtendedEmbedding;
import io.sparkinversion.weights.adapter.LoraChange;
import io.sparkinversion.weights.adapter.LoraFile;
import io.sparkinversion.weights.adapter.LoraModules;
import io.sparkinversion.weights.adapter.LoraWeights;
import io.sparkinversion.weights.adapter.TextualInversion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A model with what it is given beside its own files: LoRAs, learned tokens, another VAE. */
public final class AdaptedModel implements ModelComponents {
    private final ModelComponents base;
    private final VaeFiles vae;
    private final PredictionType predictionType;
    private final List<LoraChange> changes = new ArrayList<>();
    private final List<TextualInversion> embeddings = new ArrayList<>();

    private AdaptedModel(ModelComponents base, VaeFiles vae, PredictionType predictionType) {
        this.base = base;
        this.vae = vae;
        this.predictionType = predictionType;
    }

    /**
     * Reads the LoRAs and embeddings.
     *
     * @param files brings an addition to this machine
     * @return the model itself where nothing is added
     * @throws UserException if an addition cannot be read, or does not fit the model
     */
    public static ModelComponents of(ModelComponents base, ModelAdditions additions, Function<String, Path> files) {
        boolean nothing = additions.vae() == null
                && additions.predictionType() == null
                && additions.loras().isEmpty()
                && additions.embeddings().isEmpty();
        if (nothing) {
            return base;
        }
        PredictionType predicts = additions.predictionType();
        ModelComponents told =
                base instanceof SingleFileModel single && predicts != null ? single.predicting(predicts) : base;
        VaeFiles vae = additions.vae() == null ? null : VaeFiles.of(files.apply(additions.vae()));
        if (vae != null) {
            vae.requireSameKind(told.config(Component.VAE));
        }
        AdaptedModel adapted = new AdaptedModel(told, vae, predicts);
        ModelNetworks networks = ModelNetworks.of(told, ScalarType.FLOAT32);
        if (!additions.loras().isEmpty()) {
            LoraModules modules = modules(networks);
            for (Lora lora : additions.loras()) {
                adapted.changes.addAll(LoraFile.read(files.apply(lora.address()), modules, lora.scale()));
            }
        }
        List<Integer> widths = networks.textConfigs().values().stream()
                .map(ClipTextConfig::hiddenSize)
                .toList();
        for (Embedding embedding : additions.embeddings()) {
            TextualInversion read = TextualInversion.read(files.apply(embedding.address()), embedding.token());
            read.requireFit(widths);
            adapted.embeddings.add(read);
        }
        return adapted;
    }

    private static LoraModules modules(ModelNetworks networks) {
        return new LoraModules(networks.components().stream()
                .filter(component -> component != Component.VAE)
                .collect(Collectors.toMap(
                        Component::folder,
                        component -> networks.program(component, Target.portable()).weights().stream()
                                .map(WeightSpec::name)
                                .toList())));
    }

    @Override
    public String name() {
        return base.name();
    }

    @Override
    public NetworkConfig config(Component component) {
        return switch (component) {
            case VAE -> vae == null ? base.config(component) : vae.config(base.config(component));
            case SCHEDULER -> {
                NetworkConfig own = base.config(component);
                yield predictionType == null
                        ? own
                        : own.with(
                                "prediction_type",
                                predictionType == PredictionType.EPSILON ? "epsilon" : "v_prediction");
            }
            case TEXT_ENCODER, TEXT_ENCODER_2 -> {
                int added =
                        embeddings.stream().mapToInt(TextualInversion::count).sum();
                NetworkConfig own = base.config(component);
                yield added == 0 ? own : own.with("vocab_size", vocabulary(component) + added);
            }
            case UNET -> base.config(component);
        };
    }

    private int vocabulary(Component textEncoder) {
        return ClipTextConfig.of(base.config(textEncoder)).vocabSize();
    }

    @Override
    public WeightSource weights(Component component, List<WeightSpec> specs) {
        return component == Component.VAE && vae != null ? vae.weights(specs) : base.weights(component, specs);
    }

    @Override
    public WeightSource adapted(Component component, WeightSource named) {
        List<LoraChange> own = changes.stream()
                .filter(change -> change.component().equals(component.folder()))
                .toList();
        WeightSource merged = own.isEmpty() ? named : new LoraWeights(named, own);
        boolean text = component == Component.TEXT_ENCODER || component == Component.TEXT_ENCODER_2;
        if (!text || embeddings.isEmpty()) {
            return merged;
        }
        int encoder = component == Component.TEXT_ENCODER ? 0 : 1;
        return new ExtendedEmbedding(
                merged,
                embeddings.stream()
                        .flatMap(embedding -> Stream.of(embedding.vectors().get(encoder)))
                        .toList());
    }

    @Override
    public ClipTokenizer tokenizer(Component textEncoder, int length) {
        ClipTokenizer own = base.tokenizer(textEncoder, length);
        long next = vocabulary(textEncoder);
        try {
            for (TextualInversion embedding : embeddings) {
                Map<String, List<Long>> tokens = new LinkedHashMap<>();
                List<Long> all = new ArrayList<>();
                for (int i = 0; i < embedding.count(); i++) {
                    all.add(next++);
                }
                tokens.put(embedding.token(), all);
                List<String> single = embedding.vectorNames();
                for (int i = 0; i < single.size(); i++) {
                    tokens.put(single.get(i), List.of(all.get(i + 1)));
                }
                own = own.with(tokens);
            }
            return own;
        } catch (IllegalArgumentException e) {
            own.close();
            throw new UserException("embedding: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean forceZerosForEmptyPrompt() {
        return base.forceZerosForEmptyPrompt();
    }

    /** The names of the added tokens. */
    public Set<String> tokens() {
        return embeddings.stream().map(TextualInversion::token).collect(Collectors.toSet());
    }
}
