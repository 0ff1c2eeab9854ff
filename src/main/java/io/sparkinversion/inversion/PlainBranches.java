package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Branches that know nothing of each other: one UNet batch a step, of every branch with its prompt, and again with its
 * negative prompt where that is another one. So K branches cost 2K evaluations, or fewer where guidance collapses.
 */
public final class PlainBranches implements Branches {
    private final Denoiser unet;
    /** All prompts, then those negative prompts that differ. */
    private final Conditioning text;
    /** The branches whose negative prompts those are. */
    private final int[] guided;
    /** Where in the UNet's batch each branch's negative prediction is. */
    private final int[] negativeRows;

    private PlainBranches(Denoiser unet, Conditioning text, int[] guided, int[] negativeRows) {
        this.unet = unet;
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
        int[] guided = differing(negative, positive);
        int[] negativeRows = IntStream.range(0, (int) positive.size()).toArray();
        for (int i = 0; i < guided.length; i++) {
            negativeRows[guided[i]] = negativeRows.length + i;
        }
        if (guided.length == 0) {
            return new PlainBranches(unet, positive, guided, negativeRows);
        }
        try (NDManager scope = unet.newScope()) {
            Conditioning text = Guidance.concatenate(owner, positive, rows(scope, negative, guided));
            return new PlainBranches(unet, text, guided, negativeRows);
        }
    }

    private static int[] differing(Conditioning negative, Conditioning positive) {
        if (negative == positive) {
            return new int[0];
        }
        float[] ofNegative = negative.embedding().toFloatArray();
        float[] ofPositive = positive.embedding().toFloatArray();
        int branches = (int) positive.size();
        int length = ofPositive.length / branches;
        return IntStream.range(0, branches)
                .filter(branch -> {
                    int from = branch * length;
                    return !Arrays.equals(ofNegative, from, from + length, ofPositive, from, from + length);
                })
                .toArray();
    }

    private static Conditioning rows(NDManager owner, Conditioning text, int[] rows) {
        List<NDArray> keysValues = new ArrayList<>();
        text.keysValues().forEach(array -> keysValues.add(rows(owner, array, rows)));
        return new Conditioning(rows(owner, text.embedding(), rows), keysValues);
    }

    private static NDArray rows(NDManager owner, NDArray array, int[] rows) {
        try (NDArray index = owner.create(IntStream.of(rows).asLongStream().toArray())) {
            NDArray result = array.get(index);
            result.attach(owner);
            return result;
        }
    }

    @Override
    public NDList predict(NDManager owner, NDArray latents, Step step) {
        if (guided.length == 0) {
            NDArray prediction = unet.predict(owner, latents, step, text);
            return new NDList(prediction, prediction);
        }
        try (NDManager scope = unet.newScope()) {
            NDArray batch = Guidance.join(scope, latents, rows(scope, latents, guided));
            NDArray predictions = unet.predict(scope, batch, step, text);
            NDArray positive = predictions.get("0:" + negativeRows.length);
            positive.attach(owner);
            return new NDList(rows(owner, predictions, negativeRows), positive);
        }
    }
}
