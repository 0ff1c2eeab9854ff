package io.sparkinversion.nightly;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A setting that the two runs do not share.
 *
 * @param name of the setting
 * @param before the baseline's value, null where it has none
 * @param now this run's value, likewise
 * @param effect what cannot be compared for it
 */
record Difference(String name, String before, String now, Effect effect) {

    /** What a difference takes from the comparison. */
    public enum Effect {
        /** Nothing: it is what nightly runs are there to try, such as another model. */
        NONE("compared all the same"),
        /** Seconds are not judged. */
        SPEED("speed is not judged"),
        /** LPIPS is not compared. */
        LPIPS("LPIPS is not compared"),
        /** The two runs have nothing to say to each other. */
        ALL("the runs do not compare");

        private final String text;

        Effect(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    /** Each changes what the pictures are measured against, or what is asked of a method. */
    private static final Set<String> ALL = Set.of("resolution", "resize", "guidance");

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
        if (ALL.contains(name)) {
            return Effect.ALL;
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
