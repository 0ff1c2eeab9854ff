package io.sparkinversion.verify;

import io.sparkinversion.verify.models.XlSuites;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which suite compares which golden file of a model, by the file's name. */
final class ModelSuites {
    /** Why nothing in files of these names can be computed. */
    private static final Map<String, String> NOT_IMPLEMENTED = new LinkedHashMap<>();

    static {
    }

    private ModelSuites() {}

    static Suite of(GoldenFolder folder, String file, ModelUnderTest model) {
        if (model.model().hasAddition()) {
            return XlSuites.of(folder, file, model);
        }
        String kind = file.replaceAll("\\d+$", "");
        return switch (kind) {
            case "text", "tokenizer" -> new TextSuite(model, textPrompts(folder, file));
            case "vae" -> new VaeSuite(model);
            case "unet" -> new UNetSuite(model);
            case "inv", "rect" -> {
                Source source = new Source(model, folder, file);
                yield Suite.all(
                        new InversionSuite(source),
                        new NullTextSuite(source),
                        new DirectSuite(source),
                        new PromptToPromptSuite(source));
            }
            case "prox" -> new ProximalSuite(model);
            case "p2p", "extra", "pie_p2p" -> new PromptToPromptSuite(new Source(model, folder, file));
            case "nti_earlystop" -> new NullTextSuite(new Source(model, folder, file));
            case "guidance", "partial" -> new GuidanceSuite(new Source(model, folder, file));
            case "edict", "obelm" -> new CoupledSuite(new Source(model, folder, file));
            case "fixedpoint", "renoise", "spdinv" -> new FixedPointSuite(new Source(model, folder, file));
            case "ef_ddpm", "ef_p2p" -> new StochasticSuite(new Source(model, folder, file));
            case "ddcm" -> new VirtualSuite(new Source(model, folder, file));
            case "masactrl", "pnp" -> new AttentionSuite(new Source(model, folder, file));
            default ->
                Suite.notSupported(NOT_IMPLEMENTED.entrySet().stream()
                        .filter(entry -> kind.matches(entry.getKey()))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse("no suite for files of the kind '" + kind + "'"));
        };
    }

    /** The text encoder's goldens may be of the prompts of the tokenizer's. */
    private static List<String> textPrompts(GoldenFolder folder, String file) {
        List<String> own = folder.prompts(file, "ids");
        return own.isEmpty() ? folder.prompts("tokenizer", "ids") : own;
    }
}
