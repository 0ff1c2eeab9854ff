package io.sparkinversion.metrics;

import io.sparkinversion.weights.SafetensorsWriter;
import io.sparkinversion.weights.WeightTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A CLIP of two layers, 16 channels and two heads for images of 12 x 12 pixels in patches of 4 x 4, with invented
 * weights: its folder, and its embeddings computed with plain loops in double precision.
 */
public final class TinyClip {
    public static final int SIZE = 12;
    public static final int LENGTH = 10;
    public static final int START = 54;
    public static final int END = 55;
    static final int PROJECTION = 8;

    /** One more than the tokenizer has. */
    private static final int VOCABULARY = END + 2;

    private static final int PATCH = 4;
    private static final int WIDTH = 16;
    private static final int HEADS = 2;
    private static final int LAYERS = 2;
    private static final int FEED_FORWARD = 24;

    private final String activation;
    private final Map<String, long[]> shapes = new LinkedHashMap<>();
    private final Map<String, float[]> weights = new LinkedHashMap<>();

    public TinyClip(String activation) {
        this.activation = activation;
        Random random = new Random(17);
        add(random, "text_model.embeddings.token_embedding.weight", VOCABULARY, WIDTH);
        add(random, "text_model.embeddings.position_embedding.weight", LENGTH, WIDTH);
        encoder(random, "text_model");
        norm(random, "text_model.final_layer_norm");
        add(random, "text_projection.weight", PROJECTION, WIDTH);
        add(random, "vision_model.embeddings.class_embedding", WIDTH);
        add(random, "vision_model.embeddings.patch_embedding.weight", WIDTH, 3, PATCH, PATCH);
        add(random, "vision_model.embeddings.position_embedding.weight", 1 + SIZE / PATCH * (SIZE / PATCH), WIDTH);
        norm(random, "vision_model.pre_layrnorm");
        encoder(random, "vision_model");
        norm(random, "vision_model.post_layernorm");
        add(random, "visual_projection.weight", PROJECTION, WIDTH);
        add(random, "logit_scale");
        add(random, "text_model.embeddings.position_ids", 1, LENGTH);
        add(random, "vision_model.embeddings.position_ids", 1, 10);
    }

    private void encoder(Random random, String model) {
        for (int layer = 0; layer < LAYERS; layer++) {
            String name = model + ".encoder.layers." + layer;
            norm(random, name + ".layer_norm1");
            norm(random, name + ".layer_norm2");
            for (String part : List.of("q_proj", "k_proj", "v_proj", "out_proj")) {
                add(random, name + ".self_attn." + part + ".weight", WIDTH, WIDTH);
                add(random, name + ".self_attn." + part + ".bias", WIDTH);
            }
            add(random, name + ".mlp.fc1.weight", FEED_FORWARD, WIDTH);
            add(random, name + ".mlp.fc1.bias", FEED_FORWARD);
            add(random, name + ".mlp.fc2.weight", WIDTH, FEED_FORWARD);
            add(random, name + ".mlp.fc2.bias", WIDTH);
        }
    }

    private void norm(Random random, String name) {
        add(random, name + ".weight", WIDTH);
        add(random, name + ".bias", WIDTH);
    }

    private void add(Random random, String name, long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (0.4 * random.nextGaussian());
        }
        shapes.put(name, shape);
        weights.put(name, values);
    }

    // ---- the folder ----

    /** {@code config.json}; single quotes stand for double ones. */
    String config(int endOfText) {
        return """
                {'architectures': ['CLIPModel'], 'model_type': 'clip', 'projection_dim': 8,
                 'logit_scale_init_value': 2.6592, 'text_config_dict': {'hidden_size': 4},
                 'text_config': {'model_type': 'clip_text_model', 'vocab_size': 57, 'hidden_size': 16,
                  'intermediate_size': 24, 'num_hidden_layers': 2, 'num_attention_heads': 2,
                  'max_position_embeddings': 10, 'hidden_act': 'ACTIVATION', 'eos_token_id': END},
                 'vision_config': {'model_type': 'clip_vision_model', 'hidden_size': 16, 'intermediate_size': 24,
                  'num_hidden_layers': 2, 'num_attention_heads': 2, 'image_size': 12, 'patch_size': 4,
                  'hidden_act': 'ACTIVATION'}}
                """.replace("ACTIVATION", activation)
                .replace("END", "" + endOfText)
                .replace('\'', '"');
    }

    /** The same with the other sign of all similarities. */
    public TinyClip opposite() {
        float[] projection = weights.get("text_projection.weight");
        for (int i = 0; i < projection.length; i++) {
            projection[i] = -projection[i];
        }
        return this;
    }

    TinyClip without(String weight) {
        weights.remove(weight);
        shapes.remove(weight);
        return this;
    }

    TinyClip reshaped(String weight, long... shape) {
        shapes.put(weight, shape);
        return this;
    }

    /** Writes the folder, its config with the older way to name the end of text. */
    public Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("config.json"), config(2));
        List<WeightTensor> tensors = new ArrayList<>();
        weights.forEach((name, values) -> tensors.add(WeightTensor.ofFloats(name, shapes.get(name), values)));
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of());
        Map<String, Integer> vocabulary = vocabulary();
        List<String> entries = new ArrayList<>();
        vocabulary.forEach((token, id) -> entries.add("\"" + token + "\": " + id));
        Files.writeString(folder.resolve("vocab.json"), "{" + String.join(", ", entries) + "}");
        Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\nc a\nca t</w>\n");
        return folder;
    }

    private static Map<String, Integer> vocabulary() {
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        for (char letter = 'a'; letter <= 'z'; letter++) {
            vocabulary.put("" + letter, letter - 'a');
            vocabulary.put(letter + "</w>", 26 + letter - 'a');
        }
        vocabulary.put("ca", 52);
        vocabulary.put("cat</w>", 53);
        vocabulary.put("<|startoftext|>", START);
        vocabulary.put("<|endoftext|>", END);
        return vocabulary;
    }

    // ---- the formula ----

    /** Of pixels {@code [3][12][12]}, normalised. */
    public double[] imageEmbedding(double[][][] pixels) {
        int side = SIZE / PATCH;
        double[][] x = new double[1 + side * side][];
        float[] kernel = weights.get("vision_model.embeddings.patch_embedding.weight");
        x[0] = row("vision_model.embeddings.class_embedding", 0);
        for (int patch = 0; patch < side * side; patch++) {
            x[1 + patch] = new double[WIDTH];
            for (int out = 0; out < WIDTH; out++) {
                for (int i = 0; i < 3 * PATCH * PATCH; i++) {
                    int channel = i / (PATCH * PATCH);
                    int y = patch / side * PATCH + i / PATCH % PATCH;
                    int column = patch % side * PATCH + i % PATCH;
                    x[1 + patch][out] += kernel[out * 3 * PATCH * PATCH + i] * pixels[channel][y][column];
                }
            }
        }
        for (int i = 0; i < x.length; i++) {
            x[i] = normalised(
                    sum(x[i], row("vision_model.embeddings.position_embedding.weight", i)),
                    "vision_model.pre_layrnorm");
        }
        double[] pooled = normalised(encoded(x, "vision_model", false)[0], "vision_model.post_layernorm");
        return times("visual_projection.weight", pooled);
    }

    /**
     * @param ids of {@link #LENGTH} tokens
     * @param end the position whose state is the text's
     */
    public double[] textEmbedding(int[] ids, int end) {
        double[][] x = new double[ids.length][];
        for (int i = 0; i < ids.length; i++) {
            x[i] = sum(
                    row("text_model.embeddings.token_embedding.weight", ids[i]),
                    row("text_model.embeddings.position_embedding.weight", i));
        }
        double[] state = normalised(encoded(x, "text_model", true)[end], "text_model.final_layer_norm");
        return times("text_projection.weight", state);
    }

    private double[][] encoded(double[][] input, String model, boolean causal) {
        double[][] x = input;
        for (int layer = 0; layer < LAYERS; layer++) {
            String name = model + ".encoder.layers." + layer;
            double[][] attended = attention(each(x, name + ".layer_norm1"), name + ".self_attn.", causal);
            for (int i = 0; i < x.length; i++) {
                x[i] = sum(x[i], attended[i]);
                double[] hidden = affine(name + ".mlp.fc1", normalised(x[i], name + ".layer_norm2"));
                for (int j = 0; j < hidden.length; j++) {
                    hidden[j] = activated(hidden[j]);
                }
                x[i] = sum(x[i], affine(name + ".mlp.fc2", hidden));
            }
        }
        return x;
    }

    private double[][] each(double[][] x, String norm) {
        double[][] result = new double[x.length][];
        Arrays.setAll(result, i -> normalised(x[i], norm));
        return result;
    }

    private double[][] attention(double[][] x, String name, boolean causal) {
        int size = WIDTH / HEADS;
        double[][] result = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            double[] query = affine(name + "q_proj", x[i]);
            int seen = causal ? i + 1 : x.length;
            double[] joined = new double[WIDTH];
            for (int head = 0; head < HEADS; head++) {
                double[] scores = new double[seen];
                double total = 0;
                for (int j = 0; j < seen; j++) {
                    double[] key = affine(name + "k_proj", x[j]);
                    double product = 0;
                    for (int c = head * size; c < (head + 1) * size; c++) {
                        product += query[c] * key[c];
                    }
                    scores[j] = Math.exp(product / Math.sqrt(size));
                    total += scores[j];
                }
                for (int j = 0; j < seen; j++) {
                    double[] value = affine(name + "v_proj", x[j]);
                    for (int c = head * size; c < (head + 1) * size; c++) {
                        joined[c] += scores[j] / total * value[c];
                    }
                }
            }
            result[i] = affine(name + "out_proj", joined);
        }
        return result;
    }

    private double activated(double x) {
        return activation.equals("gelu") ? x * (1 + erf(x / Math.sqrt(2))) / 2 : x / (1 + Math.exp(-1.702 * x));
    }

    /** The Maclaurin series; beyond 4 it is 1 to eight digits. */
    private static double erf(double x) {
        if (Math.abs(x) > 4) {
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; n < 100; n++) {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    private double[] normalised(double[] x, String name) {
        double mean = Arrays.stream(x).average().orElseThrow();
        double variance =
                Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        double[] result = new double[x.length];
        Arrays.setAll(
                result,
                i -> (x[i] - mean) / Math.sqrt(variance + 1e-5) * weights.get(name + ".weight")[i]
                        + weights.get(name + ".bias")[i]);
        return result;
    }

    private double[] affine(String name, double[] x) {
        double[] result = times(name + ".weight", x);
        float[] bias = weights.get(name + ".bias");
        Arrays.setAll(result, i -> result[i] + bias[i]);
        return result;
    }

    private double[] times(String matrix, double[] x) {
        double[] result = new double[weights.get(matrix).length / x.length];
        for (int i = 0; i < result.length; i++) {
            for (int j = 0; j < x.length; j++) {
                result[i] += weights.get(matrix)[i * x.length + j] * x[j];
            }
        }
        return result;
    }

    private double[] row(String table, int index) {
        double[] row = new double[WIDTH];
        Arrays.setAll(row, i -> weights.get(table)[index * WIDTH + i]);
        return row;
    }

    private static double[] sum(double[] a, double[] b) {
        double[] sum = new double[a.length];
        Arrays.setAll(sum, i -> a[i] + b[i]);
        return sum;
    }
}
