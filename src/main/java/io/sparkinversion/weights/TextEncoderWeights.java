package io.sparkinversion.weights;

import io.sparkinversion.weights.WeightViews.View;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A CLIP text encoder's weights under the names that transformers had for years, with what makes no difference left out:
 * newer versions leave {@code text_model.} away, older ones stored position ids, and a config that names fewer layers
 * than the file has (clip skip) means the first ones.
 */
public final class TextEncoderWeights {
    private static final String MODEL = "text_model.";
    private static final List<String> PARTS = List.of("embeddings.", "encoder.", "final_layer_norm.");
    private static final Pattern LAYER = Pattern.compile("text_model\\.encoder\\.layers\\.(\\d{1,4})\\..*");
    private static final String POSITION_IDS = MODEL + "embeddings.position_ids";
    private static final String PROJECTION = "text_projection.weight";
    private static final String SCALE = "logit_scale";

    private TextEncoderWeights() {}

    /**
     * @param stored closed with the result
     * @param layers how many the config names
     * @param projected whether the projection of the pooled state is used
     */
    public static WeightSource of(WeightSource stored, int layers, boolean projected) {
        Map<String, View> views = new LinkedHashMap<>();
        for (String name : stored.names()) {
            String usual = PARTS.stream().anyMatch(name::startsWith) ? MODEL + name : name;
            Matcher layer = LAYER.matcher(usual);
            boolean skipped = layer.matches() && Integer.parseInt(layer.group(1)) >= layers;
            boolean unused =
                    usual.equals(POSITION_IDS) || usual.equals(SCALE) || usual.equals(PROJECTION) && !projected;
            if (!skipped && !unused) {
                views.put(usual, View.of(name));
            }
        }
        return new WeightViews(stored, views);
    }
}
