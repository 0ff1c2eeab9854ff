package io.sparkinversion.gallery;

import io.sparkinversion.evaluation.MadeUp;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.PngEncoder;
import io.sparkinversion.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Rows of an editing run made up for tests: the same at every call. */
final class MadeUpEdits {
    static final List<String> METHODS = List.of("negative-prompt", "direct");
    static final List<String> CONTROLS = List.of("replace", "refine");

    private static final List<String> ANIMALS = List.of("cat", "dog", "lion", "goat", "pig");
    private static final List<String> COLOURS = List.of("red", "green", "blue");

    private MadeUpEdits() {}

    /** One that went well. */
    static EditEntry good(String id, String method, String control, Map<String, Double> numbers) {
        return new EditEntry(id, method, control, 0, "a cat", "a dog", numbers, "gallery/" + id + ".png", null);
    }

    static EditEntry failed(String id, String method, String control, String failure) {
        return new EditEntry(id, method, control, 0, "a cat", "a dog", Map.of(), null, failure);
    }

    /** Labels and numbers in turn. */
    static Map<String, Double> numbers(Object... labelsAndNumbers) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        for (int i = 0; i < labelsAndNumbers.length; i += 2) {
            numbers.put((String) labelsAndNumbers[i], (Double) labelsAndNumbers[i + 1]);
        }
        return numbers;
    }

    /** Every image with every method and control; one in 50 of them failed, one in 40 left as it was. */
    static List<EditEntry> many(int images) {
        List<EditEntry> entries = new ArrayList<>();
        for (int image = 0; image < images; image++) {
            for (String method : METHODS) {
                for (String control : CONTROLS) {
                    entries.add(entry(image, method, control, entries.size()));
                }
            }
        }
        return entries;
    }

    private static EditEntry entry(int image, String method, String control, int at) {
        Random random = new Random(at);
        String id = "%06d".formatted(image);
        String animal = ANIMALS.get(image % ANIMALS.size());
        String caption = "a painting of a " + COLOURS.get(image % COLOURS.size()) + " " + animal + " number " + image;
        String prompt = caption.replace(animal, ANIMALS.get((image + 1) % ANIMALS.size()));
        if (at % 50 == 49) {
            return new EditEntry(
                    id,
                    method,
                    control,
                    0,
                    caption,
                    prompt,
                    Map.of(),
                    null,
                    at % 100 == 99
                            ? "OUT_OF_DEVICE_MEMORY: 12 GiB were asked for and 3 GiB are free"
                            : "INVALID_EDIT: the caption has 7 words and the edit prompt 8");
        }
        boolean same = at % 40 == 7;
        Map<String, Double> numbers = new LinkedHashMap<>();
        numbers.put("PSNR, dB", same ? Double.POSITIVE_INFINITY : 18 + 3 * random.nextGaussian());
        numbers.put("SSIM", same ? 1 : 0.8 + 0.05 * random.nextGaussian());
        numbers.put("LPIPS", same ? 0 : 0.15 + 0.03 * random.nextGaussian());
        numbers.put("PSNR outside, dB", same ? Double.POSITIVE_INFINITY : 27 + 3 * random.nextGaussian());
        numbers.put("mask share", image % 7 == 6 ? Double.NaN : 0.1 + 0.5 * random.nextDouble());
        numbers.put("CLIP", 24 + 2 * random.nextGaussian());
        numbers.put("seconds", 4 + random.nextDouble());
        numbers.put("UNet passes", 150.0);
        return new EditEntry(id, method, control, 0, caption, prompt, numbers, picture(at), null);
    }

    /** By a number; those that have none last, as they come. */
    static List<EditEntry> sorted(List<EditEntry> entries, String label, boolean descending) {
        Comparator<Double> order = descending ? Comparator.reverseOrder() : Comparator.naturalOrder();
        List<EditEntry> all = new ArrayList<>(entries.stream()
                .filter(entry -> !value(entry, label).isNaN())
                .sorted(Comparator.comparing(entry -> value(entry, label), order))
                .toList());
        entries.stream().filter(entry -> value(entry, label).isNaN()).forEach(all::add);
        return all;
    }

    private static Double value(EditEntry entry, String label) {
        return entry.numbers().getOrDefault(label, Double.NaN);
    }

    private static String picture(int at) {
        return "gallery/%04d/%06d.png".formatted(at / 1000, at);
    }

    /** The pictures of the rows, below the page's folder: with a mask in every other image. */
    static void write(Path folder, List<EditEntry> entries, int side) throws IOException {
        for (EditEntry entry : entries) {
            if (entry.picture() == null) {
                continue;
            }
            boolean[] inside = new boolean[4 * 4];
            inside[5] = inside[6] = inside[9] = inside[10] = true;
            boolean masked = Integer.parseInt(entry.imageId()) % 2 == 1;
            EditStrip strip = EditStrip.encode(
                    drawn(entry.imageId(), side),
                    drawn(entry.imageId(), side),
                    drawn(entry.editPrompt(), side),
                    masked ? new PixelMask(4, 4, inside) : null);
            Path file = folder.resolve(entry.picture());
            Files.createDirectories(file.getParent());
            Files.write(file, strip.file());
        }
    }

    static byte[] drawn(String id, int side) {
        return PngEncoder.encode(MadeUp.drawn(id, side));
    }

    /** Of one colour. */
    static byte[] plain(int width, int height, int red, int green, int blue) {
        byte[] pixels = new byte[width * height * RgbImage.CHANNELS];
        for (int i = 0; i < pixels.length; i += RgbImage.CHANNELS) {
            pixels[i] = (byte) red;
            pixels[i + 1] = (byte) green;
            pixels[i + 2] = (byte) blue;
        }
        return PngEncoder.encode(new RgbImage(width, height, pixels));
    }
}
