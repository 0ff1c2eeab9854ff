package io.sparkinversion.evaluation;

import io.sparkinversion.report.Numbers;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.List;

/** How to read the numbers. */
final class Notes {
    private Notes() {}

    /**
     * @param term what is explained
     * @param text in plain words
     */
    public record Note(String term, String text) {}

    static List<Note> of(Evaluation evaluation) {
        List<Note> notes = new ArrayList<>();
        notes.add(new Note(
                "Means",
                "Over the images with a result. SE is the standard error of the mean: sample standard deviation over"
                        + " the root of n. [a, b] is the 95% confidence interval, Student's t with n − 1 degrees of"
                        + " freedom: it speaks of other images from the same source, not of other seeds or machines. –"
                        + " means not defined: one image has a value and no interval."));
        notes.add(new Note(
                "Failed",
                "Images without a result, by error code under Failures. They are in no mean and in no share."));
        notes.add(new Note("Share of images", shares(evaluation.lpipsNet())));
        if (evaluation.methods().contains(Evaluation.BASELINE)) {
            notes.add(new Note(
                    "Minus negative-prompt",
                    "Method minus negative-prompt on the same image at the same step count, over the images that both"
                            + " have, with its own interval. Where methods ran on different images, compare these and"
                            + " not the means. Bold: zero is outside the interval. Each interval stands for itself;"
                            + " they are not widened for the number of comparisons."));
        }
        notes.add(new Note(
                "VAE ceiling",
                "PSNR of the autoencoder's encode and decode alone: what an inversion that finds the encoded latent"
                        + " again would reach. Not a strict bound: another latent may decode to something closer."));
        notes.add(new Note("Seconds", seconds(evaluation)));
        notes.add(new Note(
                "UNet passes",
                "Forward: evaluations for one image, the shared inversion's included; a classifier-free guidance step"
                        + " with two different prompts is two. Backward: gradients with respect to the null-text"
                        + " embedding. Inner steps: null-text's optimisation steps, summed over the trajectory."));
        notes.add(new Note("Published rows", published(evaluation)));
        if (evaluation.lpipsNet() != null) {
            notes.add(new Note(
                    "LPIPS",
                    "With the " + evaluation.lpipsNet() + " network. Values of different networks do not compare;"
                            + " published ones stand beside those of the network alex only."));
        }
        return notes;
    }

    private static String shares(String lpipsNet) {
        String text = "Share of the images with a result whose PSNR is below " + Numbers.count(MethodRow.LOW_PSNR)
                + " dB" + (lpipsNet == null ? "" : ", or whose LPIPS is above " + MethodRow.HIGH_LPIPS) + ".";
        return text + " A mean hides the images that a method loses; the share counts them. In the page, point at it"
                + " for the 95% score interval.";
    }

    private static String seconds(Evaluation evaluation) {
        IntSummaryStatistics batches = evaluation.measurements().stream()
                .filter(one -> !one.failed())
                .mapToInt(Measurement::batchSize)
                .summaryStatistics();
        String text = "From encoding the image to its reconstruction. The DDIM inversion is computed once for an image"
                + " and charged in full to each of its methods. Decoding files, metrics and writing results are not"
                + " in it.";
        if (batches.getCount() == 0) {
            return text;
        }
        if (batches.getMax() <= 1) {
            return text
                    + (evaluation.paperProtocol()
                            ? " Images ran one at a time, as in the paper."
                            : " Images ran one at a time.");
        }
        String range = batches.getMin() == batches.getMax() ? "" : batches.getMin() + " to ";
        return text + " Images ran in batches of " + range + batches.getMax() + "; an image's time is its share of its"
                + " batch's. A batch is one measurement of time: SE and intervals of seconds and of time / NPI are over"
                + " batches, and one batch has none.";
    }

    private static String published(Evaluation evaluation) {
        String obstacle = Published.obstacle(evaluation);
        if (obstacle != null) {
            return "None, because they would not compare: " + obstacle + ".";
        }
        String text = Published.SETTING + ". Other images, weights and hardware give other numbers: compare orders and"
                + " ratios.";
        return evaluation.paperProtocol()
                ? text + " This run follows the paper's protocol of one image at a time."
                : text + " This run does not follow the paper's protocol of one image at a time, so seconds compare"
                        + " between this run's rows only.";
    }
}
