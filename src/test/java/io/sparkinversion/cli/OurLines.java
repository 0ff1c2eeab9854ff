package io.sparkinversion.cli;

import io.sparkinversion.job.RunInterrupted;
import java.util.List;
import java.util.regex.Pattern;

/** The shapes of all lines that commands print. What has none of them came from a library, the JVM or a crash. */
final class OurLines {
    private static final String COUNT = "[\\d,]+";
    private static final String DURATION = "(?:\\d+:)?\\d+:\\d\\d";
    private static final String IMAGES = COUNT + " images?";
    private static final String LOCATION = "(?:file:)?/\\S+";
    private static final String METHOD = "(?:vae|ddim|ddim-cfg|negative-prompt|null-text|proximal|direct|o-belm"
            + "|edict|o-belm-npi|edict-npi|fixed-point|aidi|renoise|spdinv|easyinv|ef-ddpm|infedit"
            + "|DDIM \\+ CFG)(?::[a-z-]+=\\S+)?(?: \\*)?";
    private static final String CONTROL = "(?:prompt-to-prompt|prompt-swap|masactrl|pnp|uac)";
    /** 12, 0.5, 28.81 ± 0.39, 1.03×, −14.04, 97.0%, - or – where there is nothing. */
    private static final String CELL = "(?:[+−-]?[\\d.]+(?: ± [\\d.]+)?[×%]?|[–-]%?)";

    private static final String HEADING =
            "(?:method|control|steps|n|edits|failed|PSNR|PSNR dB|SSIM|LPIPS(?: demo| alex)?"
                    + "|VAE PSNR|VAE SSIM|latency s|seconds|time / NPI|ΔPSNR to NPI|ΔLPIPS to NPI|PSNR < 20 dB"
                    + "|LPIPS > 0\\.25|forward|backward|inner steps|PSNR source|source PSNR|edit|outside|inside"
                    + "|LPIPS outside|PSNR edit|CLIP after|mask|mask share|PSNR inside|SSIM inside|LPIPS inside|PSNR outside|SSIM outside"
                    + "|CLIP before|after|UNet/edit|UNet evaluations)";

    private static final List<Pattern> SHAPES = List.of(
            shape(""),
            // What is about to be done, and how far it is.
            shape("part %s of %s: %s steps?, %s methods?, in steps-\\d+", COUNT, COUNT, COUNT, COUNT),
            shape("no baseline: later runs will be compared with this one"),
            shape("baseline: \\S+ \\(code \\S+\\)"),
            shape("dataset: .*, %s, .*", IMAGES),
            shape("starting Spark \\(\\S+\\) for .* \\.\\.\\."),
            shape(
                    "%s to compute in (?:%s waves?|waves of about half a minute)(?:, %s reused)?(?:, %s left out \\(without an edit\\))?",
                    IMAGES, COUNT, COUNT, COUNT),
            shape(
                    " *\\d+%%(?: of %s UNet evaluations)?  %s/%s images  %s failed(?:  %s reused)?"
                            + "  (?:ETA (?:\\?|%s)|took %s|writing results)",
                    COUNT, COUNT, COUNT, COUNT, COUNT, DURATION, DURATION),
            // Tables.
            shape("%s(?: {2,}%s)+", HEADING, HEADING),
            shape("%s(?: {2,}%s)?(?: {2,}%s)+", METHOD, CONTROL, CELL),
            shape("Where (?:time|quality) counts, .*"),
            shape("\\* published: Miyake et al\\., arXiv 2305\\.16807, .*"),
            // Summaries.
            shape("%s in the output: %s computed, %s reused", IMAGES, COUNT, COUNT),
            shape(
                    "(throughput: [\\d.]+ images/s, )?wall time %s(; %s UNet evaluations?; model loaded .*)?",
                    DURATION, COUNT),
            shape("nothing to do: .*"),
            shape("resolution: \\d+ \\(.*\\)"),
            shape("images: %s .*", COUNT),
            shape("results: %s \\(metrics, images, latents; README\\.md explains them\\)", LOCATION),
            shape("(?:report|gallery|verdict|history): %s(?:, %s)*", LOCATION, LOCATION),
            shape("table: %s \\(and \\.md, \\.csv\\)", LOCATION),
            shape("%s drawn to %s", IMAGES, LOCATION),
            shape("%s: %s weights, %s parameters", LOCATION, COUNT, COUNT),
            shape(Pattern.quote(RunInterrupted.MESSAGE) + "(?:: %s of %s images are kept, .*)?", COUNT, COUNT),
            // On a processor whose kernels had to be replaced.
            shape("\\d\\d:\\d\\d:\\d\\d WARN DiffusionEngine: libtorch \\S+ computes wrong results on this processor"
                    + " .*"),
            // One line, which says what to do; nothing of Java's is in it.
            shape("error: (?!.*Exception).*"));

    private OurLines() {}

    private static Pattern shape(String form, Object... parts) {
        return Pattern.compile(parts.length == 0 ? form : String.format(form, parts));
    }

    /** Those of the lines that have none of the shapes. */
    static List<String> strangers(List<String> lines) {
        return lines.stream()
                .filter(line ->
                        SHAPES.stream().noneMatch(shape -> shape.matcher(line).matches()))
                .toList();
    }
}
