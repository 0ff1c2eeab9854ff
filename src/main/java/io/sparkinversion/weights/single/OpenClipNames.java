package io.sparkinversion.weights.single;

import io.sparkinversion.weights.WeightViews.Part;
import io.sparkinversion.weights.WeightViews.View;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A text encoder's weights under open_clip's names, as transformers names them. open_clip stores the projections of
 * queries, keys and values in one matrix, and the text projection with its rows as columns.
 */
final class OpenClipNames {
    private static final String BLOCKS = "transformer.resblocks.";
    private static final Pattern BLOCK = Pattern.compile("transformer\\.resblocks\\.(\\d+)\\.(.*)");
    private static final Set<String> UNUSED = Set.of("logit_scale", "attn_mask");

    private static final Map<String, String> PARTS = Map.of(
            "ln_1.", "layer_norm1.",
            "ln_2.", "layer_norm2.",
            "mlp.c_fc.", "mlp.fc1.",
            "mlp.c_proj.", "mlp.fc2.",
            "attn.out_proj.", "self_attn.out_proj.");

    private OpenClipNames() {}

    /** Whether they are open_clip's. */
    static boolean matches(Set<String> names) {
        return names.stream().anyMatch(name -> name.startsWith(BLOCKS));
    }

    /**
     * @param names stored, without a prefix
     * @return transformers' name to where it is stored; a name that is not open_clip's stands for itself
     */
    static Map<String, View> views(Set<String> names) {
        Map<String, View> views = new LinkedHashMap<>();
        for (String name : names) {
            Matcher block = BLOCK.matcher(name);
            if (block.matches()) {
                String layer = "text_model.encoder.layers." + block.group(1) + ".";
                if (block.group(2).startsWith("attn.in_proj_")) {
                    String kind = block.group(2).substring("attn.in_proj_".length());
                    views.put(layer + "self_attn.q_proj." + kind, new View(name, Part.QUERY_ROWS));
                    views.put(layer + "self_attn.k_proj." + kind, new View(name, Part.KEY_ROWS));
                    views.put(layer + "self_attn.v_proj." + kind, new View(name, Part.VALUE_ROWS));
                } else {
                    views.put(layer + renamed(block.group(2)), View.of(name));
                }
            } else if (!UNUSED.contains(name)) {
                outside(name)
                        .ifPresentOrElse(
                                renamed -> views.put(renamed, View.of(name)), () -> views.put(name, View.of(name)));
                if (name.equals("text_projection")) {
                    views.remove(name);
                    views.put("text_projection.weight", new View(name, Part.TRANSPOSED));
                }
            }
        }
        return views;
    }

    private static Optional<String> outside(String name) {
        return switch (name) {
            case "positional_embedding" -> Optional.of("text_model.embeddings.position_embedding.weight");
            case "token_embedding.weight" -> Optional.of("text_model.embeddings.token_embedding.weight");
            case "ln_final.weight", "ln_final.bias" ->
                Optional.of(name.replace("ln_final", "text_model.final_layer_norm"));
            default -> Optional.empty();
        };
    }

    private static String renamed(String part) {
        return PARTS.entrySet().stream()
                .filter(entry -> part.startsWith(entry.getKey()))
                .map(entry -> entry.getValue() + part.substring(entry.getKey().length()))
                .findFirst()
                .orElse(part);
    }
}
