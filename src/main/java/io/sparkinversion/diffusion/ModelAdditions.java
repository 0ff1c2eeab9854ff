package io.sparkinversion.diffusion;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.NoiseSchedule.PredictionType;
import java.io.Serializable;
import java.util.List;

/**
 * What a model is given beside its own files. Addresses are local paths, or of a Hadoop file system.
 *
 * @param config of a single file: a folder with configs, tokenizers, or both; null for the built-in ones
 * @param vae a folder or a file that takes the autoencoder's place; null for the model's own
 * @param predictionType what the UNet predicts; null for what the model says
 * @param loras merged into the weights, in this order
 * @param embeddings tokens of textual inversion, in this order
 */
public record ModelAdditions(
        String config, String vae, PredictionType predictionType, List<Lora> loras, List<Embedding> embeddings)
        implements Serializable {
    public static final ModelAdditions NONE = new ModelAdditions(null, null, null, List.of(), List.of());

    public ModelAdditions {
        loras = List.copyOf(loras);
        embeddings = List.copyOf(embeddings);
    }

    /**
     * @param scale its weights are multiplied with; 1 as it was trained
     */
    public record Lora(String address, double scale) implements Serializable {
        /**
         * @param text {@code FILE} or {@code FILE:SCALE}
         * @throws UserException if the scale is not finite
         */
        public static Lora parse(String text) {
            int colon = text.lastIndexOf(':');
            String end = text.substring(colon + 1);
            // A colon may belong to an address: s3a://bucket/file, or a file's own name.
            if (colon <= 0 || !end.matches("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?")) {
                return new Lora(text, 1);
            }
            return new Lora(text.substring(0, colon), Double.parseDouble(end));
        }

        /** @throws UserException if there is no address, or the scale is not finite */
        public Lora {
            if (address.isBlank() || !Double.isFinite(scale)) {
                throw new UserException(
                        "lora: invalid value '" + address + ":" + scale + "'; expected FILE or FILE:SCALE");
            }
        }
    }

    /**
     * @param token its name in prompts; null for the one in the file, or the file's own name
     */
    public record Embedding(String address, String token) implements Serializable {
        /** @param text {@code FILE} or {@code FILE:TOKEN} */
        public static Embedding parse(String text) {
            int colon = text.lastIndexOf(':');
            String end = text.substring(colon + 1);
            if (colon <= 0 || end.isBlank() || end.contains("/")) {
                return new Embedding(text, null);
            }
            return new Embedding(text.substring(0, colon), end);
        }
    }

    /** Whether there are none. */
    public boolean isEmpty() {
        return equals(NONE);
    }
}
