package io.sparkinversion.diffusion;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Tokens beside a tokenizer's vocabulary, such as those of textual inversion. As in transformers a text is split at them
 * before anything else is done with it: case-sensitively, inside words too, the longest first; what remains between them
 * becomes tokens piece by piece.
 *
 * @param ids by name; several for a token of several vectors
 */
record AddedTokens(Map<String, List<Long>> ids) {
    static final AddedTokens NONE = new AddedTokens(Map.of());

    private static final String DECODER = "added_tokens_decoder";

    AddedTokens {
        ids = Collections.unmodifiableMap(new LinkedHashMap<>(ids));
    }

    /**
     * A part of a text.
     *
     * @param start in code points
     * @param token the added token that it is; empty where it is text between them
     */
    record Piece(int start, String text, Optional<List<Long>> token) {}

    /**
     * Of a {@code tokenizer/} folder: {@code added_tokens.json} and {@code added_tokens_decoder} in
     * {@code tokenizer_config.json}, but for what the vocabulary has.
     *
     * @throws IllegalArgumentException if an id is no number, or a token asks for what is not built here
     */
    static AddedTokens read(Path folder, JsonNode definition) throws IOException {
        Map<String, List<Long>> ids = new LinkedHashMap<>();
        JsonNode vocabulary = definition.path("model").path("vocab");
        Path file = folder.resolve("added_tokens.json");
        if (Files.exists(file)) {
            for (Map.Entry<String, JsonNode> entry :
                    TokenizerDefinition.read(file).properties()) {
                put(ids, vocabulary, entry.getKey(), entry.getValue(), file);
            }
        }
        Path config = folder.resolve("tokenizer_config.json");
        if (Files.exists(config)) {
            for (Map.Entry<String, JsonNode> entry :
                    TokenizerDefinition.read(config).path(DECODER).properties()) {
                JsonNode token = entry.getValue();
                if (token.path("single_word").asBoolean()) {
                    throw new IllegalArgumentException(config + ": the added token " + token.path("content")
                            + " matches whole words only (single_word), which is not supported");
                }
                JsonNode id = entry.getKey().matches("\\d{1,9}")
                        ? IntNode.valueOf(Integer.parseInt(entry.getKey()))
                        : NullNode.getInstance();
                put(ids, vocabulary, token.path("content").asText(), id, config);
            }
        }
        return new AddedTokens(ids);
    }

    private static void put(Map<String, List<Long>> ids, JsonNode vocabulary, String content, JsonNode id, Path file) {
        if (!id.isIntegralNumber() || id.longValue() < 0 || content.isEmpty()) {
            throw new IllegalArgumentException(file + ": the added token '" + content + "' has no id");
        }
        if (!vocabulary.has(content)) {
            ids.put(content, List.of(id.longValue()));
        }
    }

    /**
     * The same where a token of several vectors stands for all of them: beside {@code t} there are {@code t_1},
     * {@code t_2} and so on. diffusers' pipelines write them out in the prompt; its tokenizers do not.
     */
    AddedTokens expanded() {
        Map<String, List<Long>> all = new LinkedHashMap<>();
        ids.forEach((name, own) -> {
            List<Long> vectors = new ArrayList<>(own);
            for (int i = 1; ids.containsKey(name + "_" + i); i++) {
                vectors.addAll(ids.get(name + "_" + i));
            }
            all.put(name, vectors);
        });
        return new AddedTokens(all);
    }

    /** These and more, which win. */
    AddedTokens and(Map<String, List<Long>> more) {
        Map<String, List<Long>> all = new LinkedHashMap<>(ids);
        all.putAll(more);
        return new AddedTokens(all);
    }

    /** No added token has a larger id; 0 where there are none. */
    long largestId() {
        return ids.values().stream()
                .flatMap(List::stream)
                .mapToLong(Long::longValue)
                .max()
                .orElse(0);
    }

    /** The parts of a text in their order. */
    List<Piece> split(String text) {
        if (ids.isEmpty()) {
            return List.of(new Piece(0, text, Optional.empty()));
        }
        Matcher matcher = pattern().matcher(text);
        List<Piece> pieces = new ArrayList<>();
        int end = 0;
        while (matcher.find()) {
            add(pieces, text, end, matcher.start());
            pieces.add(new Piece(
                    text.codePointCount(0, matcher.start()), matcher.group(), Optional.of(ids.get(matcher.group()))));
            end = matcher.end();
        }
        add(pieces, text, end, text.length());
        return pieces;
    }

    private static void add(List<Piece> pieces, String text, int from, int to) {
        if (from < to) {
            pieces.add(new Piece(text.codePointCount(0, from), text.substring(from, to), Optional.empty()));
        }
    }

    /** Of two names that match at one place the first in the pattern is taken: the longer. */
    private Pattern pattern() {
        return Pattern.compile(ids.keySet().stream()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .map(Pattern::quote)
                .collect(Collectors.joining("|")));
    }
}
