package io.sparkinversion.engine;

import io.sparkinversion.diffusion.SizeCondition;
import io.sparkinversion.editing.EditPrompt;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.platform.PlatformReport;
import java.io.Serializable;
import java.util.List;

/** Inverts and reconstructs batches of images on one device. Calls from several threads are safe. */
public interface Engine extends AutoCloseable {
    /** {@code cpu} or {@code gpu:N}. */
    String device();

    /**
     * @param batch images of one size with their captions
     * @param recipe what to do with each
     * @return one result for each, in order
     * @throws EngineException if the batch failed as a whole
     */
    List<Result> run(List<Input> batch, Recipe recipe);

    /**
     * Edits images. Several prompts of one image share its inversion and, as far as they are sampled together, its
     * source branch.
     *
     * @param batch images of one size with what is to be made of them
     * @param recipe methods that can edit, steps and guidance
     * @param edits in which ways
     * @return one result for each, in order
     * @throws EngineException if the batch failed as a whole
     */
    List<Edited> edit(List<EditInput> batch, Recipe recipe, EditRecipe edits);

    /** Loads and checks what a recipe needs beside the model itself. To be called before the recipe's first batch. */
    default void prepare(Recipe recipe) {}

    /** What computes, and what was replaced in its programs because the device computes it wrongly; null if unknown. */
    default PlatformReport platform() {
        return null;
    }

    /**
     * Seconds of a fixed piece of arithmetic on the device at this moment, by which times of busy and quiet machines can
     * be compared; NaN if unknown.
     */
    default double calibrate() {
        return Double.NaN;
    }

    @Override
    void close();

    /**
     * An image and its caption.
     *
     * @param size what a Stable Diffusion XL is told of the image's; null for its own
     */
    record Input(RgbImage image, String caption, SizeCondition size) {
        public Input(RgbImage image, String caption) {
            this(image, caption, null);
        }
    }

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

    /**
     * An image to be edited.
     *
     * @param mask of the image's pixels: what the dataset says should change; null where it says nothing
     * @param stored what is known of its inversion from an earlier run
     * @param size what a Stable Diffusion XL is told of the image's; null for its own
     */
    record EditInput(
            RgbImage image,
            String caption,
            List<EditPrompt> edits,
            PixelMask mask,
            List<InvertedArray> stored,
            SizeCondition size) {
        public EditInput(
                RgbImage image, String caption, List<EditPrompt> edits, PixelMask mask, List<InvertedArray> stored) {
            this(image, caption, edits, mask, stored, null);
        }
    }

    /**
     * What became of one image's edits.
     *
     * @param inversion what they were sampled from
     * @param finite false where that has infinities or NaN; there are no edits then
     * @param evaluations of the UNet that were made for it, in all
     * @param edits one for each method, control and prompt
     */
    record Edited(
            List<InvertedArray> inversion,
            boolean finite,
            RgbImage ceiling,
            double ceilingLpips,
            long evaluations,
            List<Edit> edits,
            int captionTokens,
            boolean captionTruncated) {}

    /**
     * One edit under one control.
     *
     * @param index of the prompt, from 0
     * @param sample null where it failed
     * @param failure null where it did not
     */
    record Edit(Method method, String control, int index, EditSample sample, Failure failure) {}

    /**
     * @param reconstruction the source branch
     * @param lpips its distance to the original, NaN without LPIPS
     * @param mask the region that the masked scores go by, of the picture's pixels: the same for all methods and
     *     controls; null for none
     * @param maskName {@code dataset}, or {@code blend:METHOD} for the region that local blend found with a method; null
     *     for none
     * @param scores of the edited picture, as far as the device measures them
     * @param cost of inversion and source branch, and of the edits' decoding
     * @param evaluations of the UNet for this edit alone
     * @param seconds of sampling it
     */
    record EditSample(
            RgbImage reconstruction,
            double lpips,
            RgbImage edited,
            PixelMask mask,
            String maskName,
            DeviceScores scores,
            Cost cost,
            int evaluations,
            double seconds) {}

    /**
     * What an edited picture scored on the device; NaN where there is no such weight or mask.
     *
     * @param lpips to the original
     * @param lpipsOutside of the mask, a mean over the pixels there
     * @param lpipsInside likewise
     * @param lpipsPieBench to the original, what the mask covers black in both
     * @param clip cosine similarity to the edit prompt
     * @param clipOriginal that of the original to the edit prompt
     * @param clipSource that of the original to the caption
     * @param clipEdited that of the edit, black outside of the mask, to the edit prompt
     * @param structure distance of the structures of original and edit
     */
    record DeviceScores(
            double lpips,
            double lpipsOutside,
            double lpipsInside,
            double lpipsPieBench,
            double clip,
            double clipOriginal,
            double clipSource,
            double clipEdited,
            double structure) {}

    /**
     * A latent as little-endian float32.
     *
     * @param shape channels, height, width
     * @param bytes 4 x product of shape
     */
    record Latent(int[] shape, byte[] bytes) implements Serializable {}

    /**
     * An optimisation of null-text embeddings, a value a step in denoising order.
     *
     * @param captionCosine cosine similarity of the result and the caption's embedding
     * @param innerSteps updates
     */
    record NullTextTrace(double[] captionCosine, int[] innerSteps) implements Serializable {}

    /**
     * What one image cost; a batch's time is divided evenly over its images.
     *
     * @param inversionEvaluations UNet evaluations (forward passes of one image) of the shared inversion, 0 for a
     *     method that does not use it
     * @param reconstructionEvaluations those of the method itself
     * @param shallowEvaluations those of both that took the deep features of another step
     * @param gradients backward passes through the UNet
     * @param encodeSeconds VAE encoding and text encoding
     * @param inversionSeconds the shared DDIM inversion, 0 for a method that does not use it
     * @param reconstructionSeconds the method's own sampling
     * @param decodeSeconds VAE decoding
     * @param batchSize how many images shared the batch
     * @param peakMemory bytes, the most that the device's memory held while the method ran; 0 where it is not known
     */
    record Cost(
            int inversionEvaluations,
            int reconstructionEvaluations,
            int shallowEvaluations,
            int gradients,
            double encodeSeconds,
            double inversionSeconds,
            double reconstructionSeconds,
            double decodeSeconds,
            int batchSize,
            long peakMemory)
            implements Serializable {

        /** Without shallow evaluations. */
        public Cost(
                int inversionEvaluations,
                int reconstructionEvaluations,
                int gradients,
                double encodeSeconds,
                double inversionSeconds,
                double reconstructionSeconds,
                double decodeSeconds,
                int batchSize,
                long peakMemory) {
            this(
                    inversionEvaluations,
                    reconstructionEvaluations,
                    0,
                    gradients,
                    encodeSeconds,
                    inversionSeconds,
                    reconstructionSeconds,
                    decodeSeconds,
                    batchSize,
                    peakMemory);
        }

        /** Encode to reconstruction, the shared inversion included: the paper's speed column. */
        public double totalSeconds() {
            return encodeSeconds + inversionSeconds + reconstructionSeconds + decodeSeconds;
        }
    }
}
