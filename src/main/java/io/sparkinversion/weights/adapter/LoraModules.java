package io.sparkinversion.weights.adapter;

import io.sparkinversion.weights.single.OriginalUNetNames;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The modules of a model by all names that LoRAs have for them. A table of all of them, because the underscores of
 * kohya's names cannot be turned back into dots.
 */
public final class LoraModules {
    private static final String WEIGHT = ".weight";
    private static final String UNET = "unet";
    private static final String KOHYA_UNET = "lora_unet_";

    /** Of kohya's scripts; a model with one text encoder has the first of them. */
    private static final Map<String, String[]> KOHYA_TEXT = Map.of(
            "text_encoder", new String[] {"lora_te_", "lora_te1_"}, "text_encoder_2", new String[] {"lora_te2_"});

    /** The names of attention processors in older versions of diffusers. */
    private static final Map<String, String> OLD_UNET = Map.of("to_out", "to_out.0");

    private static final Map<String, String> OLD_TEXT =
            Map.of("to_q", "q_proj", "to_k", "k_proj", "to_v", "v_proj", "to_out", "out_proj");

    private final Map<String, Module> byName = new HashMap<>();

    /**
     * @param component the folder's name, such as {@code unet}
     * @param path of the module in diffusers and transformers
     */
    public record Module(String component, String path) {
        @Override
        public String toString() {
            return component + "." + path;
        }
    }

    /** @param names all weights of each component, by the folder's name */
    public LoraModules(Map<String, ? extends Collection<String>> names) {
        names.forEach((component, weights) -> {
            OriginalUNetNames original = component.equals(UNET) ? OriginalUNetNames.of(weights) : null;
            for (String weight : weights) {
                if (weight.endsWith(WEIGHT) && !weight.equals("text_projection.weight")) {
                    add(new Module(component, weight.substring(0, weight.length() - WEIGHT.length())), original);
                }
            }
        });
    }

    private void add(Module module, OriginalUNetNames original) {
        String path = module.path();
        byName.put(module.component() + "." + path, module);
        String flat = path.replace('.', '_');
        if (original == null) {
            for (String prefix : KOHYA_TEXT.getOrDefault(module.component(), new String[0])) {
                byName.put(prefix + flat, module);
            }
            old(module, OLD_TEXT, ".");
        } else {
            byName.put(path, module);
            byName.put(KOHYA_UNET + flat, module);
            byName.put(KOHYA_UNET + original.of(path).replace('.', '_'), module);
            old(module, OLD_UNET, ".processor.");
            for (String projection : new String[] {"to_q", "to_k", "to_v"}) {
                old(module, Map.of(projection, projection), ".processor.");
            }
        }
    }

    /** {@code ...attn1.to_out.0} was {@code ...attn1.processor.to_out}. */
    private void old(Module module, Map<String, String> names, String separator) {
        names.forEach((old, current) -> {
            String ending = "." + current;
            if (module.path().endsWith(ending)) {
                String stem = module.path().substring(0, module.path().length() - ending.length());
                byName.put(module.component() + "." + stem + separator + old, module);
                if (module.component().equals(UNET)) {
                    byName.put(stem + separator + old, module);
                }
            }
        });
    }

    /** @param name of a module in a LoRA's file */
    Optional<Module> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }
}
