package io.sparkinversion.worker;

import io.sparkinversion.image.RgbImage;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.worker.ImageOutcome.Cost;
import io.sparkinversion.worker.ImageOutcome.Latent;
import io.sparkinversion.worker.ImageOutcome.NullTextTrace;
import java.util.List;

/** Inverts and reconstructs batches of images on one device. Calls from several threads are safe. */
public interface Engine extends AutoCloseable {
    /** {@code cpu} or {@code gpu:N}. */
    String device();

    /**
     * @param batch square images of the engine's resolution with their captions
     * @param recipe what to do with each
     * @return one result for each, in order
     * @throws EngineException if the batch failed as a whole
     */
    List<Result> run(List<Input> batch, Recipe recipe);

    @Override
    void close();

    /** An image and its caption. */
    record Input(RgbImage image, String caption) {}

    /**
     * What became of one image.
     *
     * @param terminalLatent z_T; null where no method starts from it
     * @param finite false where a latent has infinities or NaN; the images are then meaningless
     * @param ceiling encoded and decoded by the VAE alone
     * @param ceilingLpips its distance to the image, NaN without LPIPS
     * @param captionTokens before truncation
     */
    record Result(
            Latent terminalLatent,
            boolean finite,
            RgbImage ceiling,
            double ceilingLpips,
            List<Reconstruction> reconstructions,
            int captionTokens,
            boolean captionTruncated) {}

    /**
     * What one method made of an image.
     *
     * @param lpips distance to the original, NaN without LPIPS
     * @param nullText how its null text was optimised; null where none was
     */
    record Reconstruction(Method method, RgbImage image, double lpips, Cost cost, NullTextTrace nullText) {}
}
