package io.sparkinversion.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.fuzz.ByteMutator;
import io.sparkinversion.fuzz.FuzzFile;
import io.sparkinversion.fuzz.FuzzRun;
import io.sparkinversion.fuzz.JsonMutator;
import io.sparkinversion.network.Configs;
import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.network.UnsupportedConfigException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged scheduler configs and tokenizer files. */
class ModelFilesFuzzTest {
    private static final String SCHEDULER = "scheduler_config.json";

    @TempDir
    private Path folder;

    @Test
    void damagedSchedulersAreReadOrRefused() {
        byte[] intact = Configs.builtIn("sd15", "scheduler").text().getBytes(StandardCharsets.UTF_8);
        JsonMutator mutator = new JsonMutator(List.of(intact));

        FuzzRun.Outcome outcome = FuzzRun.of("ModelFilesFuzzTest", 4, UnsupportedConfigException.class)
                .naming(SCHEDULER)
                // A million timesteps are allowed.
                .allocating(16 << 20, 64)
                .run(random -> new FuzzFile(SCHEDULER, mutator.mutate(intact, random)), file -> {
                    Path path = Files.write(folder.resolve(SCHEDULER), file.bytes());
                    NoiseSchedule schedule = NoiseSchedule.of(NetworkConfig.read(path));
                    assertThat(schedule.alphasCumprod()[0]).isBetween(0f, 1f);
                });

        assertThat(outcome.isBalanced()).as("%s", outcome).isTrue();
    }

    /** What the library cannot read of a decoder ends the process. */
    @ParameterizedTest
    @ValueSource(strings = {"[[\"\\ud800\"]]", "{\"type\": 1e999}", "[\"\\u0000\", {}]", "17"})
    void aDecoderIsNotGivenToTheNativeLibrary(String decoder) throws IOException {
        String definition = TokenizerDefinition.ofBytes().toString();
        Files.writeString(folder.resolve("tokenizer.json"), "{\"decoder\": " + decoder + "," + definition.substring(1));

        try (ClipTokenizer tokenizer = ClipTokenizer.load(folder, 77)) {
            assertThat(tokenizer.encode("a cat").ids()).hasSize(77);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"Regex\":\"\"", "\"Regex\":\"(a+)+$\"", "\"String\":\"a\""})
    void anotherNormalizerIsRefused(String pattern) throws IOException {
        Files.writeString(
                folder.resolve("tokenizer.json"),
                TokenizerDefinition.ofBytes().toString().replace("\"Regex\":\"\\\\s+\"", pattern));

        assertThatThrownBy(() -> ClipTokenizer.load(folder, 77))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the normalizer of " + folder + "/tokenizer.json is not CLIP's: ")
                .hasMessageEndingWith("; without that file vocab.json and merges.txt are read");
    }

    /** As older versions of the library wrote it. */
    @Test
    void aPreTokenizerThatOnlyLooksDifferentIsAccepted() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer.json"),
                TokenizerDefinition.ofBytes()
                        .toString()
                        .replace("\"trim_offsets\":true,\"use_regex\":false", "\"trim_offsets\":false"));
        try (ClipTokenizer tokenizer = ClipTokenizer.load(folder, 77)) {
            assertThat(tokenizer.encode("a cat").tokenCount()).isEqualTo(4);
        }
    }

    @Test
    void aTokenOfThousandsOfLettersIsRefused() throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(
                file,
                TokenizerDefinition.ofBytes()
                        .toString()
                        .replace("\"content\":\"<|endoftext|>\"", "\"content\":\"" + "long ".repeat(20_000) + "\""));

        assertThatThrownBy(() -> ClipTokenizer.load(folder, 77))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + " is not valid JSON: String value length (")
                .hasMessageContaining("exceeds the maximum allowed (2000");
    }

    @Test
    void aDeeplyNestedTokenizerIsRefused() throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, "{\"normalizer\": " + "[".repeat(200) + "]".repeat(200) + "}");

        assertThatThrownBy(() -> ClipTokenizer.load(folder, 77))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + " is not valid JSON: Document nesting depth (33) exceeds the maximum");
    }

    @Test
    void damagedTokenizersAreReadOrRefused() throws IOException {
        Map<String, byte[]> intact = new LinkedHashMap<>();
        String definition = TokenizerDefinition.ofBytes().toString();
        intact.put("tokenizer.json", definition.getBytes(StandardCharsets.UTF_8));
        intact.put(
                "vocab.json",
                TokenizerDefinition.ofBytes()
                        .path("model")
                        .path("vocab")
                        .toString()
                        .getBytes(StandardCharsets.UTF_8));
        intact.put("merges.txt", "#version: 0.2\n\n".getBytes(StandardCharsets.UTF_8));
        intact.put(
                "tokenizer_config.json",
                "{\"pad_token\": {\"content\": \"!\"}, \"added_tokens_decoder\": {}}".getBytes(StandardCharsets.UTF_8));
        intact.put("special_tokens_map.json", "{\"pad_token\": \"!\"}".getBytes(StandardCharsets.UTF_8));
        List<String> names = List.copyOf(intact.keySet());
        JsonMutator mutator = new JsonMutator(List.copyOf(intact.values()));

        FuzzRun.Outcome outcome = FuzzRun.of("ModelFilesFuzzTest", 2, IllegalArgumentException.class)
                .naming(folder.toString())
                .allocating(4 << 20, 200)
                .run(
                        random -> {
                            // The first goes to a native library as it is.
                            String name = names.get(random.nextBoolean() ? 0 : random.nextInt(names.size()));
                            return new FuzzFile(name, mutator.mutate(intact.get(name), random));
                        },
                        file -> {
                            for (String name : names) {
                                Files.deleteIfExists(folder.resolve(name));
                                // Where there is a tokenizer.json, nobody reads the two files that it replaces.
                                boolean read = !name.equals("tokenizer.json")
                                        || file.origin().equals(name);
                                if (read) {
                                    Files.write(
                                            folder.resolve(name),
                                            name.equals(file.origin()) ? file.bytes() : intact.get(name));
                                }
                            }
                            try (ClipTokenizer tokenizer = ClipTokenizer.load(folder, 77)) {
                                assertThat(tokenizer.encode("a photo of a cat").ids())
                                        .hasSize(77);
                            }
                        });

        assertThat(outcome.isBalanced()).as("%s", outcome).isTrue();
    }

    /** The library works on UTF-8 of its own kind; what is no Unicode must not end the process either. */
    @Test
    void promptsOfAnyLettersAreEncoded() {
        List<String> pieces = List.of(
                "a",
                "cat",
                "'s",
                "  ",
                "\t\n",
                "\0",
                "\u00e9",
                "e\u0301",
                "\u0130",
                "\u1e9e",
                "\u0345",
                "\ufb03",
                "\u200d",
                "\u202e",
                "\ufeff",
                "\uffff",
                "\ud83d\ude3a",
                "\ud83d",
                "\ude3a",
                "\ud800\ud800",
                "<|endoftext|>",
                "<|startoftext|>",
                "</w>",
                "\u0300".repeat(300),
                "long ".repeat(500),
                "1234567890");
        try (ClipTokenizer tokenizer = ClipTokenizer.ofBytes(77)) {
            FuzzRun.Outcome outcome = FuzzRun.of("ModelFilesFuzzTest", 2, IllegalArgumentException.class)
                    .allocating(4 << 20, 1_000)
                    .run(
                            random -> {
                                StringBuilder prompt = new StringBuilder();
                                for (int count = random.nextInt(12); count > 0; count--) {
                                    prompt.append(ByteMutator.any(pieces, random));
                                }
                                // Not by a charset: that would mend half a pair of surrogates.
                                ByteBuffer letters = ByteBuffer.allocate(Character.BYTES * prompt.length());
                                letters.asCharBuffer().put(prompt.toString());
                                return new FuzzFile("pieces", letters.array());
                            },
                            file -> {
                                String prompt = ByteBuffer.wrap(file.bytes())
                                        .asCharBuffer()
                                        .toString();
                                assertThat(tokenizer.encode(prompt).ids()).hasSize(77);
                                assertThat(tokenizer.offsets(prompt))
                                        .hasSize(tokenizer.encode(prompt).tokenCount());
                            });
            assertThat(outcome.refused()).isZero();
        }
    }
}
