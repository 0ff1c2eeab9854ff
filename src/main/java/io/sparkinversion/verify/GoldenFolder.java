package io.sparkinversion.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The golden files of one model, or of one subject.
 *
 * @param index {@code index.json}; missing where there is none
 */
public record GoldenFolder(Path path, JsonNode index) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String INDEX = "index.json";
    private static final String ENDING = ".safetensors";

    /** A folder without an index: many goldens need none. */
    public static GoldenFolder withoutIndex(Path path) {
        return new GoldenFolder(path, MissingNode.getInstance());
    }

    /**
     * @throws IllegalArgumentException if there is an index that does not parse
     */
    public static GoldenFolder of(Path path) {
        Path file = path.resolve(INDEX);
        if (!Files.exists(file)) {
            return withoutIndex(path);
        }
        try {
            return new GoldenFolder(path, JSON.readTree(file.toFile()));
        } catch (IOException e) {
            String cause = e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
            throw new IllegalArgumentException("cannot read " + file + ": " + cause, e);
        }
    }

    public String name() {
        return path.getFileName().toString();
    }

    public Path file(String name) {
        return path.resolve(name + ENDING);
    }

    public boolean has(String name) {
        return Files.exists(file(name));
    }

    /** The files' names, without ending. */
    public List<String> files() {
        return list(path).stream()
                .map(file -> file.getFileName().toString())
                .filter(file -> file.endsWith(ENDING))
                .map(file -> file.substring(0, file.length() - ENDING.length()))
                .toList();
    }

    /** A tensor of another file of the folder, if there is such. */
    public Optional<Golden> tensor(String file, String tensor) {
        if (!has(file)) {
            return Optional.empty();
        }
        try (GoldenFile golden = GoldenFile.open(this, file)) {
            return golden.has(tensor) ? Optional.of(golden.read(tensor)) : Optional.empty();
        }
    }

    /** The prompts of a tensor of a file, empty where the index gives none. */
    public List<String> prompts(String file, String tensor) {
        List<String> prompts = new ArrayList<>();
        index.path(file).path(tensor).path("params").path("prompts").forEach(node -> prompts.add(node.asText()));
        return prompts;
    }

    /**
     * The one image's source prompt, which all files of a folder share: as a file says, or another of the folder.
     *
     * @return empty where the index gives none
     */
    public Optional<String> caption(String file) {
        return caption(index.path(file)).or(() -> index.properties().stream()
                .filter(entry -> entry.getKey().matches("(inv|p2p|prox|extra|rect)\\d+"))
                .map(Map.Entry::getValue)
                .flatMap(entries -> caption(entries).stream())
                .findFirst());
    }

    private static Optional<String> caption(JsonNode entries) {
        JsonNode ofContext = entries.path("context").path("params").path("prompt");
        if (ofContext.isTextual()) {
            return Optional.of(ofContext.asText());
        }
        for (String key : List.of("prompt", "prompts", "source")) {
            for (JsonNode entry : entries) {
                JsonNode given = entry.path("params").path(key);
                JsonNode first = given.size() > 1 ? given.path(0) : key.equals("prompts") ? null : given;
                if (first != null && first.isTextual()) {
                    return Optional.of(first.asText());
                }
            }
        }
        return Optional.empty();
    }

    public static List<Path> list(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder, e);
        }
    }
}
