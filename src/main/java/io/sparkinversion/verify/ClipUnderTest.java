package io.sparkinversion.verify;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.metrics.ClipSimilarity;
import io.sparkinversion.network.UnsupportedConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A fixture's CLIP model. It may come without a tokenizer and take that of a Stable Diffusion model.
 *
 * @param folder links to the model's and the tokenizer's files, side by side; temporary
 */
record ClipUnderTest(ClipSimilarity similarity, Path folder) implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * @param models folders
     * @throws IllegalArgumentException if none holds a CLIP model, or none a tokenizer that belongs to it
     */
    static ClipUnderTest find(List<Path> models, NDManager manager) {
        Path model = models.stream()
                .filter(ClipUnderTest::isClip)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no folder in models/ holds a CLIP model"));
        if (Files.exists(model.resolve("vocab.json")) || Files.exists(model.resolve("tokenizer.json"))) {
            return load(model, model, manager);
        }
        UnsupportedConfigException last = null;
        for (Path other : models) {
            Path tokenizer = other.resolve("tokenizer");
            if (Files.isDirectory(tokenizer)) {
                try {
                    return load(model, tokenizer, manager);
                } catch (UnsupportedConfigException e) {
                    last = e;
                }
            }
        }
        throw new IllegalArgumentException(
                last == null ? "no model has a tokenizer for " + model : last.getMessage(), last);
    }

    private static boolean isClip(Path model) {
        Path config = model.resolve("config.json");
        try {
            return Files.exists(config) && JSON.readTree(config.toFile()).has("vision_config");
        } catch (IOException e) {
            return false;
        }
    }

    private static ClipUnderTest load(Path model, Path tokenizer, NDManager manager) {
        try {
            Path folder = Files.createTempDirectory("clip");
            try {
                for (Path part : List.of(model, tokenizer)) {
                    link(part, folder);
                }
                return new ClipUnderTest(ClipSimilarity.load(folder, manager), folder);
            } catch (IOException | RuntimeException e) {
                delete(folder);
                throw e;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot put " + model + " and " + tokenizer + " together", e);
        }
    }

    /** What is there already stays. */
    private static void link(Path part, Path folder) throws IOException {
        for (Path file : GoldenFolder.list(part)) {
            Path link = folder.resolve(file.getFileName().toString());
            if (Files.isRegularFile(file) && !Files.exists(link)) {
                Files.createSymbolicLink(link, file.toAbsolutePath());
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        for (Path link : GoldenFolder.list(folder)) {
            Files.delete(link);
        }
        Files.delete(folder);
    }

    @Override
    public void close() {
        similarity.close();
        try {
            delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot delete " + folder, e);
        }
    }
}
