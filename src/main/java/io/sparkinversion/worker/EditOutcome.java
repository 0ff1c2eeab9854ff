package io.sparkinversion.worker;

import io.sparkinversion.engine.Engine.Cost;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.StoredArray;
import io.sparkinversion.worker.ImageOutcome.Scores;
import java.io.Serializable;
import java.util.List;

/**
 * What became of an image's edits.
 *
 * @param ceiling how near the VAE's encode-decode alone comes to the original
 * @param inversion what the edits were sampled from, to be kept; empty where nothing is to be kept
 * @param evaluations UNet evaluations that this run made for the image in all
 * @param results one for each method, control and edit
 */
public record EditOutcome(Scores ceiling, List<StoredArray> inversion, long evaluations, List<Result> results)
        implements Serializable {

    /**
     * One edit by one method under one control.
     *
     * @param edit which of the image's edits, from 0
     * @param made null where it failed
     * @param failure null where it did not
     */
    public record Result(String method, String control, int edit, Made made, Failure failure) implements Serializable {}

    /**
     * An edit that was made.
     *
     * @param reconstruction PNG, the source branch that the edit was sampled beside
     * @param edited PNG
     * @param mask the region that the masked scores go by; null for none
     * @param reconstructionScores of the reconstruction against the original
     * @param editScores of the edit against the original
     * @param cost of the inversion, and of the source branch that the edits of one control share
     * @param evaluations of the UNet for this edit alone
     * @param seconds of sampling it; a batch's time is divided evenly over its edits
     */
    public record Made(
            byte[] reconstruction,
            byte[] edited,
            Mask mask,
            Scores reconstructionScores,
            EditScores editScores,
            Cost cost,
            int evaluations,
            double seconds)
            implements Serializable {}

    /**
     * @param source {@code dataset}, or {@code blend:METHOD} for the region that local blend found with a method
     * @param share of the picture's pixels inside
     * @param picture PNG, white inside
     */
    public record Mask(String source, double share, byte[] picture) implements Serializable {}

    /**
     * An edit against its original. NaN where there is no mask, or the network is not given.
     *
     * @param whole all of the picture
     * @param outside of the mask, a mean over the pixels there
     * @param inside of it, likewise
     * @param pieBench outside as PIE-Bench's evaluation has it, see {@link io.sparkinversion.metrics.PieBench}
     * @param pieBenchMse its mean squared error
     * @param clip cosine similarity of the picture and the edit prompt
     * @param clipOriginal that of the original and the edit prompt
     * @param clipSource that of the original and the caption
     * @param clipEdited that of the edit, black outside of the mask, and the edit prompt
     * @param structure distance of the structures of original and edit
     */
    public record EditScores(
            Scores whole,
            Scores outside,
            Scores inside,
            Scores pieBench,
            double pieBenchMse,
            double clip,
            double clipOriginal,
            double clipSource,
            double clipEdited,
            double structure)
            implements Serializable {}
}
