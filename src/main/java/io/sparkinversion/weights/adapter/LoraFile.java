package io.sparkinversion.weights.adapter;

import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightsException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A LoRA (arXiv 2106.09685): for some modules of a model a low-rank change of the weight, {@code up @ down}, under the
 * names of kohya's scripts, of diffusers' older and newer versions, or of peft. Kinds of adapters that are stored in
 * similar files and computed in another way are refused by name.
 */
public final class LoraFile {
    /** Where a key's module ends, and which of a change's parts it is. */
    private static final Pattern KEY = Pattern.compile("(.+?)(?:\\.lora_(down|up|A|B)\\.weight"
            + "|_lora\\.(down|up)\\.weight|\\.lora(?:_linear_layer)?\\.(down|up)\\.weight|\\.(alpha))");

    private record Kind(String part, String name) {}

    private static final List<Kind> OTHERS = List.of(
            new Kind(
                    "base_model.model.",
                    "an adapter that peft itself saved, with its scale in another file (adapter_config.json)"),
            new Kind("hada_", "a LoHa"),
            new Kind("lokr_", "a LoKr"),
            new Kind("lora_mid", "a LoCon with a Tucker decomposition (lora_mid)"),
            new Kind("dora_scale", "a DoRA"),
            new Kind("lora_magnitude_vector", "a DoRA"),
            new Kind(".diff", "a full difference of weights"),
            new Kind("w_norm", "a full difference of norms"),
            new Kind("oft_", "an OFT"),
            new Kind(".a1.", "a GLoRA"),
            new Kind(".b1.", "a GLoRA"),
            new Kind("lora_te3", "a LoRA of a model with three text encoders"),
            new Kind("lora_transformer", "a LoRA of a transformer model (SD 3, Flux)"),
            new Kind("transformer.", "a LoRA of a transformer model (SD 3, Flux)"));

    private static final List<String> WHOLE_MODEL = List.of("model.diffusion_model.", "first_stage_model.");
    private static final int LISTED = 3;

    private LoraFile() {}

    /** Stored tensors of one module. */
    private static final class Parts {
        private String down;
        private String up;
        private String alpha;
    }

    /**
     * Reads a file, and finds the module of every key.
     *
     * @param modules of the model that it is for
     * @param scale that the changes are multiplied with
     * @throws WeightsException if it is no LoRA, one of another kind, or of another model
     */
    public static List<LoraChange> read(Path path, LoraModules modules, double scale) {
        try (WeightSource file = WeightFiles.openAmongOthers(path)) {
            requireNoWholeModel(path, file.names());
            PeftSettings settings = PeftSettings.of(WeightFiles.metadata(file), path.toString());
            Map<String, Parts> parts = new LinkedHashMap<>();
            for (String key : file.names()) {
                Matcher matcher = KEY.matcher(key);
                if (!matcher.matches()) {
                    throw refused(path, key);
                }
                put(parts.computeIfAbsent(matcher.group(1), module -> new Parts()), matcher, key);
            }
            Map<LoraModules.Module, LoraChange> changes = new LinkedHashMap<>();
            Map<String, String> unmatched = new TreeMap<>();
            parts.forEach((name, stored) -> modules.find(name)
                    .ifPresentOrElse(
                            module -> {
                                LoraChange change = change(file, path, module, stored, name, scale, settings);
                                if (changes.putIfAbsent(module, change) != null) {
                                    throw new WeightsException(
                                            path + " names the module " + module + " twice, once as " + name);
                                }
                            },
                            () -> unmatched.put(name, name)));
            if (!unmatched.isEmpty()) {
                unmatched.keySet().forEach(name -> requireNoOtherKind(path, name));
                List<String> some = unmatched.keySet().stream().limit(LISTED).toList();
                throw new WeightsException(path + " does not fit the model: it has no "
                        + String.join(", no ", some)
                        + (unmatched.size() > LISTED ? " and " + (unmatched.size() - LISTED) + " more" : "")
                        + " (" + unmatched.size() + " of " + parts.size()
                        + " modules); is it a LoRA of another kind of model?");
            }
            if (changes.isEmpty()) {
                throw new WeightsException(path + " holds no LoRA: it has no tensors");
            }
            return List.copyOf(changes.values());
        }
    }

    private static void put(Parts parts, Matcher matcher, String key) {
        String role = matcher.group(2) != null
                ? matcher.group(2)
                : matcher.group(3) != null ? matcher.group(3) : matcher.group(4);
        if (role == null) {
            parts.alpha = key;
        } else if (role.equals("down") || role.equals("A")) {
            parts.down = key;
        } else {
            parts.up = key;
        }
    }

    private static LoraChange change(
            WeightSource file,
            Path path,
            LoraModules.Module module,
            Parts stored,
            String name,
            double scale,
            PeftSettings settings) {
        if (stored.down == null || stored.up == null) {
            throw new WeightsException(path + ": the module " + name + " has no "
                    + (stored.down == null ? "down" : "up") + " weight; the file is damaged or incomplete");
        }
        WeightTensor down = file.read(stored.down);
        WeightTensor up = file.read(stored.up);
        long rank = down.shape().length == 0 ? 0 : down.shape()[0];
        if (rank < 1 || up.shape().length < 2 || up.elements() != up.shape()[0] * rank) {
            throw new WeightsException(path + ": the weights of " + name + " do not fit each other: down "
                    + Arrays.toString(down.shape()) + ", up " + Arrays.toString(up.shape()));
        }
        double alpha = stored.alpha == null
                ? settings.alpha(module.component(), rank)
                : number(file.read(stored.alpha), path, stored.alpha);
        float factor = (float) (scale * alpha / rank);
        return new LoraChange(module.component(), module.path(), path.toString(), up, down, (int) rank, factor);
    }

    private static double number(WeightTensor tensor, Path path, String key) {
        float value = tensor.elements() == 1 ? tensor.toFloats()[0] : Float.NaN;
        if (!Float.isFinite(value)) {
            throw new WeightsException(path + ": '" + key + "' is not one finite number; the file is damaged");
        }
        return value;
    }

    private static void requireNoWholeModel(Path path, Set<String> keys) {
        if (keys.stream().anyMatch(key -> WHOLE_MODEL.stream().anyMatch(key::startsWith))) {
            throw new WeightsException(path + " is a whole model and no LoRA: give it with --model");
        }
    }

    private static WeightsException refused(Path path, String key) {
        requireNoOtherKind(path, key);
        return new WeightsException(path + ": the key '" + key + "' is none of a LoRA's");
    }

    private static void requireNoOtherKind(Path path, String key) {
        for (Kind kind : OTHERS) {
            if (key.contains(kind.part())) {
                throw new WeightsException(
                        path + " is " + kind.name() + ", which is not supported (key '" + key + "')");
            }
        }
    }
}
