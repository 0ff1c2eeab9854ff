package io.sparkinversion.evaluation;

import io.sparkinversion.evaluation.GalleryPicture.Encoded;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.SmallPicture;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The page's gallery: originals beside their reconstructions.
 *
 * @param copies pixels a side of the JPEG copies on the page; 0 if the pictures themselves are on it
 * @param parts the worst images, and a random sample, by title
 */
public record PageGallery(int copies, Map<String, List<Item>> parts) {
    /**
     * An image.
     *
     * @param numbers lines below the original
     * @param figures one for each method
     */
    public record Item(String id, String caption, Encoded original, List<String> numbers, List<Figure> figures) {}

    /**
     * An image's reconstruction.
     *
     * @param picture null if there is none
     * @param missing why there is none
     * @param numbers lines below the picture
     */
    public record Figure(String method, Encoded picture, String missing, List<String> numbers) {}

    static PageGallery of(Evaluation evaluation, Pictures pictures) {
        GalleryChoice choice = GalleryChoice.of(evaluation);
        GalleryPicture format = GalleryPicture.formatFor(pictures);
        Map<String, Map<String, Measurement>> measurements = measurements(evaluation);
        Map<String, List<String>> ids = new LinkedHashMap<>();
        ids.put("The " + choice.worst().size() + " worst by PSNR of " + evaluation.reference(), choice.worst());
        ids.put(Numbers.count(choice.random().size(), "image") + " at random (seed 0)", choice.random());
        Map<String, List<Item>> parts = new LinkedHashMap<>();
        ids.forEach((title, some) -> parts.put(
                title,
                some.stream()
                        .filter(pictures.originals()::containsKey)
                        .map(id -> item(id, evaluation, pictures, format, measurements.getOrDefault(id, Map.of())))
                        .toList()));
        return new PageGallery(format == GalleryPicture.SMALL_JPEG ? SmallPicture.LARGEST_SIDE : 0, parts);
    }

    /** By image and method, at the main step count. */
    private static Map<String, Map<String, Measurement>> measurements(Evaluation evaluation) {
        Map<String, Map<String, Measurement>> measurements = new HashMap<>();
        for (Measurement one : evaluation.measurements()) {
            // the autoencoder alone may have been measured at no step count at all
            if (one.steps() == evaluation.mainSteps() || one.method().equals(Evaluation.VAE)) {
                measurements
                        .computeIfAbsent(one.imageId(), id -> new HashMap<>())
                        .put(one.method(), one);
            }
        }
        return measurements;
    }

    private static Item item(
            String id, Evaluation evaluation, Pictures pictures, GalleryPicture format, Map<String, Measurement> own) {
        String caption = own.values().stream()
                .map(Measurement::caption)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse("");
        List<String> ceiling = own.values().stream()
                .mapToDouble(Measurement::vaePsnr)
                .filter(Double::isFinite)
                .limit(1)
                .mapToObj(psnr -> "VAE ceiling " + Numbers.fixed(psnr, 2) + " dB")
                .toList();
        Map<String, byte[]> reconstructions = pictures.reconstructions().getOrDefault(id, Map.of());
        List<Figure> figures = evaluation.methods().stream()
                .map(method -> figure(
                        method, reconstructions.get(method), own.get(method), format, evaluation.lpipsNet() != null))
                .toList();
        return new Item(id, caption, format.encoded(pictures.originals().get(id)), ceiling, figures);
    }

    private static Figure figure(
            String method, byte[] picture, Measurement measurement, GalleryPicture format, boolean lpips) {
        boolean failed = measurement != null && measurement.failed();
        return new Figure(
                method,
                picture == null ? null : format.encoded(picture),
                failed ? measurement.failure() : "no picture",
                measurement == null || failed ? List.of() : numbers(measurement, lpips));
    }

    private static List<String> numbers(Measurement one, boolean lpips) {
        List<String> numbers = new ArrayList<>();
        numbers.add("PSNR "
                + (one.psnr() == Double.POSITIVE_INFINITY ? "∞ (identical)" : Numbers.fixed(one.psnr(), 2) + " dB"));
        numbers.add("SSIM " + Numbers.fixed(one.ssim(), 4));
        if (lpips) {
            numbers.add("LPIPS " + Numbers.fixed(one.lpips(), 4));
        }
        return numbers;
    }
}
