package io.sparkinversion.diffusion;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkinversion.weights.Message;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** CLIP's tokenizer in the format of Hugging Face's {@code tokenizer.json}, from a vocabulary and its merges. */
final class TokenizerDefinition {
    private static final String WORDS = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
    private static final String WORD_END = "</w>";
    /** CLIP's definitions are six levels deep. */
    private static final int DEEPEST = 32;
    /** With a token of ten thousands of letters the library does not come to an end. */
    private static final int LONGEST_TEXT = 2_000;

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxStringLength(LONGEST_TEXT)
                    .maxNameLength(LONGEST_TEXT)
                    .build())
            .build());
    /** CLIP's files have two million bytes at most. */
    private static final long MAX_BYTES = 16 << 20;

    private TokenizerDefinition() {}

    /** From {@code vocab.json} and {@code merges.txt}. */
    static JsonNode of(Path folder) throws IOException {
        Path vocabulary = folder.resolve("vocab.json");
        Path merges = folder.resolve("merges.txt");
        if (!Files.exists(vocabulary) || !Files.exists(merges)) {
            throw new IllegalArgumentException(
                    folder + " has neither tokenizer.json nor both of vocab.json and merges.txt");
        }
        JsonNode vocab = read(vocabulary);
        for (String token : List.of(ClipTokenizer.START, ClipTokenizer.END)) {
            if (!vocab.has(token)) {
                throw new IllegalArgumentException(vocabulary + " lacks the token " + token);
            }
        }
        requireReadable(merges);
        try {
            List<String> pairs = Files.readAllLines(merges).stream()
                    .filter(line -> !line.startsWith("#version") && !line.isBlank())
                    .toList();
            return of(vocab, pairs);
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(merges + " is no text in UTF-8", e);
        }
    }

    /**
     * A file of a tokenizer that is one JSON object.
     *
     * @throws IllegalArgumentException if it is none, or too large to be one
     */
    static JsonNode read(Path file) throws IOException {
        requireReadable(file);
        try {
            JsonNode root = JSON.readTree(file.toFile());
            if (!root.isObject()) {
                throw new IllegalArgumentException(file + " is not a JSON object");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(file + " is not valid JSON: " + Message.of(e.getOriginalMessage()), e);
        } catch (CharConversionException e) {
            throw new IllegalArgumentException(file + " is not valid JSON: " + Message.of(e.getMessage()), e);
        }
    }

    private static void requireReadable(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw new IllegalArgumentException(file + " has " + Files.size(file) + " bytes, more than " + MAX_BYTES
                    + ", which is more than any tokenizer's");
        }
    }

    /** One token for each byte, and for each byte at the end of a word. */
    static JsonNode ofBytes() {
        ObjectNode vocab = JSON.createObjectNode();
        for (String ending : List.of("", WORD_END)) {
            int unprintable = 0;
            for (int value = 0; value < 256; value++) {
                boolean printable = (value > 0x20 && value < 0x7f) || (value > 0xa0 && value != 0xad);
                // Byte-level BPE writes bytes that do not print as the letters from U+0100 on.
                char symbol = (char) (printable ? value : 0x100 + unprintable++);
                vocab.put(symbol + ending, vocab.size());
            }
        }
        vocab.put(ClipTokenizer.START, vocab.size());
        vocab.put(ClipTokenizer.END, vocab.size());
        return of(vocab, List.of());
    }

    private static JsonNode of(JsonNode vocab, List<String> merges) {
        ObjectNode root = JSON.createObjectNode().put("version", "1.0");
        root.putNull("truncation").putNull("padding").putNull("post_processor");
        ArrayNode added = root.putArray("added_tokens");
        for (String token : List.of(ClipTokenizer.START, ClipTokenizer.END)) {
            added.addObject()
                    .put("id", vocab.get(token).asInt())
                    .put("content", token)
                    .put("single_word", false)
                    .put("lstrip", false)
                    .put("rstrip", false)
                    .put("normalized", false)
                    .put("special", true);
        }
        root.set("normalizer", normalizer());
        root.set("pre_tokenizer", preTokenizer());
        ObjectNode model = root.putObject("model")
                .put("type", "BPE")
                .put("unk_token", ClipTokenizer.END)
                .put("continuing_subword_prefix", "")
                .put("end_of_word_suffix", WORD_END)
                .put("fuse_unk", false);
        model.set("vocab", vocab);
        ArrayNode list = model.putArray("merges");
        merges.forEach(list::add);
        return root;
    }

    /** NFC, runs of white space to one space, lower case. */
    private static ObjectNode normalizer() {
        ObjectNode sequence = JSON.createObjectNode().put("type", "Sequence");
        ArrayNode normalizers = sequence.putArray("normalizers");
        normalizers.addObject().put("type", "NFC");
        normalizers
                .addObject()
                .put("type", "Replace")
                .put("content", " ")
                .putObject("pattern")
                .put("Regex", "\\s+");
        normalizers.addObject().put("type", "Lowercase");
        return sequence;
    }

    /** Words, each as letters that stand for its bytes. */
    private static ObjectNode preTokenizer() {
        ObjectNode sequence = JSON.createObjectNode().put("type", "Sequence");
        ArrayNode steps = sequence.putArray("pretokenizers");
        ObjectNode words = steps.addObject()
                .put("type", "Split")
                .put("behavior", "Removed")
                .put("invert", true);
        words.putObject("pattern").put("Regex", WORDS);
        steps.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", false);
        return sequence;
    }

    /**
     * A definition as the library is to have it: with the parts that make tokens of text, which must be CLIP's. The
     * library ends the process, or never comes back, where other ones make no sense (an empty pattern, a decoder that
     * its JSON parser refuses).
     *
     * @param source of the definition, for the message
     * @throws IllegalArgumentException if it is another tokenizer's
     */
    static byte[] forLibrary(JsonNode definition, String source) throws IOException {
        requireSame(definition.path("normalizer"), normalizer(), "normalizer", source);
        requireSame(plain(definition.path("pre_tokenizer")), plain(preTokenizer()), "pre_tokenizer", source);
        ObjectNode encoding = JSON.createObjectNode().put("version", "1.0");
        for (String part : List.of("added_tokens", "model")) {
            encoding.set(part, definition.path(part));
        }
        encoding.set("normalizer", normalizer());
        encoding.set("pre_tokenizer", preTokenizer());
        return JSON.writeValueAsBytes(encoding);
    }

    /** Without what makes no difference once the text is split into words that have no blanks around them. */
    private static JsonNode plain(JsonNode preTokenizer) {
        JsonNode plain = preTokenizer.deepCopy();
        if (plain.path("pretokenizers").path(1) instanceof ObjectNode byteLevel) {
            byteLevel.remove(List.of("use_regex", "trim_offsets"));
        }
        return plain;
    }

    private static void requireSame(JsonNode found, JsonNode expected, String part, String source) {
        if (!found.equals(expected)) {
            throw new IllegalArgumentException("the " + part + " of " + source + "/tokenizer.json is not CLIP's: "
                    + Message.of(found.toString()) + " instead of " + expected
                    + "; without that file vocab.json and merges.txt are read");
        }
    }
}
