package io.sparkinversion.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.diffusion.ClipTokenizer.Tokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The embedded model's vocabulary; its file is the reference for ids. */
class ClipTokenizerTest {
    private static final Path EMBEDDED = EmbeddedModel.FOLDER.resolve("tokenizer");
    private static final int LENGTH = 77;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private static long id(String token) throws IOException {
        JsonNode id = JSON.readTree(EMBEDDED.resolve("vocab.json").toFile()).path(token);
        assertThat(id.isIntegralNumber()).as(token).isTrue();
        return id.longValue();
    }

    private static long start() throws IOException {
        return id("<|startoftext|>");
    }

    private static long end() throws IOException {
        return id("<|endoftext|>");
    }

    private Path copyOf(String... files) throws IOException {
        for (String file : files) {
            Files.copy(EMBEDDED.resolve(file), folder.resolve(file));
        }
        return folder;
    }

    @Test
    void wordsStandBetweenStartAndEndAndPadding() throws IOException {
        try (ClipTokenizer tokenizer = ClipTokenizer.load(EMBEDDED, LENGTH)) {
            Tokens tokens = tokenizer.encode("  Brown\tHEART ");

            assertThat(tokens.ids())
                    .hasSize(LENGTH)
                    .startsWith(start(), id("brown</w>"), id("heart</w>"), end(), end())
                    .endsWith(end());
            assertThat(tokens.tokenCount()).isEqualTo(2);
            assertThat(tokens.truncated()).isFalse();
        }
    }

    @Test
    void theEmptyPromptIsStartAndEnd() throws IOException {
        try (ClipTokenizer tokenizer = ClipTokenizer.load(EMBEDDED, LENGTH)) {
            Tokens tokens = tokenizer.encode("");

            long[] expected = new long[LENGTH];
            Arrays.fill(expected, end());
            expected[0] = start();
            assertThat(tokens.ids()).isEqualTo(expected);
            assertThat(tokens.tokenCount()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"74, false", "75, false", "76, true", "300, true"})
    void longPromptsAreCutBeforeTheEndToken(int words, boolean truncated) throws IOException {
        try (ClipTokenizer tokenizer = ClipTokenizer.load(EMBEDDED, LENGTH)) {
            Tokens tokens = tokenizer.encode("heart ".repeat(words));

            assertThat(tokens.tokenCount()).isEqualTo(words);
            assertThat(tokens.truncated()).isEqualTo(truncated);
            assertThat(tokens.ids()).hasSize(LENGTH).endsWith(end());
            assertThat(Arrays.stream(tokens.ids()).filter(id -> idIs(id, "heart</w>")))
                    .hasSize(Math.min(words, 75));
        }
    }

    private static boolean idIs(long id, String token) {
        try {
            return id == id(token);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aTokenizerJsonGivesTheSameIdsAsVocabularyAndMerges() throws IOException {
        JSON.writeValue(folder.resolve("tokenizer.json").toFile(), TokenizerDefinition.of(EMBEDDED));
        List<String> prompts =
                List.of("twemoji emoji of brown heart", "isn't it 100 cats & dogs?", "déjà-vu ☕", "x ".repeat(90));

        try (ClipTokenizer expected = ClipTokenizer.load(EMBEDDED, LENGTH);
                ClipTokenizer tokenizer = ClipTokenizer.load(folder, LENGTH)) {
            for (String prompt : prompts) {
                assertThat(tokenizer.encode(prompt)).usingRecursiveComparison().isEqualTo(expected.encode(prompt));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                // special_tokens_map.json ; tokenizer_config.json ; the padding token
                "{} ; {} ; <|endoftext|>",
                "{} ; {'pad_token': '!'} ; !",
                "{'pad_token': {'content': '!', 'lstrip': false}} ; {} ; !",
                "{'pad_token': null} ; {'pad_token': '!'} ; !",
                "{'pad_token': '!'} ; {'pad_token': '<|endoftext|>'} ; !",
                "{'pad_token': '!'} ; {'pad_token': '<|endoftext|>', 'added_tokens_decoder': {}} ; <|endoftext|>",
            })
    void paddingIsAsTransformersReadsIt(String map, String config, String expected) throws IOException {
        copyOf("vocab.json", "merges.txt");
        Files.writeString(folder.resolve("special_tokens_map.json"), map.replace('\'', '"'));
        Files.writeString(folder.resolve("tokenizer_config.json"), config.replace('\'', '"'));

        try (ClipTokenizer tokenizer = ClipTokenizer.load(folder, LENGTH)) {
            assertThat(tokenizer.encode("heart").ids())
                    .startsWith(start(), id("heart</w>"), end(), id(expected))
                    .endsWith(id(expected));
        }
    }

    @Test
    void aPaddingTokenThatIsNotInTheVocabularyIsRefused() throws IOException {
        copyOf("vocab.json", "merges.txt");
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"pad_token\": \"[PAD]\"}");

        assertThatThrownBy(() -> ClipTokenizer.load(folder, LENGTH))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the tokenizer of " + folder + " has no token [PAD]");
    }

    @Test
    void missingFilesAreNamed() throws IOException {
        String message = folder + " has neither tokenizer.json nor both of vocab.json and merges.txt";

        assertThatThrownBy(() -> ClipTokenizer.load(folder, LENGTH))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
        copyOf("vocab.json");
        assertThatThrownBy(() -> ClipTokenizer.load(folder, LENGTH)).hasMessage(message);
    }

    @Test
    void aVocabularyWithoutTheStartTokenIsNamed() throws IOException {
        copyOf("merges.txt");
        Files.writeString(folder.resolve("vocab.json"), "{\"a\": 0, \"<|endoftext|>\": 1}");

        assertThatThrownBy(() -> ClipTokenizer.load(folder, LENGTH))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("vocab.json", "lacks the token <|startoftext|>");
    }

    @Test
    void aDamagedFileIsNamed() throws IOException {
        copyOf("merges.txt");
        Files.writeString(folder.resolve("vocab.json"), "version https://git-lfs");

        assertThatThrownBy(() -> ClipTokenizer.load(folder, LENGTH))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        folder.resolve("vocab.json") + " is not valid JSON: Unrecognized token 'version'");
    }

    @Test
    void ofBytesMakesEveryLetterAToken() {
        try (ClipTokenizer tokenizer = ClipTokenizer.ofBytes(LENGTH)) {
            Tokens two = tokenizer.encode("Ab b");
            Tokens other = tokenizer.encode("b");

            assertThat(two.tokenCount()).isEqualTo(3);
            assertThat(two.ids()[2])
                    .as("b at a word's end")
                    .isEqualTo(two.ids()[3])
                    .isEqualTo(other.ids()[1]);
            assertThat(two.ids()[1]).isNotEqualTo(two.ids()[2]);
            assertThat(tokenizer.encode("é").tokenCount())
                    .as("bytes of é in UTF-8")
                    .isEqualTo(2);
            assertThat(tokenizer.largestId()).isEqualTo(2 * 256 + 1);
        }
    }

    @Test
    void ofBytesKnowsEveryByte() {
        try (ClipTokenizer tokenizer = ClipTokenizer.ofBytes(4000)) {
            // Letters and symbols of one to four bytes: all leading and continuation bytes that UTF-8 uses for them.
            String everything = IntStream.concat(IntStream.range(0x21, 0x2000), IntStream.of(0x4e2d, 0xac00, 0x1f600))
                    .filter(Character::isDefined)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            for (int from = 0; from < everything.length(); from += 500) {
                String part = everything.substring(from, Math.min(everything.length(), from + 500));
                Tokens tokens = tokenizer.encode(part);
                long unknown = tokenizer.largestId();

                assertThat(tokens.truncated()).isFalse();
                assertThat(Arrays.copyOfRange(tokens.ids(), 1, tokens.tokenCount() + 1))
                        .doesNotContain(unknown);
            }
        }
    }

    @Test
    void threadsMayShareATokenizer() {
        try (ClipTokenizer tokenizer = ClipTokenizer.load(EMBEDDED, LENGTH)) {
            List<long[]> expected = IntStream.range(0, 200)
                    .mapToObj(i -> tokenizer.encode("cat " + i).ids())
                    .toList();

            List<long[]> together = IntStream.range(0, 200)
                    .parallel()
                    .mapToObj(i -> tokenizer.encode("cat " + i).ids())
                    .toList();

            for (int i = 0; i < 200; i++) {
                assertThat(together.get(i)).isEqualTo(expected.get(i));
            }
        }
    }
}
