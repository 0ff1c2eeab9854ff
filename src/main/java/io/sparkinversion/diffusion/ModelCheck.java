package io.sparkinversion.diffusion;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.weights.WeightSource;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Whether a model can be loaded, without loading it: its configs, the names and shapes of its weights, its tokenizers.
 * Takes about a second and reads no weights, so that a model that does not fit is refused before anything starts.
 */
public final class ModelCheck {
    private ModelCheck() {}

    /**
     * @throws io.sparkinversion.UserException if a part is missing, damaged or not supported, or two do not fit each
     *     other
     */
    public static ModelNetworks check(ModelComponents model) {
        ModelNetworks networks = ModelNetworks.of(model, ScalarType.FLOAT32);
        NoiseSchedule schedule = model.schedule();
        schedule.steps(1);
        for (Component component : networks.components()) {
            Program program = networks.program(component, Target.portable());
            try (WeightSource source = networks.weights(model, component, program)) {
                DeviceWeights.requireFit(source, program.weights(), Set.of());
            }
        }
        tokenizers(model, networks);
        return networks;
    }

    private static void tokenizers(ModelComponents model, ModelNetworks networks) {
        List<ClipTokenizer> tokenizers = new ArrayList<>();
        try {
            networks.textConfigs().forEach((component, config) -> {
                ClipTokenizer tokenizer = tokenizer(model, component, config.maxPositionEmbeddings());
                tokenizers.add(tokenizer);
                PromptEncoder.requireFit(model, component, tokenizer, config);
            });
            if (tokenizers.size() > 1) {
                PromptEncoder.requireSameTokens(model, tokenizers.get(0), tokenizers.get(1));
            }
        } finally {
            tokenizers.forEach(ClipTokenizer::close);
        }
    }

    private static ClipTokenizer tokenizer(ModelComponents model, Component textEncoder, int length) {
        try {
            return model.tokenizer(textEncoder, length);
        } catch (IllegalArgumentException | UncheckedIOException e) {
            throw new UserException(
                    "model: " + e.getMessage() + "; fetch " + textEncoder.tokenizerFolder() + "/ again", e);
        }
    }
}
