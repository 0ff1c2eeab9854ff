package io.sparkinversion.diffusion;

import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.weights.WeightSource;
import java.util.List;

/** Where a Stable Diffusion model's parts come from. */
public interface ModelComponents {

    /** The model's name for messages. */
    String name();

    NetworkConfig config(Component component);

    /**
     * The weights of a component; the caller closes them.
     *
     * @param specs what the architecture needs, for sources that make weights up
     */
    WeightSource weights(Component component, List<WeightSpec> specs);

    /**
     * The same weights under the names that the architecture has, with what belongs to the model beside its files, such
     * as a LoRA. Closing the result closes the source.
     */
    default WeightSource adapted(Component component, WeightSource named) {
        return named;
    }

    /**
     * The caller closes it.
     *
     * @param textEncoder whose
     */
    ClipTokenizer tokenizer(Component textEncoder, int length);

    default NoiseSchedule schedule() {
        return NoiseSchedule.of(config(Component.SCHEDULER));
    }

    /**
     * Whether a missing negative prompt is an embedding of zeros (diffusers' {@code force_zeros_for_empty_prompt}), for
     * models with two text encoders; the empty prompt's embedding otherwise.
     */
    default boolean forceZerosForEmptyPrompt() {
        return true;
    }

    /** The parts that have a config. */
    enum Component {
        UNET("unet", "config.json", "diffusion_pytorch_model"),
        VAE("vae", "config.json", "diffusion_pytorch_model"),
        TEXT_ENCODER("text_encoder", "config.json", "model"),
        TEXT_ENCODER_2("text_encoder_2", "config.json", "model"),
        SCHEDULER("scheduler", "scheduler_config.json", null);

        private final String folder;
        private final String configFile;
        private final String weightStem;

        Component(String folder, String configFile, String weightStem) {
            this.folder = folder;
            this.configFile = configFile;
            this.weightStem = weightStem;
        }

        /** The folder of a text encoder's tokenizer. */
        String tokenizerFolder() {
            return this == TEXT_ENCODER_2 ? "tokenizer_2" : "tokenizer";
        }

        public String folder() {
            return folder;
        }

        public String configFile() {
            return configFile;
        }

        /** The weight file's name without ending; null for the scheduler. */
        public String weightStem() {
            return weightStem;
        }
    }
}
