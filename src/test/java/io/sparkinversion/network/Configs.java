package io.sparkinversion.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Configs that tests start from and change. */
public final class Configs {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String source;
    private final ObjectNode root;

    private Configs(String source, ObjectNode root) {
        this.source = source;
        this.root = root;
    }

    /**
     * The configs that ship with the code, of full size.
     *
     * @param model {@code sd15} or {@code sd21}
     * @param component such as {@code unet}
     */
    public static Configs builtIn(String model, String component) {
        String resource = "/io/sparkinversion/diffusion/fake/" + model + "/" + component + ".json";
        try (InputStream stream = Configs.class.getResourceAsStream(resource)) {
            return new Configs(component + "/config.json", (ObjectNode) JSON.readTree(stream));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sets a key to a value written as JSON; single quotes stand for double ones. */
    public Configs with(String key, String json) {
        try {
            JsonNode value = JSON.readTree(json.replace('\'', '"'));
            root.set(key, value);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Configs without(String key) {
        root.remove(key);
        return this;
    }

    public NetworkConfig parse() {
        return NetworkConfig.parse(source, root.toString());
    }

    public String text() {
        return root.toString();
    }
}
