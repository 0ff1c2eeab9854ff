package io.sparkinversion.diffusion;

import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.network.NetworkConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The configs of the released models, for models that come without: single files, and those with made-up weights. */
final class BuiltInConfigs {
    static final List<String> NAMES = List.of("sd15", "sd21", "sdxl");

    private BuiltInConfigs() {}

    static NetworkConfig config(String name, Component component) {
        String resource = "fake/" + name + "/" + component.folder() + ".json";
        try (InputStream stream = BuiltInConfigs.class.getResourceAsStream(resource)) {
            return NetworkConfig.parse(resource, new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
