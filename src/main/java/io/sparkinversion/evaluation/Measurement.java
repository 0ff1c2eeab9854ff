package io.sparkinversion.evaluation;

/**
 * One image reconstructed by one method, as the metrics table has it.
 *
 * @param imageId unique in the dataset
 * @param caption the source prompt
 * @param method its name with its settings, such as {@code null-text:start=caption}
 * @param steps DDIM steps
 * @param failure the error code of an image that failed, else null; then all numbers are NaN or 0
 * @param psnr dB, reconstruction against original; infinite where they are equal
 * @param ssim reconstruction against original, at most 1
 * @param lpips reconstruction against original; NaN without LPIPS weights
 * @param vaePsnr dB, the VAE's encode and decode against the original
 * @param secondsTotal encode to reconstruction, the shared inversion included: the paper's speed column
 * @param unetEvaluations forward passes of the UNet for this image, the shared inversion's included
 * @param unetShallow those of them that took the deep features of another step
 * @param unetGradients backward passes
 * @param peakMemory bytes, the most that the device's memory held while the method ran; 0 where it is not known
 * @param batchSize images that shared the batch
 * @param batch the first image of that batch: its images were timed together; empty if unknown
 * @param calibratedTime seconds in which the device worked for the image, over the seconds of a fixed piece of arithmetic
 *     beside it: comparable between busy and quiet machines; NaN if unknown
 * @param device {@code cpu} or {@code gpu:N}
 * @param nullTextCosine cosine similarity of the optimised null-text embedding and the caption's, a value a step in
 *     denoising order; empty for other methods
 * @param nullTextInnerSteps optimisation steps, a value a step; empty for other methods
 * @param clip of an edit: a hundred times the cosine similarity to its prompt; NaN for a reconstruction or without CLIP
 */
public record Measurement(
        String imageId,
        String caption,
        String method,
        int steps,
        String failure,
        double psnr,
        double ssim,
        double lpips,
        double vaePsnr,
        double secondsTotal,
        int unetEvaluations,
        int unetShallow,
        int unetGradients,
        long peakMemory,
        int batchSize,
        String batch,
        double calibratedTime,
        String device,
        double[] nullTextCosine,
        int[] nullTextInnerSteps,
        double clip) {

    public boolean failed() {
        return failure != null;
    }
}
