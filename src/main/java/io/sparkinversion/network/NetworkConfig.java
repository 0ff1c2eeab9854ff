package io.sparkinversion.network;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A {@code config.json} of a diffusers or transformers model. Every key must be asked for, fixed to the one value that
 * is supported, or declared to have no influence; what remains and is not null or false is refused by name, since it
 * may ask for an architecture that is not built here.
 */
public final class NetworkConfig {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long MAX_BYTES = 1 << 20;
    /** Beyond every real size, and small enough that products of a few stay exact. */
    private static final int LARGEST = 1_000_000;

    private final String source;
    private final JsonNode root;
    private final Set<String> known = new TreeSet<>();

    private NetworkConfig(String source, JsonNode root) {
        this.source = source;
        this.root = root;
    }

    /**
     * @throws UnsupportedConfigException if the file is missing or holds no JSON object
     */
    public static NetworkConfig read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new UnsupportedConfigException(
                        file + " has " + Files.size(file) + " bytes, more than any config", null);
            }
            return parse(file.toString(), Files.readString(file));
        } catch (MalformedInputException e) {
            throw new UnsupportedConfigException("cannot read " + file + ": it is no text in UTF-8", e);
        } catch (NoSuchFileException e) {
            throw new UnsupportedConfigException(
                    "there is no file " + file + "; a diffusers model folder has one config per component", e);
        } catch (IOException e) {
            throw new UnsupportedConfigException("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /**
     * @param source where the text is from, for messages
     */
    public static NetworkConfig parse(String source, String json) {
        try {
            JsonNode root = JSON.readTree(json);
            if (root == null || !root.isObject()) {
                throw new UnsupportedConfigException(source + " is not a JSON object", null);
            }
            return new NetworkConfig(source, root);
        } catch (JsonProcessingException e) {
            throw new UnsupportedConfigException(source + " is not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** A count or a size, 1 to {@value #LARGEST}. */
    public int integer(String key) {
        return positive(key, present(key), "a positive integer is expected");
    }

    private int positive(String key, JsonNode node, String expected) {
        if (!node.isInt() || node.intValue() < 1 || node.intValue() > LARGEST) {
            throw refused(key, node, expected);
        }
        return node.intValue();
    }

    public int integer(String key, int absent) {
        return has(key) ? integer(key) : absent;
    }

    public double number(String key, double absent) {
        if (!has(key)) {
            return absent;
        }
        JsonNode node = present(key);
        if (!node.isNumber()) {
            throw refused(key, node, "a number is expected");
        }
        if (!Double.isFinite(node.doubleValue())) {
            throw refused(key, node, "it is too large");
        }
        return node.doubleValue();
    }

    public boolean flag(String key, boolean absent) {
        if (!has(key)) {
            return absent;
        }
        JsonNode node = present(key);
        if (!node.isBoolean()) {
            throw refused(key, node, "true or false is expected");
        }
        return node.booleanValue();
    }

    public String text(String key, String absent, String... supported) {
        if (!has(key)) {
            return absent;
        }
        JsonNode node = present(key);
        if (!node.isTextual() || !List.of(supported).contains(node.textValue())) {
            throw refused(key, node, "supported: " + String.join(", ", supported));
        }
        return node.textValue();
    }

    /** Any text, where the values are open. */
    public String anyText(String key) {
        JsonNode node = present(key);
        if (!node.isTextual()) {
            throw refused(key, node, "a text is expected");
        }
        return node.textValue();
    }

    public List<Integer> integers(String key) {
        List<Integer> values = new ArrayList<>();
        for (JsonNode element : array(key)) {
            values.add(positive(key, element, "a list of positive integers is expected"));
        }
        return values;
    }

    /** A list of integers, or one integer that stands for {@code count} equal ones. */
    public List<Integer> integers(String key, int count) {
        if (!present(key).isArray()) {
            return Collections.nCopies(count, integer(key));
        }
        List<Integer> values = integers(key);
        if (values.size() != count) {
            throw refused(key, present(key), "one entry for each of " + count + " blocks is expected");
        }
        return values;
    }

    public List<String> texts(String key, String... supported) {
        List<String> values = new ArrayList<>();
        for (JsonNode element : array(key)) {
            if (!element.isTextual() || !List.of(supported).contains(element.textValue())) {
                throw refused(key, element, "supported: " + String.join(", ", supported));
            }
            values.add(element.textValue());
        }
        return values;
    }

    /** A list of numbers. */
    public List<Double> numbers(String key, List<Double> absent) {
        if (!has(key)) {
            return absent;
        }
        List<Double> values = new ArrayList<>();
        for (JsonNode element : array(key)) {
            if (!element.isNumber()) {
                throw refused(key, element, "a list of numbers is expected");
            }
            values.add(element.doubleValue());
        }
        return values;
    }

    /** The same with another number for a key. */
    public NetworkConfig with(String key, int value) {
        return new NetworkConfig(source, ((ObjectNode) root.deepCopy()).put(key, value));
    }

    /** The same with another text for a key. */
    public NetworkConfig with(String key, String value) {
        return new NetworkConfig(source, ((ObjectNode) root.deepCopy()).put(key, value));
    }

    /** Whether the key holds an empty list. */
    public boolean isEmptyList(String key) {
        return has(key) && root.get(key).isArray() && root.get(key).isEmpty();
    }

    /**
     * A config within this one, whose messages name both.
     *
     * @param absent what keys say that it lacks
     */
    public NetworkConfig object(String key, Map<String, Integer> absent) {
        JsonNode node = present(key);
        if (!node.isObject()) {
            throw refused(key, node, "an object is expected");
        }
        ObjectNode completed = node.deepCopy();
        absent.forEach((name, value) -> {
            if (!completed.hasNonNull(name)) {
                completed.put(name, value);
            }
        });
        return new NetworkConfig(source + ", " + key, completed);
    }

    private JsonNode array(String key) {
        JsonNode node = present(key);
        if (!node.isArray() || node.isEmpty()) {
            throw refused(key, node, "a list is expected");
        }
        return node;
    }

    /** The group count of group norms over these channels; 32 where the config does not say. */
    int normGroups(List<Integer> channels) {
        int groups = integer("norm_num_groups", 32);
        for (int count : channels) {
            if (count % groups != 0) {
                throw refused("norm_num_groups", groups, "it must divide every one of block_out_channels " + channels);
            }
        }
        return groups;
    }

    /** Refuses the config unless the key is absent, null, or one of the given values. */
    public NetworkConfig only(String key, Object... values) {
        known.add(key);
        if (has(key)) {
            JsonNode node = root.get(key);
            List<JsonNode> accepted = new ArrayList<>();
            for (Object value : values) {
                accepted.add(JSON.valueToTree(value));
            }
            if (accepted.stream().noneMatch(value -> same(value, node))) {
                throw refused(key, node, accepted.isEmpty() ? "only null is supported" : "supported: " + accepted);
            }
        }
        return this;
    }

    private static boolean same(JsonNode a, JsonNode b) {
        return a.isNumber() && b.isNumber() ? a.doubleValue() == b.doubleValue() : a.equals(b);
    }

    /** Declares keys that do not change the network. */
    public NetworkConfig ignore(String... keys) {
        known.addAll(List.of(keys));
        return this;
    }

    /** Refuses keys that nobody asked for, unless they are null or false. */
    public void refuseUnknown() {
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            JsonNode value = field.getValue();
            boolean inert = value.isNull() || (value.isBoolean() && !value.booleanValue());
            if (!inert && !field.getKey().startsWith("_") && !known.contains(field.getKey())) {
                throw refused(field.getKey(), value, "this key is not known here");
            }
        }
    }

    public boolean has(String key) {
        known.add(key);
        return root.hasNonNull(key);
    }

    /** Whether the key holds a list with a list in it. */
    boolean isNestedList(String key) {
        known.add(key);
        for (JsonNode element : root.path(key)) {
            if (element.isArray()) {
                return true;
            }
        }
        return false;
    }

    /** Whether the key is there and its value is null. */
    boolean isNull(String key) {
        known.add(key);
        return root.path(key).isNull();
    }

    /** A count, or a list of two equal ones, height and width. */
    int side(String key, int absent) {
        if (!has(key) || !present(key).isArray()) {
            return integer(key, absent);
        }
        List<Integer> sides = integers(key);
        if (sides.size() != 2 || !sides.get(0).equals(sides.get(1))) {
            throw refused(key, present(key), "a number, or a list of two equal numbers, is expected");
        }
        return sides.get(0);
    }

    /** An exception about a kind of model that is known and not built here. */
    UnsupportedConfigException refusedKind(String kind, String why) {
        return new UnsupportedConfigException(source + " is of " + kind + ", which is not supported: " + why, null);
    }

    private JsonNode present(String key) {
        if (!has(key)) {
            throw new UnsupportedConfigException(source + " lacks '" + key + "'", null);
        }
        return root.get(key);
    }

    /** An exception about a value of this config. */
    public UnsupportedConfigException refused(String key, Object value, String why) {
        return new UnsupportedConfigException(
                source + ": '" + key + "' = " + value + " is not supported (" + why + ")", null);
    }
}
