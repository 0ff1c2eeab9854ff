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
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a golden's entry in {@code index.json}, and its name, say of the edit that it is the result of. */
final class EditParameters {
    private static final String DEFAULT = "default_";
    private static final double START_BLEND = 0.2;
    private static final double THRESHOLD = 0.3;
    private static final String CROSS = "cross_replace";
    private static final String SELF = "self_replace";
    /** PIE-Bench's, which the goldens of direct inversion are run with. */
    private static final double PIE_BENCH_CROSS = 0.4;

    private static final double PIE_BENCH_SELF = 0.6;
    /** How the proximal goldens describe theirs, such as {@code refine cross .4 self .6}. */
    private static final Pattern CONTROLLER = Pattern.compile("(\\w+) cross ([\\d.]+) self ([\\d.]+)");
    /** Attention control in the name of a golden, or of a controller class such as {@code AttentionRefine}. */
    private static final Pattern CONTROL = Pattern.compile("(?i).*(refine|replace|reweight).*");

    private static final Pattern UNCONTROLLED = Pattern.compile("(?i)(none|store|empty).*");

    private EditParameters() {}

    /**
     * A golden's targets have the same settings but for the words that are confined, which it gives by prompt.
     *
     * @param prompts the source's and the targets'
     * @param edit the golden's name, without what it is of the edit
     */
    static ImageEdits edits(GoldenFile golden, String tensor, String edit, List<String> prompts) {
        List<TargetEdit> targets = new ArrayList<>();
        for (int i = 1; i < prompts.size(); i++) {
            targets.add(new TargetEdit(prompts.get(i), of(golden, tensor, edit, prompts, i)));
        }
        return new ImageEdits(prompts.get(0), targets);
    }

    /** @param target which of the prompts, not the first */
    private static EditSettings of(GoldenFile golden, String tensor, String edit, List<String> prompts, int target) {
        String controller = golden.parameter(tensor, "controller").asText();
        Matcher described = CONTROLLER.matcher(controller);
        if (described.matches()) {
            return EditSettings.of(
                            kind(described.group(1), edit, prompts),
                            Double.parseDouble(described.group(2)),
                            Double.parseDouble(described.group(3)))
                    .withLocalBlend(blend(golden, tensor, target));
        }
        boolean timed = !golden.parameter(tensor, CROSS).isMissingNode()
                || !golden.parameter(tensor, SELF).isMissingNode();
        EditSettings settings = EditSettings.NONE;
        boolean uncontrolled = UNCONTROLLED.matcher(edit).matches() || controller.equals("none");
        if (uncontrolled || !timed && !controls(edit, controller)) {
            return settings.withLocalBlend(blend(golden, tensor, target));
        }
        JsonNode pixels = golden.parameter(tensor, "self_replace_max_pixels");
        settings =
                EditSettings.of(attention(golden, tensor, edit, controller, prompts), PIE_BENCH_CROSS, PIE_BENCH_SELF);
        if (timed) {
            settings = settings.during(
                    crossReplace(golden.parameter(tensor, CROSS)), window(golden.parameter(tensor, SELF)));
        } else if (!tensor.startsWith(DirectSuite.PREFIX)) {
            throw new IllegalArgumentException("index.json gives it neither " + CROSS + " nor " + SELF);
        }
        return settings.withSelfReplacePixels(pixels.asInt(EditSettings.SELF_REPLACE_PIXELS))
                .withLocalBlend(blend(golden, tensor, target));
    }

    private static boolean controls(String edit, String controller) {
        if (!controller.isEmpty() && !CONTROL.matcher(controller).matches()) {
            throw new IllegalArgumentException("its controller '" + controller + "' is not understood");
        }
        return CONTROL.matcher(controller.isEmpty() ? edit : controller).matches();
    }

    private static AttentionEdit attention(
            GoldenFile golden, String tensor, String edit, String controller, List<String> prompts) {
        JsonNode equaliser = golden.parameter(tensor, "equalizer");
        if (equaliser.isMissingNode()) {
            return kind(controller, edit, prompts);
        }
        AttentionEdit base = edit.contains("only") ? new AttentionEdit.Copy() : kind(controller, edit, prompts);
        return new AttentionEdit.Reweight(base, factors(equaliser));
    }

    /** Two lists, of words and their values, or a value by word. */
    private static Map<String, Double> factors(JsonNode equaliser) {
        Map<String, Double> factors = new LinkedHashMap<>();
        JsonNode words = equaliser.path("words");
        JsonNode values = equaliser.path("values");
        if (words.isMissingNode()) {
            equaliser
                    .properties()
                    .forEach(entry ->
                            factors.put(entry.getKey(), entry.getValue().asDouble()));
        }
        for (int i = 0; i < words.size(); i++) {
            factors.put(words.path(i).asText(), (values.isArray() ? values.path(i) : values).asDouble());
        }
        return factors;
    }

    /** By name or else, as only prompts of equally many words can have words replaced, by these. */
    private static AttentionEdit kind(String controller, String edit, List<String> prompts) {
        for (String name : List.of(controller.toLowerCase(Locale.ROOT), edit)) {
            if (name.contains("refine")) {
                return new AttentionEdit.Refine();
            }
            if (name.contains("replace")) {
                return new AttentionEdit.Replace();
            }
        }
        boolean sameLength = prompts.stream()
                        .mapToInt(text -> text.split(" ").length)
                        .distinct()
                        .count()
                == 1;
        return sameLength ? new AttentionEdit.Replace() : new AttentionEdit.Refine();
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
