package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.stream.IntStream;

/**
 * Branches that know nothing of each other: one UNet batch a step, of every branch with its prompt, and again with its
 * negative prompt where that is another one. So K branches cost 2K evaluations, or fewer where guidance collapses.
 */
public final class PlainBranches implements Branches {
    private final Denoiser unet;
    private final Conditioning positive;
    /** All prompts, then those negative prompts that differ. */
    private final Conditioning text;
    /** The branches whose negative prompts those are. */
    private final int[] guided;
    /** Where in the UNet's batch each branch's negative prediction is. */
    private final int[] negativeRows;

    private PlainBranches(Denoiser unet, Conditioning positive, Conditioning text, int[] guided, int[] negativeRows) {
        this.unet = unet;
        this.positive = positive;
        this.text = text;
        this.guided = guided;
        this.negativeRows = negativeRows;
    }

    /**
     * @param owner owns what is prepared here, for all steps
     * @param negative one prompt a branch
     * @param positive likewise
     * @throws IllegalArgumentException if they are not equally many
     */
    public static PlainBranches of(NDManager owner, Denoiser unet, Conditioning negative, Conditioning positive) {
        if (negative.size() != positive.size()) {
            throw new IllegalArgumentException(
                    negative.size() + " negative prompts for " + positive.size() + " branches; each branch has one");
        }
        int[] guided = BatchRows.differing(negative.embedding(), positive.embedding());
        int[] negativeRows = IntStream.range(0, (int) positive.size()).toArray();
        for (int i = 0; i < guided.length; i++) {
            negativeRows[guided[i]] = negativeRows.length + i;
        }
        if (guided.length == 0) {
            return new PlainBranches(unet, positive, positive, guided, negativeRows);
        }
        try (NDManager scope = unet.newScope()) {
            Conditioning text = BatchRows.join(owner, positive, BatchRows.select(scope, negative, guided));
            return new PlainBranches(unet, positive, text, guided, negativeRows);
        }
    }

    @Override
    public NDList predict(NDManager owner, NDArray latents, Step step) {
        if (guided.length == 0 || !unet.guides(step)) {
            NDArray prediction = unet.predict(owner, latents, step, positive);
            return new NDList(prediction, prediction);
        }
        try (NDManager scope = unet.newScope()) {
            NDArray batch = BatchRows.join(scope, latents, BatchRows.select(scope, latents, guided));
            NDArray predictions = unet.predict(scope, batch, step, text);
            NDArray positive = BatchRows.slice(owner, predictions, 0, negativeRows.length);
            return new NDList(BatchRows.select(owner, predictions, negativeRows), positive);
        }
    }
}
