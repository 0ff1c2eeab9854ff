package io.sparkinversion.output;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a report says of an editing run above its tables. */
public final class EditFacts {
    private static final List<String> SETTINGS = List.of(
            "steps",
            "guidance",
            "resolution",
            JobSettings.RESIZE_MODE,
            "precision",
            "lpips_net",
            "clip_model",
            "dino_model");

    private EditFacts() {}

    /** Names and values, in the order in which they are shown: model, dataset, settings, controls. */
    public static Map<String, String> of(RunJson run) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("model", run.model().id());
        facts.put("dataset", run.dataset().root());
        for (String name : SETTINGS) {
            String value = run.settings().get(name);
            if (value != null && !value.equals("null")) {
                facts.put(name, value);
            }
        }
        run.settings().forEach((name, value) -> {
            if (name.startsWith(JobSettings.CONTROL)) {
                facts.put(name.substring(JobSettings.CONTROL.length()), value);
            }
        });
        return facts;
    }
}
