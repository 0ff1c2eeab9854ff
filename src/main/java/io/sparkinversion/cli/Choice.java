package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** One of an enum's values, named in lower case. */
final class Choice {
    private Choice() {}

    /**
     * @throws UserException listing the values
     */
    static <E extends Enum<E>> E of(String option, Class<E> type, String name) {
        return Arrays.stream(type.getEnumConstants())
                .filter(value -> value.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new UserException(option + ": invalid value '" + name.toLowerCase(Locale.ROOT)
                        + "'; expected one of "
                        + Arrays.stream(type.getEnumConstants())
                                .map(value -> value.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", "))));
    }
}
