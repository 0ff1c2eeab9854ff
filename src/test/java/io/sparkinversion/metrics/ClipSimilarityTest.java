package io.sparkinversion.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkinversion.image.RgbImage;
import io.sparkinversion.network.UnsupportedConfigException;
import io.sparkinversion.torchscript.WithManager;
import io.sparkinversion.weights.WeightsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A CLIP with invented weights, against the formula in {@link TinyClip}. */
class ClipSimilarityTest extends WithManager {
    private static final double[] MEAN = {0.48145466, 0.4578275, 0.40821073};
    private static final double[] DEVIATION = {0.26862954, 0.26130258, 0.27577711};

    private final TinyClip tiny = new TinyClip("quick_gelu");

    @TempDir
    private Path folder;

    private static RgbImage picture(long seed, int width, int height) {
        byte[] pixels = new byte[width * height * 3];
        new Random(seed).nextBytes(pixels);
        return new RgbImage(width, height, pixels);
    }

    private static double[][][] normalised(RgbImage image) {
        double[][][] pixels = new double[3][TinyClip.SIZE][TinyClip.SIZE];
        for (int i = 0; i < image.pixels().length; i++) {
            double value = (image.pixels()[i] & 0xff) / 255.0;
            pixels[i % 3][i / 3 / TinyClip.SIZE][i / 3 % TinyClip.SIZE] = (value - MEAN[i % 3]) / DEVIATION[i % 3];
        }
        return pixels;
    }

    /** Start, the given ids, end, and the end's id as padding. */
    private static int[] padded(int... ids) {
        int[] padded = new int[TinyClip.LENGTH];
        Arrays.fill(padded, TinyClip.END);
        padded[0] = TinyClip.START;
        System.arraycopy(ids, 0, padded, 1, ids.length);
        return padded;
    }

    private static int letter(char letter) {
        return letter - 'a';
    }

    private static int last(char letter) {
        return 26 + letter - 'a';
    }

    private static double cosine(double[] a, double[] b) {
        double product =
                IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum();
        double squares = Arrays.stream(a).map(v -> v * v).sum()
                * Arrays.stream(b).map(v -> v * v).sum();
        return product / Math.sqrt(squares);
    }

    private static void assertClose(float[] found, double[] expected) {
        assertThat(found).hasSize(expected.length);
        for (int i = 0; i < found.length; i++) {
            assertThat((double) found[i]).isCloseTo(expected[i], within(1e-5));
        }
    }

    @ParameterizedTest
    @CsvSource({"quick_gelu, 2", "gelu, 2", "quick_gelu, 55", "gelu, 55"})
    void embeddingsAndTheirCosinesAreThoseOfTheFormula(String activation, int endOfText) throws IOException {
        TinyClip reference = new TinyClip(activation);
        Files.writeString(reference.write(folder).resolve("config.json"), reference.config(endOfText));
        List<RgbImage> images = List.of(picture(1, 12, 12), picture(2, 12, 12), picture(3, 12, 12));
        List<String> prompts = List.of("cat", "a cat on", "");
        double[][] ofImages = images.stream()
                .map(image -> reference.imageEmbedding(normalised(image)))
                .toArray(double[][]::new);
        double[][] ofPrompts = {
            reference.textEmbedding(padded(53), 2),
            reference.textEmbedding(padded(last('a'), 53, letter('o'), last('n')), 5),
            reference.textEmbedding(padded(), 1)
        };

        try (ClipSimilarity clip = ClipSimilarity.load(folder, manager)) {
            float[][] foundOfImages = clip.imageEmbeddings(images);
            float[][] foundOfPrompts = clip.textEmbeddings(prompts);
            double[] similarities = clip.similarities(images, prompts);

            for (int i = 0; i < 3; i++) {
                assertClose(foundOfImages[i], ofImages[i]);
                assertClose(foundOfPrompts[i], ofPrompts[i]);
                assertThat(similarities[i]).isCloseTo(cosine(ofImages[i], ofPrompts[i]), within(1e-5));
            }
            assertThat(similarities[0]).isNotCloseTo(similarities[1], within(1e-2));
        }
    }

    /** Where a token has a larger id than the end's, what stands for the largest would mislead. */
    @Test
    void theEndOfTextIsTheConfigsTokenAndNotTheLargest() throws IOException {
        Path vocabulary = tiny.write(folder).resolve("vocab.json");
        Files.writeString(vocabulary, Files.readString(vocabulary).replace("}", ", \"zz</w>\": 56}"));
        Files.writeString(folder.resolve("merges.txt"), "z z</w>\n");

        assertThatThrownBy(() -> ClipSimilarity.load(folder, manager))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageEndingWith(
                        "ends texts with id 55, its config.json says eos_token_id 2, which is id 56: they do not belong"
                                + " together");

        Files.writeString(folder.resolve("config.json"), tiny.config(TinyClip.END));
        try (ClipSimilarity clip = ClipSimilarity.load(folder, manager)) {
            assertClose(clip.textEmbeddings(List.of("zz a"))[0], tiny.textEmbedding(padded(56, last('a')), 3));
        }
    }

    @Test
    void longPromptsAreCutAsTheTokenizerDoes() throws IOException {
        tiny.write(folder);
        int[] letters = "abcdefgh".chars().map(letter -> last((char) letter)).toArray();
        double[] expected = tiny.textEmbedding(padded(letters), 9);

        try (ClipSimilarity clip = ClipSimilarity.load(folder, manager)) {
            float[][] found = clip.textEmbeddings(List.of("a b c d e f g h", "a b c d e f g h i j k"));

            assertClose(found[0], expected);
            assertClose(found[1], expected);
        }
    }

    /** Padding with another id than the end's, as the tokenizers of some uploads do, changes nothing. */
    @Test
    void paddingIsNotSeen() throws IOException {
        tiny.write(folder);
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"pad_token\": \"z\"}");

        try (ClipSimilarity clip = ClipSimilarity.load(folder, manager)) {
            assertClose(clip.textEmbeddings(List.of("cat"))[0], tiny.textEmbedding(padded(53), 2));
        }
    }

    @Test
    void imagesOfAnySizeAreResizedAndCropped() throws IOException {
        tiny.write(folder);
        byte[] upper = Arrays.copyOf(MaskedMetricsTest.bytes("strong-noise-a.rgb"), 48 * 37 * 3);
        RgbImage wide = new RgbImage(48, 37, upper);
        double[][][] pixels = new double[3][12][];
        String[] rows = new String(MaskedMetricsTest.bytes("clip-pixels.csv")).split("\n");
        for (int row = 0; row < rows.length; row++) {
            pixels[row / 12][row % 12] = Arrays.stream(rows[row].split(","))
                    .mapToDouble(Double::parseDouble)
                    .toArray();
        }

        try (ClipSimilarity clip = ClipSimilarity.load(folder, manager)) {
            assertClose(clip.imageEmbeddings(List.of(wide))[0], tiny.imageEmbedding(pixels));
        }
    }

    @Test
    void aBatchGivesWhatItsPairsGiveFromSeveralThreads() throws IOException {
        tiny.write(folder);
        List<RgbImage> images =
                IntStream.range(0, 6).mapToObj(i -> picture(i, 20 + i, 30)).toList();
        List<String> prompts = List.of("a", "cat", "a cat", "dog", "the dog", "");
        try (ClipSimilarity clip = ClipSimilarity.load(folder, manager)) {
            int before = manager.getManagedArrays().size();
            double[] batch = clip.similarities(images, prompts);

            double[] single = IntStream.range(0, 60)
                    .parallel()
                    .map(i -> i % 6)
                    .mapToDouble(i -> clip.similarities(List.of(images.get(i)), List.of(prompts.get(i)))[0])
                    .toArray();

            for (int i = 0; i < 60; i++) {
                assertThat(single[i]).isCloseTo(batch[i % 6], within(1e-6));
            }
            assertThat(clip.similarities(List.of(), List.of())).isEmpty();
            assertThat(manager.getManagedArrays().size())
                    .as("arrays left behind")
                    .isEqualTo(before);
        }
        assertThat(manager.getManagedArrays().size())
                .as("arrays left after closing")
                .isZero();
    }

    @Test
    void pairsMustBePairs() throws IOException {
        try (ClipSimilarity clip = ClipSimilarity.load(tiny.write(folder), manager)) {
            assertThatThrownBy(() -> clip.similarities(List.of(picture(1, 12, 12)), List.of("a", "b")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("cannot compare 1 images with 2 prompts in pairs");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "visual_projection.weight",
                "text_projection.weight",
                "vision_model.embeddings.class_embedding",
                "vision_model.pre_layrnorm.bias",
                "vision_model.encoder.layers.1.mlp.fc2.weight",
                "text_model.encoder.layers.0.self_attn.k_proj.bias"
            })
    void aMissingWeightIsNamed(String name) throws IOException {
        tiny.without(name).write(folder);

        assertThatThrownBy(() -> ClipSimilarity.load(folder, manager))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("1 missing: " + name);
    }

    @Test
    void aWeightOfAnotherShapeIsNamed() throws IOException {
        tiny.reshaped("visual_projection.weight", 16, 8).write(folder);

        assertThatThrownBy(() -> ClipSimilarity.load(folder, manager))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("visual_projection.weight[8, 16] is stored as [16, 8]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"clip\"           | \"siglip\"    | config.json: 'model_type' = \"siglip\"",
                "\"vision_config\"  | \"vision\"    | config.json lacks 'vision_config'",
                "\"patch_size\": 4  | \"patch_size\": 13 | config.json, vision_config: 'patch_size' = 13",
                "\"vocab_size\": 57 | \"vocab_size\": 55 | has ids up to 55, its config.json says vocab_size 55",
                "\"eos_token_id\": 2 | \"eos_token_id\": 54 | ends texts with id 55, its config.json says eos_token_id 54",
            })
    void aConfigThatDoesNotFitIsRefusedByItsKey(String here, String other, String message) throws IOException {
        Path config = tiny.write(folder).resolve("config.json");
        Files.writeString(config, Files.readString(config).replace(here, other));

        assertThatThrownBy(() -> ClipSimilarity.load(folder, manager))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'size': 14}                                   | 'size' = 14",
                "{'size': {'shortest_edge': 14}}                | 'size' = {'shortest_edge':14}",
                "{'crop_size': {'height': 12, 'width': 14}}     | 'crop_size' = {'height':12,'width':14}",
                "{'resample': 2}                                | 'resample' = 2",
                "{'do_center_crop': false}                      | 'do_center_crop' = false",
                "{'image_mean': [0.5, 0.5]}                     | 'image_mean' = [0.5, 0.5]",
                "{'image_std': [0.5, 0.5, 0]}                   | 'image_std' = [0.5, 0.5, 0.0]",
                "{'size_divisor': 32}                           | 'size_divisor' = 32",
            })
    void preprocessingThatIsNotBuiltHereIsRefusedByItsKey(String json, String message) throws IOException {
        Files.writeString(tiny.write(folder).resolve("preprocessor_config.json"), json.replace('\'', '"'));

        assertThatThrownBy(() -> ClipSimilarity.load(folder, manager))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageContaining("preprocessor_config.json: "
                        + message.replace(":{'", ":{\"").replaceAll("(?<=[{,])'(\\w+)'", "\"$1\""));
    }

    /** As transformers 4.26 and later write it, with other numbers than OpenAI's. */
    @Test
    void normalisationIsThePreprocessors() throws IOException {
        Files.writeString(tiny.write(folder).resolve("preprocessor_config.json"), """
                {"crop_size": {"height": 12, "width": 12}, "do_center_crop": true, "do_convert_rgb": true,
                 "do_normalize": true, "do_rescale": true, "do_resize": true, "image_mean": [0.5, 0.25, 0.125],
                 "image_processor_type": "CLIPImageProcessor", "image_std": [0.5, 1, 2], "resample": 3,
                 "rescale_factor": 0.00392156862745098, "size": {"shortest_edge": 12}}
                """);
        byte[] pixels = new byte[12 * 12 * 3];
        Arrays.fill(pixels, (byte) 255);

        try (ClipSimilarity clip = ClipSimilarity.load(folder, manager)) {
            double[][][] expected = new double[3][12][12];
            for (int channel = 0; channel < 3; channel++) {
                for (double[] row : expected[channel]) {
                    Arrays.fill(row, new double[] {1, 0.75, 0.4375}[channel]);
                }
            }
            assertClose(clip.imageEmbeddings(List.of(new RgbImage(12, 12, pixels)))[0], tiny.imageEmbedding(expected));
        }
    }

    @Test
    void aFolderWithoutWhatIsNeededSaysSo() throws IOException {
        assertThatThrownBy(() -> ClipSimilarity.load(folder, manager))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessage(folder + " has no config.json; a CLIP folder has one, beside its weights and its"
                        + " tokenizer's files");
        tiny.write(folder);
        Files.delete(folder.resolve("merges.txt"));
        assertThatThrownBy(() -> ClipSimilarity.load(folder, manager))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(folder + " has neither tokenizer.json nor both of vocab.json and merges.txt");
        tiny.write(folder);
        Files.delete(folder.resolve("model.safetensors"));
        assertThatThrownBy(() -> ClipSimilarity.load(folder, manager))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("no weights in " + folder);
    }
}
