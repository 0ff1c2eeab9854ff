package io.sparkinversion.metrics;

import io.sparkinversion.image.PillowResize;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.weights.SafetensorsFile;
import io.sparkinversion.weights.WeightSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/**
 * PIE-Bench's columns with plain loops in double precision, as scikit-image and the authors' evaluation define them, for
 * pictures of 64 x 64 pixels. Only the resize to CLIP's size is the product's own, which has tests against Pillow.
 */
public final class PieBenchFormulas {
    public static final int SIDE = 64;

    private static final int CANVAS = 512;
    private static final double[] CLIP_MEAN = {0.48145466, 0.4578275, 0.40821073};
    private static final double[] CLIP_DEVIATION = {0.26862954, 0.26130258, 0.27577711};

    private final TinyClip clip;
    private final TinyDino dino;
    private final Map<String, float[]> lpips = new HashMap<>();
    private final Map<String, long[]> shapes = new HashMap<>();

    /** @param lpipsFile weights of an AlexNet, of any widths, with heads */
    public PieBenchFormulas(TinyClip clip, TinyDino dino, Path lpipsFile) {
        this.clip = clip;
        this.dino = dino;
        try (WeightSource source = SafetensorsFile.open(lpipsFile)) {
            for (String name : source.names()) {
                FloatBuffer buffer = source.read(name)
                        .toFloat32()
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer();
                float[] values = new float[buffer.remaining()];
                buffer.get(values);
                lpips.put(name, values);
                shapes.put(name, source.shape(name));
            }
        }
    }

    /** {@code [3][64][64]}, 0 to 255. */
    public static double[][][] pixels(byte[] png) throws IOException {
        var image = ImageIO.read(new ByteArrayInputStream(png));
        double[][][] pixels = new double[3][SIDE][SIDE];
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                int rgb = image.getRGB(x, y);
                for (int c = 0; c < 3; c++) {
                    pixels[c][y][x] = rgb >> 8 * (2 - c) & 0xff;
                }
            }
        }
        return pixels;
    }

    /** Starts and lengths on the canvas, its outermost pixels besides, taken at the top left of each block of pixels. */
    public static boolean[][] edited(int[] runs) {
        int[] flat = new int[CANVAS * CANVAS];
        for (int i = 0; i < runs.length; i += 2) {
            int length = Math.min(runs[i + 1], flat.length - runs[i]);
            for (int j = 0; j < length; j++) {
                flat[runs[i] + j] = 1;
            }
        }
        boolean[][] mask = new boolean[SIDE][SIDE];
        int block = CANVAS / SIDE;
        for (int y = 0; y < SIDE; y++) {
            for (int x = 0; x < SIDE; x++) {
                mask[y][x] = y == 0 || x == 0 || flat[y * block * CANVAS + x * block] == 1;
            }
        }
        return mask;
    }

    /**
     * All columns of an edit, by their names in the metrics table; NaN for those of a background that is not there.
     */
    public Map<String, Double> columns(
            double[][][] original, double[][][] edit, boolean[][] mask, String caption, String prompt) {
        Map<String, Double> columns = new LinkedHashMap<>();
        boolean none = Arrays.stream(mask).allMatch(row -> {
            for (boolean inside : row) {
                if (!inside) {
                    return false;
                }
            }
            return true;
        });
        double[][][] a = kept(original, mask, false);
        double[][][] b = kept(edit, mask, false);
        double mse = mse(a, b);
        columns.put("structure_distance", dino.distance(original, edit));
        columns.put("pie_bench_psnr", none ? Double.NaN : 10 * Math.log10(1 / mse));
        columns.put("pie_bench_lpips", none ? Double.NaN : lpips(a, b));
        columns.put("pie_bench_mse", none ? Double.NaN : mse);
        columns.put("pie_bench_ssim", none ? Double.NaN : ssim(a, b));
        columns.put("clip_source", clip(original, caption));
        columns.put("clip", clip(edit, prompt));
        columns.put("clip_edited", clip(kept(edit, mask, true), prompt));
        return columns;
    }

    /** Black where the mask is, or is not. */
    private static double[][][] kept(double[][][] picture, boolean[][] mask, boolean inside) {
        double[][][] kept = new double[3][SIDE][SIDE];
        for (int c = 0; c < 3; c++) {
            for (int y = 0; y < SIDE; y++) {
                for (int x = 0; x < SIDE; x++) {
                    kept[c][y][x] = mask[y][x] == inside ? picture[c][y][x] : 0;
                }
            }
        }
        return kept;
    }

    private static double mse(double[][][] a, double[][][] b) {
        double sum = 0;
        for (int c = 0; c < 3; c++) {
            for (int y = 0; y < SIDE; y++) {
                for (int x = 0; x < SIDE; x++) {
                    double difference = (a[c][y][x] - b[c][y][x]) / 255;
                    sum += difference * difference;
                }
            }
        }
        return sum / (3 * SIDE * SIDE);
    }

    /** Gaussian windows of 11 x 11 that lie inside, sigma 1.5, population variances, data range 1. */
    private static double ssim(double[][][] a, double[][][] b) {
        double[] window = new double[11];
        double total = 0;
        for (int i = 0; i < 11; i++) {
            window[i] = Math.exp(-(i - 5) * (i - 5) / (2 * 1.5 * 1.5));
            total += window[i];
        }
        double sum = 0;
        int count = 0;
        for (int c = 0; c < 3; c++) {
            for (int y = 0; y + 11 <= SIDE; y++) {
                for (int x = 0; x + 11 <= SIDE; x++) {
                    double[] m = new double[5];
                    for (int i = 0; i < 121; i++) {
                        double weight = window[i / 11] * window[i % 11] / total / total;
                        double p = a[c][y + i / 11][x + i % 11] / 255;
                        double q = b[c][y + i / 11][x + i % 11] / 255;
                        m[0] += weight * p;
                        m[1] += weight * q;
                        m[2] += weight * p * p;
                        m[3] += weight * q * q;
                        m[4] += weight * p * q;
                    }
                    double c1 = 0.01 * 0.01;
                    double c2 = 0.03 * 0.03;
                    sum += (2 * m[0] * m[1] + c1)
                            * (2 * (m[4] - m[0] * m[1]) + c2)
                            / ((m[0] * m[0] + m[1] * m[1] + c1) * (m[2] - m[0] * m[0] + m[3] - m[1] * m[1] + c2));
                    count++;
                }
            }
        }
        return sum / count;
    }

    private double lpips(double[][][] a, double[][][] b) {
        List<double[][][]> first = taps(a);
        List<double[][][]> second = taps(b);
        double sum = 0;
        for (int layer = 0; layer < first.size(); layer++) {
            double[][][] p = first.get(layer);
            double[][][] q = second.get(layer);
            float[] head = lpips.get("lin" + layer + ".model.1.weight");
            double here = 0;
            for (int y = 0; y < p[0].length; y++) {
                for (int x = 0; x < p[0][0].length; x++) {
                    double normP = norm(p, y, x);
                    double normQ = norm(q, y, x);
                    for (int c = 0; c < p.length; c++) {
                        double difference = p[c][y][x] / (normP + 1e-10) - q[c][y][x] / (normQ + 1e-10);
                        here += head[c] * difference * difference;
                    }
                }
            }
            sum += here / p[0].length / p[0][0].length;
        }
        return sum;
    }

    private static double norm(double[][][] features, int y, int x) {
        double squares = 0;
        for (double[][] channel : features) {
            squares += channel[y][x] * channel[y][x];
        }
        return Math.sqrt(squares);
    }

    /** AlexNet's five rectified layers, of values brought from [-1, 1] to LPIPS's scale. */
    private List<double[][][]> taps(double[][][] picture) {
        double[] shift = {-0.030, -0.088, -0.188};
        double[] scale = {0.458, 0.448, 0.450};
        double[][][] x = new double[3][SIDE][SIDE];
        for (int c = 0; c < 3; c++) {
            for (int i = 0; i < SIDE * SIDE; i++) {
                x[c][i / SIDE][i % SIDE] = (picture[c][i / SIDE][i % SIDE] / 127.5 - 1 - shift[c]) / scale[c];
            }
        }
        List<double[][][]> taps = new ArrayList<>();
        taps.add(convolved(x, "features.0", 4, 2));
        taps.add(convolved(pooled(taps.get(0)), "features.3", 1, 2));
        taps.add(convolved(pooled(taps.get(1)), "features.6", 1, 1));
        taps.add(convolved(taps.get(2), "features.8", 1, 1));
        taps.add(convolved(taps.get(3), "features.10", 1, 1));
        return taps;
    }

    private double[][][] convolved(double[][][] x, String name, int stride, int padding) {
        float[] kernel = lpips.get(name + ".weight");
        float[] bias = lpips.get(name + ".bias");
        int size = (int) shapes.get(name + ".weight")[2];
        int side = (x[0].length + 2 * padding - size) / stride + 1;
        double[][][] result = new double[bias.length][side][side];
        for (int out = 0; out < bias.length; out++) {
            for (int y = 0; y < side; y++) {
                for (int column = 0; column < side; column++) {
                    double sum = bias[out];
                    for (int in = 0; in < x.length; in++) {
                        for (int i = 0; i < size * size; i++) {
                            int v = y * stride - padding + i / size;
                            int u = column * stride - padding + i % size;
                            if (v >= 0 && u >= 0 && v < x[0].length && u < x[0].length) {
                                sum += kernel[(out * x.length + in) * size * size + i] * x[in][v][u];
                            }
                        }
                    }
                    result[out][y][column] = Math.max(0, sum);
                }
            }
        }
        return result;
    }

    /** Of 3 x 3, every second. */
    private static double[][][] pooled(double[][][] x) {
        int side = (x[0].length - 3) / 2 + 1;
        double[][][] result = new double[x.length][side][side];
        for (int c = 0; c < x.length; c++) {
            for (int y = 0; y < side; y++) {
                for (int column = 0; column < side; column++) {
                    double most = Double.NEGATIVE_INFINITY;
                    for (int i = 0; i < 9; i++) {
                        most = Math.max(most, x[c][2 * y + i / 3][2 * column + i % 3]);
                    }
                    result[c][y][column] = most;
                }
            }
        }
        return result;
    }

    private double clip(double[][][] picture, String text) {
        byte[] bytes = new byte[3 * SIDE * SIDE];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (int) picture[i % 3][i / 3 / SIDE][i / 3 % SIDE];
        }
        RgbImage small =
                PillowResize.resize(new RgbImage(SIDE, SIDE, bytes), TinyClip.SIZE, TinyClip.SIZE, Filter.BICUBIC);
        double[][][] pixels = new double[3][TinyClip.SIZE][TinyClip.SIZE];
        for (int i = 0; i < small.pixels().length; i++) {
            double value = (small.pixels()[i] & 0xff) / 255.0;
            pixels[i % 3][i / 3 / TinyClip.SIZE][i / 3 % TinyClip.SIZE] =
                    (value - CLIP_MEAN[i % 3]) / CLIP_DEVIATION[i % 3];
        }
        int[] ids = ids(text);
        int end = 0;
        while (ids[end] != TinyClip.END) {
            end++;
        }
        double[] image = clip.imageEmbedding(pixels);
        double[] words = clip.textEmbedding(ids, end);
        double product = 0;
        double squares = 0;
        double others = 0;
        for (int i = 0; i < image.length; i++) {
            product += image[i] * words[i];
            squares += image[i] * image[i];
            others += words[i] * words[i];
        }
        return product / Math.sqrt(squares * others);
    }

    /** A token a letter, another for the last of a word; "cat" is one. */
    private static int[] ids(String text) {
        List<Integer> ids = new ArrayList<>(List.of(TinyClip.START));
        for (String word : text.split(" ")) {
            if (word.equals("cat")) {
                ids.add(53);
                continue;
            }
            for (int i = 0; i < word.length(); i++) {
                ids.add(word.charAt(i) - 'a' + (i == word.length() - 1 ? 26 : 0));
            }
        }
        while (ids.size() < TinyClip.LENGTH) {
            ids.add(TinyClip.END);
        }
        List<Integer> cut = new ArrayList<>(ids.subList(0, TinyClip.LENGTH - 1));
        cut.add(TinyClip.END);
        return cut.stream().mapToInt(Integer::intValue).toArray();
    }
}
