package io.sparkinversion.weights.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sparkinversion.weights.WeightsException;
import java.util.Map;

/**
 * The settings of peft that diffusers (0.34 and later) writes into a LoRA's metadata, as {@code unet.lora_alpha} and so
 * on. Its files have no alpha among their tensors: without the settings the scale would be 1 whatever the training's was.
 *
 * @param values an object; missing where the file has none
 */
record PeftSettings(JsonNode values, String file) {
    private static final String KEY = "lora_adapter_metadata";

    /** @throws WeightsException if the settings cannot be read */
    static PeftSettings of(Map<String, String> metadata, String file) {
        String json = metadata.get(KEY);
        if (json == null) {
            return new PeftSettings(MissingNode.getInstance(), file);
        }
        try {
            return new PeftSettings(new ObjectMapper().readTree(json), file);
        } catch (JsonProcessingException e) {
            throw new WeightsException(file + ": its metadata " + KEY + " is not valid JSON", e);
        }
    }

    /**
     * The alpha of a component's modules, such that alpha / rank is their scale.
     *
     * @return the rank where the file does not say, which makes the scale 1
     * @throws WeightsException if the modules of the component have several
     */
    double alpha(String component, long rank) {
        JsonNode alpha = values.path(component + ".lora_alpha");
        if (alpha.isMissingNode() || alpha.isNull()) {
            return rank;
        }
        if (!alpha.isNumber() || !Double.isFinite(alpha.doubleValue())) {
            throw new WeightsException(
                    file + ": '" + component + ".lora_alpha' of its metadata is " + alpha + ", not a number");
        }
        if (!values.path(component + ".alpha_pattern").isEmpty()) {
            throw new WeightsException(file + " has an alpha for each module in its metadata (" + component
                    + ".alpha_pattern), which is not supported");
        }
        // rank-stabilised LoRA (arXiv 2312.03732) divides by the root of the rank
        boolean stabilised = values.path(component + ".use_rslora").asBoolean();
        return stabilised ? alpha.doubleValue() * Math.sqrt((double) rank) : alpha.doubleValue();
    }
}
