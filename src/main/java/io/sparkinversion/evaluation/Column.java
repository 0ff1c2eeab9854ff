package io.sparkinversion.evaluation;

import io.sparkinversion.report.Cell;
import io.sparkinversion.report.Numbers;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * A column of the table, for every format that a person reads.
 *
 * @param key names it in {@code #sort=KEY:desc}
 * @param group the heading above it
 * @param header its own heading
 * @param explanation one sentence
 * @param value what to sort by; NaN if there is none
 * @param cell what to show
 */
record Column(
        String key,
        Group group,
        String header,
        String explanation,
        ToDoubleFunction<MethodRow> value,
        Function<MethodRow, Cell> cell) {

    enum Group {
        IMAGES("Images"),
        QUALITY("Reconstruction against original: mean ± SE [95% CI]"),
        MISSED("Share of images"),
        BASELINE("Minus negative-prompt, paired [95% CI]"),
        CEILING("Minus VAE, paired"),
        TIME("Time"),
        UNET("UNet passes an image"),
        MEMORY("Memory");

        private final String heading;

        Group(String heading) {
            this.heading = heading;
        }

        String heading() {
            return heading;
        }
    }

    /** Those that the evaluation has numbers for, in the order to show. */
    static List<Column> of(Evaluation evaluation) {
        List<Column> columns = new ArrayList<>();
        images(columns);
        quality(columns, evaluation.lpipsNet());
        time(columns, evaluation.methods().contains(Evaluation.BASELINE));
        if (evaluation.methods().contains(Evaluation.BASELINE)
                && evaluation.methods().size() > 1) {
            baseline(columns, evaluation.lpipsNet() != null);
        }
        missed(columns, evaluation.lpipsNet());
        columns.add(new Column(
                "psnr-vae",
                Group.CEILING,
                "ΔPSNR",
                "dB, the method minus the autoencoder alone on the same image: what the inversion costs",
                row -> row.psnrToVae().mean(),
                row -> Cell.ofDifference(row.psnrToVae(), 2)));
        unet(columns, evaluation.measurements().stream().anyMatch(one -> one.unetShallow() > 0));
        return columns;
    }

    private static void images(List<Column> columns) {
        columns.add(new Column(
                "n",
                Group.IMAGES,
                "n",
                "images with a result",
                MethodRow::count,
                row -> Cell.of(Integer.toString(row.count()))));
        columns.add(new Column(
                "failed",
                Group.IMAGES,
                "failed",
                "images without a result, listed by error code below; in none of the other columns",
                MethodRow::failed,
                row -> Cell.of(Integer.toString(row.failed()))));
    }

    private static void quality(List<Column> columns, String lpipsNet) {
        columns.add(new Column(
                "psnr",
                Group.QUALITY,
                "PSNR ↑",
                "dB, over 8-bit pixels; more is better",
                row -> row.psnr().mean(),
                row -> row.psnr().count() == 0 && !row.identical().isEmpty()
                        ? Cell.of("∞", "identical")
                        : Cell.of(row.psnr(), 2)));
        columns.add(new Column(
                "ssim",
                Group.QUALITY,
                "SSIM ↑",
                "structural similarity, at most 1; more is better",
                row -> row.ssim().mean(),
                row -> Cell.of(row.ssim(), 4)));
        if (lpipsNet != null) {
            columns.add(new Column(
                    "lpips",
                    Group.QUALITY,
                    "LPIPS " + lpipsNet + " ↓",
                    "learned perceptual distance with the " + lpipsNet + " network; less is better",
                    row -> row.lpips().mean(),
                    row -> Cell.of(row.lpips(), 4)));
        }
    }

    private static void missed(List<Column> columns, String lpipsNet) {
        columns.add(new Column(
                "psnr-low",
                Group.MISSED,
                "PSNR < " + Numbers.count(MethodRow.LOW_PSNR) + " dB ↓",
                "share of the images with a result whose PSNR is below " + Numbers.count(MethodRow.LOW_PSNR) + " dB",
                row -> row.lowPsnr().value(),
                row -> Cell.of(row.lowPsnr())));
        if (lpipsNet != null) {
            columns.add(new Column(
                    "lpips-high",
                    Group.MISSED,
                    "LPIPS > " + MethodRow.HIGH_LPIPS + " ↓",
                    "share of the images with a result whose LPIPS is above " + MethodRow.HIGH_LPIPS,
                    row -> row.highLpips().value(),
                    row -> Cell.of(row.highLpips())));
        }
    }

    private static void baseline(List<Column> columns, boolean lpips) {
        columns.add(new Column(
                "psnr-npi",
                Group.BASELINE,
                "ΔPSNR ↑",
                "dB, the method minus negative-prompt on the same image at the same step count",
                row -> row.psnrToBaseline().mean(),
                row -> Cell.ofDifference(row.psnrToBaseline(), 2)));
        if (lpips) {
            columns.add(new Column(
                    "lpips-npi",
                    Group.BASELINE,
                    "ΔLPIPS ↓",
                    "the method minus negative-prompt on the same image at the same step count",
                    row -> row.lpipsToBaseline().mean(),
                    row -> Cell.ofDifference(row.lpipsToBaseline(), 4)));
        }
    }

    private static void time(List<Column> columns, boolean compared) {
        columns.add(new Column(
                "seconds",
                Group.TIME,
                "latency s ↓",
                "seconds that an image takes in its task (its share of the batch), from encoding to reconstruction, the shared inversion included; mean ± SE over batches",
                row -> row.seconds().mean(),
                row -> Cell.ofSeconds(row.seconds())));
        if (compared) {
            columns.add(new Column(
                    "time-ratio",
                    Group.TIME,
                    "time / NPI",
                    "mean seconds over negative-prompt's, on the images that both have; 2 is twice as slow; interval over batches",
                    row -> row.timeRatio().mean(),
                    row -> Cell.ofRatio(row.timeRatio())));
        }
        columns.add(new Column(
                "throughput",
                Group.TIME,
                "images/s",
                "of one task: the inverse of the mean latency; tasks run side by side",
                MethodRow::imagesPerSecond,
                row -> Cell.of(Numbers.seconds(row.imagesPerSecond()))));
    }

    private static void unet(List<Column> columns, boolean reused) {
        columns.add(new Column(
                "unet-forward",
                Group.UNET,
                "forward",
                "mean UNet evaluations, the shared inversion's included",
                row -> row.evaluations().mean(),
                row -> Cell.of(Numbers.count(row.evaluations().mean()))));
        if (reused) {
            columns.add(new Column(
                    "unet-shallow",
                    Group.UNET,
                    "shallow",
                    "those of the UNet evaluations that took the deep features of another step, a small part of one each",
                    row -> row.shallow().mean(),
                    row -> Cell.of(Numbers.count(row.shallow().mean()))));
        }
        columns.add(new Column(
                "unet-backward",
                Group.UNET,
                "backward",
                "mean UNet gradients",
                row -> row.gradients().mean(),
                row -> Cell.of(Numbers.count(row.gradients().mean()))));
        columns.add(new Column(
                "inner-steps",
                Group.UNET,
                "inner steps",
                "mean total of null-text optimisation steps",
                row -> row.innerSteps().mean(),
                row -> Cell.of(Numbers.count(row.innerSteps().mean()))));
        columns.add(new Column(
                "peak-memory",
                Group.MEMORY,
                "peak MiB",
                "the most that the device's memory held while the method ran, over all images",
                row -> row.peakMemory() == 0 ? Double.NaN : row.peakMemory(),
                row -> Cell.of(Numbers.mebibytes(row.peakMemory()))));
    }
}
