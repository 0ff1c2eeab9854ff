package io.sparkinversion.fuzz;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Damages JSON: half of the time its values and keys, so that it stays JSON, else its bytes. */
public final class JsonMutator {
    /** With decimals as they are written: 1e999 is to stay a number. */
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "false",
            "0",
            "-1",
            "1",
            "1.5",
            "-0.0",
            "1e999",
            "-1e999",
            "1e-999",
            "2147483647",
            "2147483648",
            "-2147483648",
            "9223372036854775807",
            "9223372036854775808",
            "1e18",
            "\"\"",
            "\"text\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"../../etc/passwd\"",
            "[]",
            "{}",
            "[null]",
            "[[1]]",
            "{\"a\": {\"b\": 1}}",
            "[1, 2, 3, 4]",
            "[-1]",
            "[2147483647, 2147483647, 2147483647, 2147483647]");
    private static final int DEEPEST = 5_000;
    private static final int LONGEST = 20_000;

    private final ByteMutator bytes;

    /** @param corpus valid JSON */
    public JsonMutator(List<byte[]> corpus) {
        this.bytes = new ByteMutator(
                corpus,
                "[",
                "{",
                "]",
                "}",
                "\"",
                ",",
                ":",
                "[[",
                "{\"a\":",
                "null",
                "1e999",
                "\\u0000",
                "\\ud800",
                "99999999999999999999",
                "NaN",
                "-",
                "//",
                "\n",
                "\u00ff",
                "\0");
    }

    public byte[] mutate(byte[] json, Random random) {
        if (random.nextInt(40) == 0) {
            return abyss(random);
        }
        if (random.nextInt(3) == 0) {
            return bytes.mutate(json, random);
        }
        try {
            JsonNode root = JSON.readTree(json);
            for (int count = 1 + random.nextInt(3); count > 0; count--) {
                change(root, random);
            }
            return JSON.writeValueAsBytes(root);
        } catch (IOException e) {
            return bytes.mutate(json, random);
        }
    }

    private static void change(JsonNode root, Random random) throws JsonProcessingException {
        List<JsonNode> containers = new ArrayList<>();
        collect(root, containers);
        if (containers.isEmpty()) {
            return;
        }
        JsonNode chosen = containers.get(random.nextInt(containers.size()));
        if (chosen instanceof ObjectNode object) {
            List<String> keys = new ArrayList<>();
            object.fieldNames().forEachRemaining(keys::add);
            String key = random.nextInt(5) == 0 ? "key\n" + random.nextInt(3) : keys.get(random.nextInt(keys.size()));
            if (random.nextInt(4) == 0) {
                object.remove(key);
            } else {
                object.set(key, value(random));
            }
        } else if (chosen instanceof ArrayNode array) {
            int at = random.nextInt(array.size());
            switch (random.nextInt(4)) {
                case 0 -> array.remove(at);
                case 1 -> array.add(array.get(at).deepCopy());
                default -> array.set(at, value(random));
            }
        }
    }

    private static JsonNode value(Random random) throws JsonProcessingException {
        return switch (random.nextInt(24)) {
            case 0 -> nested(1 + random.nextInt(900));
            case 1 -> JSON.readTree("[" + "1,".repeat(random.nextInt(LONGEST)) + "1]");
            case 2 -> JSON.getNodeFactory().textNode("long ".repeat(random.nextInt(LONGEST)));
            default -> JSON.readTree(VALUES.get(random.nextInt(VALUES.size())));
        };
    }

    private static JsonNode nested(int depth) throws JsonProcessingException {
        return JSON.readTree("[".repeat(depth) + "]".repeat(depth));
    }

    /** Deeper than any reader should follow. */
    private static byte[] abyss(Random random) {
        int depth = 1 + random.nextInt(DEEPEST);
        String open = random.nextBoolean() ? "[" : "{\"a\":";
        return ("{\"a\": " + open.repeat(depth)).getBytes(StandardCharsets.UTF_8);
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainerNode() && !node.isEmpty()) {
            containers.add(node);
        }
        node.forEach(child -> collect(child, containers));
    }
}
