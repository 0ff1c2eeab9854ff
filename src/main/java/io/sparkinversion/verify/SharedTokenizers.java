package io.sparkinversion.verify;

import io.sparkinversion.diffusion.ClipTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The tokenizers of all models that have one. */
record SharedTokenizers(List<ClipTokenizer> all) implements AutoCloseable {
    private static final int TOKENS = 77;
    private static final int START_TOKEN = 49_406;

    /** One that does not load fails by itself. */
    static SharedTokenizers of(List<Path> models, CaseReport report) {
        List<ClipTokenizer> tokenizers = new ArrayList<>();
        for (Path model : models) {
            Path folder = model.resolve("tokenizer");
            if (Files.isDirectory(folder)) {
                try {
                    tokenizers.add(ClipTokenizer.load(folder, TOKENS));
                } catch (RuntimeException e) {
                    report.fail(folder.toString(), FileCases.cause(e));
                }
            }
        }
        return new SharedTokenizers(tokenizers);
    }

    static boolean hasClipVocabulary(ClipTokenizer tokenizer) {
        return tokenizer.encode("").ids()[0] == START_TOKEN;
    }

    /**
     * @throws IllegalStateException if no model has it
     */
    ClipTokenizer withClipVocabulary() {
        return all.stream()
                .filter(SharedTokenizers::hasClipVocabulary)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no model of the fixture has CLIP's vocabulary"));
    }

    @Override
    public void close() {
        all.forEach(ClipTokenizer::close);
    }
}
