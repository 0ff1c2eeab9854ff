package io.sparkinversion.nightly;

import io.sparkinversion.output.JobSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A setting in which the two runs differ.
 *
 * @param name of the setting
 * @param before the baseline's value, null where it has none
 * @param now this run's value, null if it has none
 * @param effect what is not compared because of it
 */
record Difference(String name, String before, String now, Effect effect) {

    /** What is not compared because of a difference. */
    public enum Effect {
        /** Everything is compared: nightly runs exist to try such changes, another model for example. */
        NONE("still compared"),
        /** Seconds are not judged. */
        SPEED("speed is not judged"),
        /** LPIPS is not compared. */
        LPIPS("LPIPS is not compared"),
        /** The CLIP score of edits is not compared. */
        CLIP("CLIP is not compared"),
        /** The two runs are not comparable. */
        ALL("the runs are not comparable");

        private final String text;

        Effect(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /** Each changes what the pictures are measured against, or the task of a method. */
    private static final Set<String> ALL = Set.of("resolution", "resize", "resize_mode", "guidance");

    /** Of an attention control, which is part of what edits are made with. */
    private static final String CONTROL = JobSettings.CONTROL;

    private static final Set<String> LPIPS = Set.of("lpips_net", "lpips_weights");

    private static final Set<String> SPEED = Set.of("precision", "protocol", "batch_size", "partitions");

    /** In the order of this run's settings. */
    static List<Difference> between(Map<String, String> before, Map<String, String> now) {
        Map<String, String> names = new LinkedHashMap<>(now);
        names.putAll(before);
        List<Difference> differences = new ArrayList<>();
        for (String name : names.keySet()) {
            if (!Objects.equals(before.get(name), now.get(name))) {
                differences.add(new Difference(name, before.get(name), now.get(name), effect(name)));
            }
        }
        return differences;
    }

    private static Effect effect(String name) {
        if (ALL.contains(name) || name.startsWith(CONTROL)) {
            return Effect.ALL;
        }
        if (name.equals("clip_model")) {
            return Effect.CLIP;
        }
        if (LPIPS.contains(name)) {
            return Effect.LPIPS;
        }
        return SPEED.contains(name) ? Effect.SPEED : Effect.NONE;
    }

    @Override
    public String toString() {
        return name + ": " + shown(before) + " in the baseline, " + shown(now) + " now";
    }

    private static String shown(String value) {
        return value == null ? "not given" : value;
    }
}
