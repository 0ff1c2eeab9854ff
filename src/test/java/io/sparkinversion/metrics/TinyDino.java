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
 * A DINO of two blocks, 12 channels and two heads for images of 224 x 224 pixels in patches of 32 x 32, with invented
 * weights: its folder, and the structure distance computed with plain loops in double precision.
 */
public final class TinyDino {
    private static final int SIZE = 224;
    private static final int PATCH = 32;
    private static final int SIDE = SIZE / PATCH;
    private static final int WIDTH = 12;
    private static final int HEADS = 2;
    private static final int HIDDEN = 4 * WIDTH;
    private static final double[] MEAN = {0.485, 0.456, 0.406};
    private static final double[] DEVIATION = {0.229, 0.224, 0.225};

    private final Map<String, long[]> shapes = new LinkedHashMap<>();
    private final Map<String, float[]> weights = new LinkedHashMap<>();

    public TinyDino() {
        Random random = new Random(23);
        add(random, 0.5, "cls_token", 1, 1, WIDTH);
        add(random, 0.5, "pos_embed", 1, 1 + SIDE * SIDE, WIDTH);
        // Values go to 255 and more: small weights keep the attention from being one-hot.
        add(random, 1e-4, "patch_embed.proj.weight", WIDTH, 3, PATCH, PATCH);
        add(random, 0.3, "patch_embed.proj.bias", WIDTH);
        for (String block : List.of("blocks.0", "blocks.1")) {
            add(random, 0.3, block + ".norm1.weight", WIDTH);
            add(random, 0.3, block + ".norm1.bias", WIDTH);
            add(random, 0.5, block + ".attn.qkv.weight", 3 * WIDTH, WIDTH);
            add(random, 0.3, block + ".attn.qkv.bias", 3 * WIDTH);
        }
        add(random, 0.5, "blocks.0.attn.proj.weight", WIDTH, WIDTH);
        add(random, 0.3, "blocks.0.attn.proj.bias", WIDTH);
        add(random, 0.3, "blocks.0.norm2.weight", WIDTH);
        add(random, 0.3, "blocks.0.norm2.bias", WIDTH);
        add(random, 0.5, "blocks.0.mlp.fc1.weight", HIDDEN, WIDTH);
        add(random, 0.3, "blocks.0.mlp.fc1.bias", HIDDEN);
        add(random, 0.5, "blocks.0.mlp.fc2.weight", WIDTH, HIDDEN);
        add(random, 0.3, "blocks.0.mlp.fc2.bias", WIDTH);
    }

    private void add(Random random, double deviation, String name, long... shape) {
        float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        shapes.put(name, shape);
        weights.put(name, values);
    }

    /** Writes the folder. */
    public Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("config.json"),
                "{\"patch_size\": 32, \"embed_dim\": 12, \"depth\": 2, \"num_heads\": 2, \"img_size\": 224}");
        List<WeightTensor> tensors = new ArrayList<>();
        weights.forEach((name, values) -> tensors.add(WeightTensor.ofFloats(name, shapes.get(name), values)));
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of());
        return folder;
    }

    /**
     * The mean squared difference of two pictures' self-similarities.
     *
     * @param a {@code [3][height][width]}, 0 to 255, a square
     */
    public double distance(double[][][] a, double[][][] b) {
        double[][] first = selfSimilarity(a);
        double[][] second = selfSimilarity(b);
        double sum = 0;
        for (int i = 0; i < first.length; i++) {
            for (int j = 0; j < first.length; j++) {
                sum += (first[i][j] - second[i][j]) * (first[i][j] - second[i][j]);
            }
        }
        return sum / first.length / first.length;
    }

    private double[][] selfSimilarity(double[][][] picture) {
        double[][] keys = keys(picture);
        double[][] cosines = new double[keys.length][keys.length];
        for (int i = 0; i < keys.length; i++) {
            for (int j = 0; j < keys.length; j++) {
                cosines[i][j] = dot(keys[i], keys[j])
                        / Math.max(Math.sqrt(dot(keys[i], keys[i])) * Math.sqrt(dot(keys[j], keys[j])), 1e-8);
            }
        }
        return cosines;
    }

    private double[][] keys(double[][][] picture) {
        double[][] x = tokens(prepared(picture));
        double[][] attended = attention(each(x, "blocks.0.norm1"), "blocks.0.attn");
        for (int i = 0; i < x.length; i++) {
            x[i] = sum(x[i], attended[i]);
            double[] hidden = affine("blocks.0.mlp.fc1", normalised(x[i], "blocks.0.norm2"));
            for (int j = 0; j < hidden.length; j++) {
                hidden[j] = hidden[j] * (1 + erf(hidden[j] / Math.sqrt(2))) / 2;
            }
            x[i] = sum(x[i], affine("blocks.0.mlp.fc2", hidden));
        }
        double[][] last = each(x, "blocks.1.norm1");
        double[][] keys = new double[last.length][];
        Arrays.setAll(keys, i -> Arrays.copyOfRange(affine("blocks.1.attn.qkv", last[i]), WIDTH, 2 * WIDTH));
        return keys;
    }

    /** Bilinear at pixel centres, without antialias, values not divided by 255; then ImageNet's mean and deviation. */
    private static double[][][] prepared(double[][][] picture) {
        int from = picture[0].length;
        double[][][] result = new double[3][SIZE][SIZE];
        for (int c = 0; c < 3; c++) {
            for (int y = 0; y < SIZE; y++) {
                for (int x = 0; x < SIZE; x++) {
                    double v = at(y, from);
                    double u = at(x, from);
                    int top = (int) v;
                    int left = (int) u;
                    int bottom = Math.min(top + 1, from - 1);
                    int right = Math.min(left + 1, from - 1);
                    double above = (1 - (u - left)) * picture[c][top][left] + (u - left) * picture[c][top][right];
                    double below = (1 - (u - left)) * picture[c][bottom][left] + (u - left) * picture[c][bottom][right];
                    double value = (1 - (v - top)) * above + (v - top) * below;
                    result[c][y][x] = (value - MEAN[c]) / DEVIATION[c];
                }
            }
        }
        return result;
    }

    private static double at(int index, int from) {
        return Math.max(0, (index + 0.5) * from / SIZE - 0.5);
    }

    private double[][] tokens(double[][][] pixels) {
        double[][] x = new double[1 + SIDE * SIDE][WIDTH];
        float[] kernel = weights.get("patch_embed.proj.weight");
        float[] bias = weights.get("patch_embed.proj.bias");
        for (int i = 0; i < WIDTH; i++) {
            x[0][i] = weights.get("cls_token")[i];
        }
        for (int patch = 0; patch < SIDE * SIDE; patch++) {
            for (int out = 0; out < WIDTH; out++) {
                double sum = bias[out];
                for (int k = 0; k < 3 * PATCH * PATCH; k++) {
                    int y = patch / SIDE * PATCH + k / PATCH % PATCH;
                    int column = patch % SIDE * PATCH + k % PATCH;
                    sum += kernel[out * 3 * PATCH * PATCH + k] * pixels[k / (PATCH * PATCH)][y][column];
                }
                x[1 + patch][out] = sum;
            }
        }
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < WIDTH; j++) {
                x[i][j] += weights.get("pos_embed")[i * WIDTH + j];
            }
        }
        return x;
    }

    private double[][] attention(double[][] x, String name) {
        double[][] qkv = new double[x.length][];
        Arrays.setAll(qkv, i -> affine(name + ".qkv", x[i]));
        int size = WIDTH / HEADS;
        double[][] result = new double[x.length][];
        for (int i = 0; i < x.length; i++) {
            double[] joined = new double[WIDTH];
            for (int head = 0; head < HEADS; head++) {
                double[] scores = new double[x.length];
                double total = 0;
                for (int j = 0; j < x.length; j++) {
                    double product = 0;
                    for (int c = head * size; c < (head + 1) * size; c++) {
                        product += qkv[i][c] * qkv[j][WIDTH + c];
                    }
                    scores[j] = Math.exp(product / Math.sqrt(size));
                    total += scores[j];
                }
                for (int j = 0; j < x.length; j++) {
                    for (int c = head * size; c < (head + 1) * size; c++) {
                        joined[c] += scores[j] / total * qkv[j][2 * WIDTH + c];
                    }
                }
            }
            result[i] = affine(name + ".proj", joined);
        }
        return result;
    }

    private double[][] each(double[][] x, String norm) {
        double[][] result = new double[x.length][];
        Arrays.setAll(result, i -> normalised(x[i], norm));
        return result;
    }

    private double[] normalised(double[] x, String name) {
        double mean = Arrays.stream(x).average().orElseThrow();
        double variance =
                Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        double[] result = new double[x.length];
        Arrays.setAll(
                result,
                i -> (x[i] - mean) / Math.sqrt(variance + 1e-6) * weights.get(name + ".weight")[i]
                        + weights.get(name + ".bias")[i]);
        return result;
    }

    private double[] affine(String name, double[] x) {
        float[] matrix = weights.get(name + ".weight");
        float[] bias = weights.get(name + ".bias");
        double[] result = new double[bias.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = bias[i];
            for (int j = 0; j < x.length; j++) {
                result[i] += matrix[i * x.length + j] * x[j];
            }
        }
        return result;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double[] sum(double[] a, double[] b) {
        double[] result = new double[a.length];
        Arrays.setAll(result, i -> a[i] + b[i]);
        return result;
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
}
