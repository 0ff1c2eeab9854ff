package io.sparkinversion.evaluation;

import io.sparkinversion.image.PngEncoder;
import io.sparkinversion.image.RgbImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;

/** Evaluations of numbers made up for tests: plausible ones, the same at every call. */
public final class MadeUp {

    /** PSNR at 50 steps, LPIPS there, seconds a step. */
    private static final Map<String, double[]> METHODS = Map.of(
            "negative-prompt", new double[] {28.8, 0.08, 0.02},
            "ddim", new double[] {28.8, 0.08, 0.02},
            "ddim-cfg", new double[] {14.8, 0.51, 0.03},
            "null-text", new double[] {30.3, 0.05, 0.55},
            "null-text:start=caption", new double[] {30.1, 0.052, 0.31});

    private MadeUp() {}

    /** One image that went well: PSNR, LPIPS and seconds as given, VAE at 30 dB. */
    public static Measurement good(String id, String method, int steps, double psnr, double lpips, double seconds) {
        return new MeasurementBuilder(id, method, steps)
                .caption("a picture of " + id)
                .scores(psnr, 0.9, lpips)
                .vaePsnr(30)
                .secondsTotal(seconds)
                .passes(2 * steps, 0)
                .peakMemory(512L << 20)
                .batch(1, "cpu")
                .build();
    }

    public static Measurement failed(String id, String caption, String method, int steps, String code) {
        return new MeasurementBuilder(id, method, steps)
                .caption(caption)
                .failure(code)
                .batch(0, "cpu")
                .build();
    }

    static Evaluation evaluation(List<String> methods, List<Integer> steps, Measurement... measurements) {
        return new Evaluation(Map.of("model", "made up"), "alex", true, methods, steps, List.of(measurements));
    }

    /** Many images with every method and step count; a few failed, hard ones and identical ones among them. */
    static Evaluation many(int images, List<String> methods, List<Integer> steps) {
        List<Measurement> measurements = new ArrayList<>();
        for (int image = 0; image < images; image++) {
            double hardness = new Random(image).nextGaussian();
            for (String method : methods) {
                for (int stepCount : steps) {
                    measurements.add(measurement(image, hardness, method, stepCount));
                }
            }
        }
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("note", "numbers made up to show the page");
        facts.put("model", "emoji-ldm (fp16 weights, sha256 1f0c…9ab2)");
        facts.put("dataset", "100 held-out emoji, 64x64");
        facts.put("sample", images + " of " + images);
        facts.put("seed", "0");
        facts.put("device", "cpu, 2 threads");
        facts.put("precision", "float32");
        facts.put("guidance", "7.5");
        facts.put("protocol", "batches of 8");
        return new Evaluation(facts, "alex", false, methods, steps, measurements);
    }

    private static Measurement measurement(int image, double hardness, String method, int steps) {
        Random random = new Random(31L * image + 7L * method.hashCode() + steps);
        String id = "%03d".formatted(image);
        String caption = "twemoji emoji of number " + image;
        if (image % 41 == 40) {
            return failed(id, caption, method, steps, image % 2 == 0 ? "CORRUPT_IMAGE" : "MISSING_CAPTION");
        }
        double[] other = {20 + Math.floorMod(method.hashCode(), 90) / 10.0, 0.2, 0.05};
        double[] known = METHODS.getOrDefault(method, other);
        double vae = image % 50 == 7 ? Double.POSITIVE_INFINITY : 30.9 + 2 * hardness;
        if (method.equals("vae")) {
            return new MeasurementBuilder(id, method, steps)
                    .caption(caption)
                    .scores(vae, 0.96, 0.03)
                    .vaePsnr(vae)
                    .secondsTotal(0.02)
                    .peakMemory(700L << 20)
                    .batch(8, "cpu")
                    .build();
        }
        double fewer = Math.log(50.0 / steps) / Math.log(2);
        double psnr = known[0] + 2 * hardness + 0.6 * random.nextGaussian() - 1.3 * fewer;
        double lpips = Math.max(0.001, known[1] * Math.exp(0.5 * random.nextGaussian() - 0.3 * hardness + 0.2 * fewer));
        double seconds = known[2] * steps * (1 + 0.05 * Math.abs(random.nextGaussian()));
        boolean nullText = method.startsWith("null-text");
        double[] cosine = new double[nullText ? steps : 0];
        int[] inner = new int[cosine.length];
        for (int i = 0; i < cosine.length; i++) {
            double progress = (i + 0.5) / steps;
            double start = method.endsWith("caption") ? 0.97 : 0.54 + 0.13 * Math.sin(Math.PI * Math.sqrt(progress));
            cosine[i] = Math.min(1, start + 0.02 * hardness);
            inner[i] = Math.max(0, (int) Math.round(10 * Math.exp(-2.5 * progress) + random.nextGaussian()));
        }
        return new MeasurementBuilder(id, method, steps)
                .caption(caption)
                .scores(psnr, Math.min(1, 0.5 + psnr / 70), lpips)
                .vaePsnr(vae)
                .secondsTotal(seconds + 0.01 * steps)
                .passes(
                        steps * (method.equals("ddim-cfg") ? 3 : 2),
                        Arrays.stream(inner).sum())
                .peakMemory((900L + steps) << 20)
                .batch(8, "cpu")
                .nullText(cosine, inner)
                .build();
    }

    /** The gallery's pictures: each reconstruction is the original under as much noise as its PSNR says. */
    static Pictures pictures(Evaluation evaluation, Function<String, RgbImage> original) {
        Map<String, byte[]> originals = new HashMap<>();
        Map<String, Map<String, byte[]>> reconstructions = new HashMap<>();
        for (String id : GalleryChoice.of(evaluation).all()) {
            RgbImage image = original.apply(id);
            originals.put(id, PngEncoder.encode(image));
            for (Measurement one : evaluation.measurements()) {
                if (one.imageId().equals(id) && one.steps() == evaluation.mainSteps() && !one.failed()) {
                    reconstructions
                            .computeIfAbsent(id, key -> new HashMap<>())
                            .put(one.method(), PngEncoder.encode(noisy(image, one.psnr())));
                }
            }
        }
        return new Pictures(originals, reconstructions);
    }

    /** A plain picture of its own colours. */
    public static RgbImage drawn(String id, int side) {
        byte[] pixels = new byte[side * side * 3];
        Random random = new Random(id.hashCode());
        double[] phase = random.doubles(6).toArray();
        for (int i = 0; i < pixels.length; i++) {
            double x = (double) (i / 3 % side) / side;
            double y = (double) (i / 3 / side) / side;
            pixels[i] = (byte) (127 + 120 * Math.sin(6 * (x * phase[i % 3] + y * phase[3 + i % 3]) + i % 3));
        }
        return new RgbImage(side, side, pixels);
    }

    private static RgbImage noisy(RgbImage image, double psnr) {
        double sigma = 255 / Math.pow(10, psnr / 20);
        Random random = new Random(0);
        byte[] pixels = image.pixels().clone();
        for (int i = 0; i < pixels.length; i++) {
            double value = (pixels[i] & 0xff) + sigma * random.nextGaussian();
            pixels[i] = (byte) Math.round(Math.max(0, Math.min(255, value)));
        }
        return new RgbImage(image.width(), image.height(), pixels);
    }
}
