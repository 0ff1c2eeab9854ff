package io.sparkinversion.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.editing.AttentionEdit;
import io.sparkinversion.editing.CrossReplace;
import io.sparkinversion.editing.EditSettings;
import io.sparkinversion.editing.ImageEdits;
import io.sparkinversion.editing.LocalBlend;
import io.sparkinversion.editing.TargetEdit;
import io.sparkinversion.editing.Window;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a golden's entry in {@code index.json}, and its name, say of the edit that it is the result of. */
final class EditParameters {
    private static final String DEFAULT = "default_";
    private static final double START_BLEND = 0.2;
    private static final double THRESHOLD = 0.3;
    /** How the proximal goldens describe theirs, such as {@code refine cross .4 self .6}. */
    private static final Pattern CONTROLLER = Pattern.compile("(\\w+) cross ([\\d.]+) self ([\\d.]+)");

    private EditParameters() {}

    /** A golden's targets have the same settings but for the words that are confined, which it gives by prompt. */
    static ImageEdits edits(GoldenFile golden, String tensor) {
        List<String> prompts = golden.prompts(tensor);
        List<TargetEdit> targets = new ArrayList<>();
        for (int i = 1; i < prompts.size(); i++) {
            targets.add(new TargetEdit(prompts.get(i), of(golden, tensor, i)));
        }
        return new ImageEdits(prompts.get(0), targets);
    }

    /** @param target which of the prompts, not the first */
    private static EditSettings of(GoldenFile golden, String tensor, int target) {
        String name = tensor.contains(".") ? tensor.substring(0, tensor.indexOf('.')) : tensor;
        Matcher described = CONTROLLER.matcher(golden.parameter(tensor, "controller").asText());
        if (described.matches()) {
            return EditSettings.of(
                    kind(described.group(1), golden.prompts(tensor)),
                    Double.parseDouble(described.group(2)),
                    Double.parseDouble(described.group(3)));
        }
        EditSettings settings = EditSettings.NONE;
        if (golden.parameter(tensor, "cross_replace").isMissingNode() || name.matches("(none|store).*")) {
            return settings.withLocalBlend(blend(golden, tensor, target));
        }
        JsonNode pixels = golden.parameter(tensor, "self_replace_max_pixels");
        return EditSettings.of(edit(golden, tensor, name), 0, 0)
                .during(crossReplace(golden.parameter(tensor, "cross_replace")),
                        window(golden.parameter(tensor, "self_replace")))
                .withSelfReplacePixels(pixels.asInt(EditSettings.SELF_REPLACE_PIXELS))
                .withLocalBlend(blend(golden, tensor, target));
    }

    private static AttentionEdit edit(GoldenFile golden, String tensor, String name) {
        JsonNode equaliser = golden.parameter(tensor, "equalizer");
        if (equaliser.isMissingNode()) {
            return kind(name, golden.prompts(tensor));
        }
        Map<String, Double> factors = new LinkedHashMap<>();
        for (int i = 0; i < equaliser.path("words").size(); i++) {
            factors.put(equaliser.path("words").path(i).asText(), equaliser.path("values").path(i).asDouble());
        }
        AttentionEdit base = name.contains("only")
                ? new AttentionEdit.Copy()
                : kind(name, golden.prompts(tensor));
        return new AttentionEdit.Reweight(base, factors);
    }

    /** By name or else, as only prompts of equally many words can have words replaced, by these. */
    private static AttentionEdit kind(String name, List<String> prompts) {
        boolean sameLength = prompts.stream().mapToInt(text -> text.split(" ").length).distinct().count() == 1;
        boolean replaces = name.contains("replace") || !name.contains("refine") && sameLength;
        return replaces ? new AttentionEdit.Replace() : new AttentionEdit.Refine();
    }

    static CrossReplace crossReplace(JsonNode node) {
        if (!node.isObject()) {
            return new CrossReplace(window(node), Map.of());
        }
        Map<String, Window> words = new LinkedHashMap<>();
        node.properties().forEach(entry -> words.put(entry.getKey(), window(entry.getValue())));
        Window byDefault = words.remove(DEFAULT);
        return new CrossReplace(byDefault == null ? Window.ALWAYS : byDefault, words);
    }

    private static Window window(JsonNode node) {
        return node.isArray()
                ? new Window(node.path(0).asDouble(), node.path(1).asDouble())
                : Window.until(node.asDouble());
    }

    private static LocalBlend blend(GoldenFile golden, String tensor, int target) {
        JsonNode words = golden.parameter(tensor, "blend_words");
        if (words.isMissingNode()) {
            return LocalBlend.NONE;
        }
        JsonNode threshold = golden.parameter(tensor, "th");
        JsonNode first = threshold.isArray() ? threshold.path(0) : threshold;
        JsonNode second = threshold.isArray() ? threshold.path(1) : threshold;
        return new LocalBlend(
                words(words, target),
                words(golden.parameter(tensor, "substruct_words"), target),
                golden.parameter(tensor, "start_blend").asDouble(START_BLEND),
                first.asDouble(THRESHOLD),
                second.asDouble(THRESHOLD));
    }

    /** The first prompt's and the target's; none where there are none. */
    private static List<List<String>> words(JsonNode node, int target) {
        List<List<String>> pair = new ArrayList<>();
        for (int prompt : node.isEmpty() ? new int[0] : new int[] {0, target}) {
            JsonNode given = node.path(prompt);
            List<String> words = new ArrayList<>();
            if (given.isTextual()) {
                words.add(given.asText());
            }
            given.forEach(word -> words.add(word.asText()));
            pair.add(words);
        }
        return pair;
    }
}
