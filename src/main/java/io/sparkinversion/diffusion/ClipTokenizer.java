package io.sparkinversion.diffusion;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.weights.Message;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * CLIP's byte-level BPE tokenizer, run by Hugging Face's library. Text is normalised (NFC, white space runs to one
 * space, lower case), split into contractions, letter runs, single digits and symbol runs, and merged to tokens. HTML
 * entities and mis-encoded text stay as they are. Safe for use by several threads.
 */
public final class ClipTokenizer implements AutoCloseable {
    static final String START = "<|startoftext|>";
    static final String END = "<|endoftext|>";

    private static final List<String> PROBES =
            List.of("a cat sitting next to a mirror", "Zwölf Boxkämpfer jagen 123 große Hunde, 日本語!", "qxzv 0.5 #@~");

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HuggingFaceTokenizer tokenizer;
    private final int length;
    private final long start;
    private final long end;
    private final long padding;
    private final long largestId;
    private final AddedTokens added;

    private ClipTokenizer(
            HuggingFaceTokenizer tokenizer,
            AddedTokens added,
            int length,
            long start,
            long end,
            long padding,
            long largestId) {
        this.tokenizer = tokenizer;
        this.added = added;
        this.length = length;
        this.start = start;
        this.end = end;
        this.padding = padding;
        this.largestId = largestId;
    }

    /**
     * A prompt as the text encoder takes it.
     *
     * @param ids start token, tokens, end token, padding
     * @param tokenCount tokens of the whole prompt, before truncation, without start and end
     * @param truncated whether tokens were cut off
     */
    public record Tokens(long[] ids, int tokenCount, boolean truncated) {
        /** The position of the end token: padding may be that token, too. */
        public int end() {
            return 1 + Math.min(tokenCount, ids.length - 2);
        }
    }

    /**
     * From a {@code tokenizer/} folder: {@code tokenizer.json} where present, else {@code vocab.json} and
     * {@code merges.txt}; the padding token as {@code special_tokens_map.json} or {@code tokenizer_config.json} names
     * it, else the end token. The two differ in uploads of SD 2.x: as in transformers the map wins, unless
     * {@code tokenizer_config.json} is of the newer kind that lists {@code added_tokens_decoder}.
     *
     * @param length ids per prompt, start and end included: the text encoder's positions
     * @throws IllegalArgumentException if files are missing, damaged, or contradict each other
     * @throws UncheckedIOException if they cannot be read
     */
    public static ClipTokenizer load(Path folder, int length) {
        return load(folder, length, null);
    }

    /** Likewise, but a learned token of several vectors stands for its first one only, as in transformers. */
    public static ClipTokenizer loadUnexpanded(Path folder, int length) {
        try {
            JsonNode definition = definition(folder);
            return of(
                    definition, AddedTokens.read(folder, definition), paddingToken(folder), length, folder.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the tokenizer in " + folder + ": " + e.getMessage(), e);
        }
    }

    private static JsonNode definition(Path folder) throws IOException {
        return Files.exists(folder.resolve("tokenizer.json"))
                ? TokenizerDefinition.read(folder.resolve("tokenizer.json"))
                : TokenizerDefinition.of(folder);
    }

    /** @param padding the token that is padded with; null for the one that the folder names */
    static ClipTokenizer load(Path folder, int length, String padding) {
        try {
            JsonNode definition = definition(folder);
            return of(
                    definition,
                    AddedTokens.read(folder, definition).expanded(),
                    padding == null ? paddingToken(folder) : padding,
                    length,
                    folder.toString());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the tokenizer in " + folder + ": " + e.getMessage(), e);
        }
    }

    /** A tokenizer without merges, one token a letter, for models with made-up weights. */
    static ClipTokenizer ofBytes(int length) {
        try {
            return of(TokenizerDefinition.ofBytes(), AddedTokens.NONE, END, length, "the byte vocabulary");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ClipTokenizer of(
            JsonNode definition, AddedTokens added, String paddingToken, int length, String source) throws IOException {
        long start = id(definition, START, source);
        long end = id(definition, END, source);
        long padding = id(definition, paddingToken, source);
        byte[] checked = TokenizerDefinition.forLibrary(definition, source);
        HuggingFaceTokenizer tokenizer;
        try {
            tokenizer = HuggingFaceTokenizer.newInstance(
                    new ByteArrayInputStream(checked),
                    Map.of("addSpecialTokens", "false", "padding", "false", "truncation", "false"));
        } catch (RuntimeException e) {
            // What the library throws of a definition that contradicts itself has no type of its own.
            throw new IllegalArgumentException(
                    "the tokenizer of " + source + " is damaged: " + Message.of(e.getMessage()), e);
        }
        long largest = Math.max(largestId(definition), added.largestId());
        return new ClipTokenizer(tokenizer, added, length, start, end, padding, largest);
    }

    /**
     * The same with more tokens. It takes the place of this one, which is not to be closed.
     *
     * @param tokens ids by name; a name stands for all its ids
     * @throws IllegalArgumentException if a name is a token already
     */
    ClipTokenizer with(Map<String, List<Long>> tokens) {
        for (String name : tokens.keySet()) {
            if (name.isBlank() || tokens(name).length == 1) {
                throw new IllegalArgumentException(
                        "'" + name + "' is a token of the model already; give the embedding another name");
            }
        }
        AddedTokens all = added.and(tokens);
        return new ClipTokenizer(tokenizer, all, length, start, end, padding, Math.max(largestId, all.largestId()));
    }

    private static String paddingToken(Path folder) throws IOException {
        JsonNode config = json(folder.resolve("tokenizer_config.json"));
        JsonNode map = json(folder.resolve("special_tokens_map.json"));
        for (JsonNode file : config.has("added_tokens_decoder") ? List.of(config, map) : List.of(map, config)) {
            JsonNode token = file.path("pad_token");
            JsonNode content = token.isObject() ? token.path("content") : token;
            if (content.isTextual()) {
                return content.textValue();
            }
        }
        return END;
    }

    /** An empty object where there is no such file. */
    private static JsonNode json(Path file) throws IOException {
        return Files.exists(file) ? TokenizerDefinition.read(file) : JSON.createObjectNode();
    }

    private static long largestId(JsonNode definition) {
        long largest = 0;
        for (JsonNode id : definition.path("model").path("vocab")) {
            largest = Math.max(largest, id.asLong());
        }
        for (JsonNode added : definition.path("added_tokens")) {
            largest = Math.max(largest, added.path("id").asLong());
        }
        return largest;
    }

    private static long id(JsonNode definition, String token, String source) {
        JsonNode id = definition.path("model").path("vocab").path(token);
        if (id.isIntegralNumber()) {
            return id.longValue();
        }
        for (JsonNode added : definition.path("added_tokens")) {
            if (added.path("content").asText().equals(token)) {
                return added.path("id").longValue();
            }
        }
        throw new IllegalArgumentException("the tokenizer of " + source + " has no token " + token);
    }

    /** The prompt's first {@code length - 2} tokens between start and end, padded to {@code length}. */
    public Tokens encode(String prompt) {
        long[] tokens = tokens(prompt);
        int kept = Math.min(tokens.length, length - 2);
        return new Tokens(ids(tokens, 0, kept), tokens.length, kept < tokens.length);
    }

    private long[] ids(long[] tokens, int from, int count) {
        long[] ids = new long[length];
        Arrays.fill(ids, padding);
        ids[0] = start;
        System.arraycopy(tokens, from, ids, 1, count);
        ids[count + 1] = end;
        return ids;
    }

    /** How many pieces of {@code length - 2} tokens a prompt has; 1 where it is empty. */
    public int chunkCount(String prompt) {
        int most = length - 2;
        return Math.max(1, (tokens(prompt).length + most - 1) / most);
    }

    /**
     * The prompt in pieces, each of which is encoded as a prompt by itself would be: the first is what {@link #encode}
     * returns.
     *
     * @param count pieces, as many as the prompt has or more; those beyond are the empty prompt
     * @return for each the ids of {@link Tokens}
     */
    long[][] chunks(String prompt, int count) {
        long[] tokens = tokens(prompt);
        long[][] chunks = new long[count][];
        for (int i = 0; i < count; i++) {
            int from = Math.min(tokens.length, i * (length - 2));
            chunks[i] = ids(tokens, from, Math.min(tokens.length - from, length - 2));
        }
        return chunks;
    }

    private long[] tokens(String prompt) {
        return added.split(prompt).stream()
                .flatMapToLong(piece -> piece.token()
                        .map(ids -> ids.stream().mapToLong(Long::longValue))
                        .orElseGet(() -> LongStream.of(
                                tokenizer.encode(piece.text(), false, false).getIds())))
                .toArray();
    }

    /** Where each token of the whole prompt, without start and end, begins in it: in code points. */
    public int[] offsets(String prompt) {
        return added.split(prompt).stream()
                .flatMapToInt(piece -> piece.token()
                        .map(ids -> ids.stream().mapToInt(id -> piece.start()))
                        .orElseGet(() -> Arrays.stream(tokenizer
                                        .encode(piece.text(), false, false)
                                        .getCharTokenSpans())
                                .mapToInt(span -> piece.start() + span.getStart())))
                .toArray();
    }

    /** Whether the other one gives the same tokens, as far as a few texts show; padding may differ. */
    boolean hasTokensOf(ClipTokenizer other) {
        boolean sameAdded = added.ids().keySet().equals(other.added.ids().keySet());
        return sameAdded
                && start == other.start
                && end == other.end
                && PROBES.stream()
                        .allMatch(text -> Arrays.equals(
                                tokenizer.encode(text, false, false).getIds(),
                                other.tokenizer.encode(text, false, false).getIds()));
    }

    /** No token has a larger id. */
    public long largestId() {
        return largestId;
    }

    /** Ids per prompt. */
    public int length() {
        return length;
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
