package io.sparkinversion.evaluation;

import io.sparkinversion.report.Html;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.SmallPicture;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Originals beside their reconstructions: the worst, and a sample that does not look at the results. */
final class HtmlGallery {
    private final Evaluation evaluation;
    private final Pictures pictures;
    private final GalleryPicture format;
    private final Palette palette;
    private final Map<String, Map<String, Measurement>> measurements = new HashMap<>();

    private HtmlGallery(Evaluation evaluation, Pictures pictures) {
        this.evaluation = evaluation;
        this.pictures = pictures;
        this.format = GalleryPicture.formatFor(pictures);
        this.palette = new Palette(evaluation.methods());
        for (Measurement one : evaluation.measurements()) {
            // the autoencoder alone may have been measured at no step count at all
            if (one.steps() == evaluation.mainSteps() || one.method().equals(Evaluation.VAE)) {
                measurements
                        .computeIfAbsent(one.imageId(), id -> new HashMap<>())
                        .put(one.method(), one);
            }
        }
    }

    static String of(Evaluation evaluation, Pictures pictures) {
        return new HtmlGallery(evaluation, pictures).html();
    }

    private String html() {
        GalleryChoice choice = GalleryChoice.of(evaluation);
        StringBuilder html = new StringBuilder();
        html.append("<p class=\"small\">Click a reconstruction to see it large, with its difference to the original.");
        if (format == GalleryPicture.SMALL_JPEG) {
            html.append(" To keep this page small, the pictures in it are JPEG copies of at most ")
                    .append(SmallPicture.LARGEST_SIDE)
                    .append(" pixels a side, and so is their difference; the numbers are of the full pictures.");
        }
        html.append("</p>\n");
        String worst = "The " + choice.worst().size() + " worst by PSNR of " + evaluation.reference();
        String random = Numbers.count(choice.random().size(), "image") + " at random (seed 0)";
        part(html, worst, choice.worst());
        part(html, random, choice.random());
        return html.toString();
    }

    private void part(StringBuilder html, String title, List<String> ids) {
        List<String> shown =
                ids.stream().filter(pictures.originals()::containsKey).toList();
        html.append("<h3 class=\"gallery-part\">").append(Html.escaped(title)).append("</h3>\n");
        if (shown.isEmpty()) {
            html.append("<p>There are no pictures to show.</p>\n");
        }
        shown.forEach(id -> item(html, id));
    }

    private void item(StringBuilder html, String id) {
        Map<String, Measurement> own = measurements.getOrDefault(id, Map.of());
        String caption =
                own.values().stream().map(Measurement::caption).findFirst().orElse("");
        html.append("<article class=\"item\"><h4>")
                .append(Html.escaped(id))
                .append(" <span>")
                .append(Html.escaped(caption))
                .append("</span></h4><div class=\"strip\">\n<figure>");
        image(html, "original", id + ", original", pictures.originals().get(id));
        html.append("<figcaption>original").append(vae(own)).append("</figcaption></figure>\n");
        for (String method : evaluation.methods()) {
            figure(html, id, method, own.get(method));
        }
        html.append("</div></article>\n");
    }

    private void figure(StringBuilder html, String id, String method, Measurement measurement) {
        byte[] picture = pictures.reconstructions().getOrDefault(id, Map.of()).get(method);
        html.append("<figure>");
        if (picture == null) {
            boolean failed = measurement != null && measurement.failed();
            html.append("<div class=\"missing\">")
                    .append(Html.escaped(failed ? measurement.failure() : "no picture"))
                    .append("</div>");
        } else {
            html.append("<button type=\"button\" class=\"picture\" data-name=\"")
                    .append(Html.escaped(method))
                    .append("\">");
            image(html, "reconstruction", id + ", " + method, picture);
            html.append("</button>");
        }
        html.append("<figcaption>").append(HtmlReport.swatch(palette, method)).append(Html.escaped(method));
        if (measurement != null && !measurement.failed()) {
            numbers(html, measurement);
        }
        html.append("</figcaption></figure>\n");
    }

    private void image(StringBuilder html, String kind, String alternative, byte[] png) {
        GalleryPicture.Encoded encoded = format.encoded(png);
        html.append("<img class=\"")
                .append(kind)
                .append(encoded.tiny() ? " tiny" : "")
                .append("\" decoding=\"async\" alt=\"")
                .append(Html.escaped(alternative))
                .append("\" src=\"")
                .append(encoded.address())
                .append("\">");
    }

    private void numbers(StringBuilder html, Measurement one) {
        String psnr = one.psnr() == Double.POSITIVE_INFINITY ? "∞ (identical)" : Numbers.fixed(one.psnr(), 2) + " dB";
        html.append("<span class=\"numbers\">PSNR ")
                .append(psnr)
                .append("</span><span class=\"numbers\">SSIM ")
                .append(Numbers.fixed(one.ssim(), 4))
                .append("</span>");
        if (evaluation.lpipsNet() != null) {
            html.append("<span class=\"numbers\">LPIPS ")
                    .append(Numbers.fixed(one.lpips(), 4))
                    .append("</span>");
        }
    }

    private static String vae(Map<String, Measurement> own) {
        return own.values().stream()
                .filter(one -> Double.isFinite(one.vaePsnr()))
                .findFirst()
                .map(one -> "<span class=\"numbers\">VAE ceiling " + Numbers.fixed(one.vaePsnr(), 2) + " dB</span>")
                .orElse("");
    }
}
