package io.sparkinversion.inversion;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** A method's name and settings as they were written, checked as they are read. */
final class MethodSettings {
    private final String method;
    private final Map<String, String> written;
    /** Of the settings read so far: those that are not at their default, and all. */
    private final Map<String, String> changed = new TreeMap<>();

    private final TreeSet<String> known = new TreeSet<>();
    private final Map<String, String> defaults = new TreeMap<>();

    private MethodSettings(String method, Map<String, String> written) {
        this.method = method;
        this.written = written;
    }

    /** From {@code name:setting=value:setting=value}. */
    static MethodSettings parse(String text) {
        String[] parts = text.split(":", -1);
        Map<String, String> written = new TreeMap<>();
        for (String part : Arrays.asList(parts).subList(1, parts.length)) {
            int equals = part.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException(
                        "method '" + text + "': '" + part + "' is not of the form setting=value");
            }
            if (written.put(part.substring(0, equals), part.substring(equals + 1)) != null) {
                throw new IllegalArgumentException("method '" + text + "' gives a setting twice: '" + part + "'");
            }
        }
        return new MethodSettings(parts[0], written);
    }

    String method() {
        return method;
    }

    /** Whether a setting was written. */
    boolean writes(String name) {
        return written.containsKey(name);
    }

    /** The settings read so far, with their defaults. */
    Map<String, String> defaults() {
        return Collections.unmodifiableMap(new TreeMap<>(defaults));
    }

    /** A whole number of at least {@code least}. */
    int whole(String name, int byDefault, int least) {
        return parsed(name, byDefault, Integer::valueOf, value -> value >= least, "a whole number", least);
    }

    /** A finite number of at least {@code least}. */
    double number(String name, double byDefault, double least) {
        return parsed(
                name, byDefault, Double::valueOf, value -> Double.isFinite(value) && value >= least, "a number", least);
    }

    private <N extends Number> N parsed(
            String name, N byDefault, Function<String, N> parser, Predicate<N> allowed, String kind, Number least) {
        String text = read(name, plain(byDefault));
        if (text == null) {
            return byDefault;
        }
        try {
            N value = parser.apply(text);
            if (allowed.test(value)) {
                return changed(name, value, byDefault);
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw wrong(name, text, kind + ", " + plain(least) + " or more");
    }

    /** One of an enum's constants, in lower case with hyphens. */
    <E extends Enum<E>> E choice(String name, Class<E> type, E byDefault) {
        String text = read(name, label(byDefault));
        if (text == null) {
            return byDefault;
        }
        for (E value : type.getEnumConstants()) {
            if (label(value).equals(text)) {
                if (value != byDefault) {
                    changed.put(name, text);
                }
                return value;
            }
        }
        String choices = Arrays.stream(type.getEnumConstants())
                .map(MethodSettings::label)
                .collect(Collectors.joining(" or "));
        throw wrong(name, text, choices);
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private String read(String name, String byDefault) {
        known.add(name);
        defaults.put(name, byDefault);
        return written.get(name);
    }

    private <N extends Number> N changed(String name, N value, N byDefault) {
        if (!value.equals(byDefault)) {
            changed.put(name, plain(value));
        }
        return value;
    }

    private static String plain(Number value) {
        return new BigDecimal(value.toString()).stripTrailingZeros().toPlainString();
    }

    private IllegalArgumentException wrong(String name, String text, String expected) {
        return new IllegalArgumentException(
                "method " + method + ": " + name + " is '" + text + "'; it must be " + expected);
    }

    /**
     * The name with those settings that are not at their default.
     *
     * @throws IllegalArgumentException if a setting was written that has not been read
     */
    String canonical() {
        for (String name : written.keySet()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("method " + method + " has no setting '" + name + "'; "
                        + (known.isEmpty() ? "it has none" : "known: " + String.join(", ", known)));
            }
        }
        return method
                + changed.entrySet().stream()
                        .map(entry -> ":" + entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining());
    }
}
