package io.sparkinversion.cli;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** One of an enum's values, named in lower case. */
final class Choice {
    private Choice() {}

    /**
     * @throws IllegalArgumentException listing the values
     */
    static <E extends Enum<E>> E of(String option, Class<E> type, String name) {
        return Arrays.stream(type.getEnumConstants())
                .filter(value -> label(value).equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(option + ": '" + name.toLowerCase(Locale.ROOT)
                        + "' is none of " + Arrays.stream(type.getEnumConstants())
                                .map(Choice::label)
                                .collect(Collectors.joining(", "))));
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
