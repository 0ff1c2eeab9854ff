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

    /** The caller closes it. */
    ClipTokenizer tokenizer(int length);

    /** The parts that have a config. */
    enum Component {
        UNET("unet", "config.json", "diffusion_pytorch_model"),
        VAE("vae", "config.json", "diffusion_pytorch_model"),
        TEXT_ENCODER("text_encoder", "config.json", "model"),
        SCHEDULER("scheduler", "scheduler_config.json", null);

        private final String folder;
        private final String configFile;
        private final String weightStem;

        Component(String folder, String configFile, String weightStem) {
            this.folder = folder;
            this.configFile = configFile;
            this.weightStem = weightStem;
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
