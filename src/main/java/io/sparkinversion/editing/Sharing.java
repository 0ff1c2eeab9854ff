package io.sparkinversion.editing;

import io.sparkinversion.diffusion.AttentionControl.Part;
import io.sparkinversion.diffusion.AttentionControl.Region;
import io.sparkinversion.diffusion.AttentionControl.Share;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.editing.Sharing.MutualSelfAttention.Regions;
import io.sparkinversion.network.TransformerBlock;
import java.io.Serializable;
import java.util.List;
import java.util.stream.Stream;

/** What a target's branch takes from its source's besides attention to the text. */
public sealed interface Sharing extends Serializable {

    /** Nothing. */
    record None() implements Sharing {}

    /**
     * Mutual self-attention (MasaCtrl: Cao et al., arXiv 2304.08465): the target looks with its own queries at the
     * source's keys and values, so that it takes the source's content into its own layout. The prediction for a negative
     * prompt looks at the source's for its negative prompt.
     *
     * @param start share of the steps before; the authors have 4 of 50
     * @param firstLayer in the order of use from 0; the authors have 10 of 16. Negative: what that is in Stable Diffusion
     *     1.x, the decoder's first above its lowest resolution
     * @param regions what belongs together: the target's region looks at the source's region, the rest at the rest; null
     *     for no distinction
     */
    record MutualSelfAttention(double start, int firstLayer, Regions regions) implements Sharing {
        /** As the authors have it. */
        public static final MutualSelfAttention AUTHORS = new MutualSelfAttention(0.08, -1, null);

        /**
         * Regions of the latent, row by row.
         */
        public record Regions(int height, int width, boolean[] source, boolean[] target) implements Serializable {}

        private int layer(List<TransformerBlock> transformers) {
            if (firstLayer >= 0) {
                return firstLayer;
            }
            int lowest = transformers.stream()
                    .filter(TransformerBlock::decoder)
                    .mapToInt(TransformerBlock::level)
                    .max()
                    .orElse(0);
            // A decoder that has transformers at one resolution only shares all of these.
            int first = -1;
            for (int layer = 0; layer < transformers.size(); layer++) {
                TransformerBlock transformer = transformers.get(layer);
                if (transformer.decoder() && transformer.level() < lowest) {
                    return layer;
                }
                first = first < 0 && transformer.decoder() ? layer : first;
            }
            if (first >= 0) {
                return first;
            }
            throw new IllegalStateException("a UNet without transformers on the way up");
        }
    }

    /**
     * Plug-and-play features (Tumanyan et al., arXiv 2211.12572): in the decoder the target has the source's queries and
     * keys, and one residual block's hidden state, for its prompt and for its negative prompt.
     *
     * @param features share of the steps, from the first, with the hidden state; the authors have 0.8
     * @param attention likewise with queries and keys; 0.5
     */
    record PlugAndPlay(double features, double attention) implements Sharing {
        /** As the authors have it. */
        public static final PlugAndPlay AUTHORS = new PlugAndPlay(0.8, 0.5);
    }

    /**
     * Unified attention control, of virtual inversion alone: see {@link UnifiedAttention}.
     *
     * @param words of the target whose region may change, with blanks between; empty where all of it may
     */
    record Unified(UnifiedAttention.Settings settings, String words) implements Sharing {
        /** As the authors have it. */
        public static final Unified AUTHORS = new Unified(UnifiedAttention.Settings.AUTHORS, "");

        Unified withWords(String others) {
            return new Unified(settings, others);
        }
    }

    /** Whether a step shares anything. */
    default boolean shares(int step, int steps) {
        if (this instanceof MutualSelfAttention mutual) {
            return step >= (int) (mutual.start * steps);
        }
        return this instanceof PlugAndPlay plug
                && (step < (int) (plug.features * steps) || step < (int) (plug.attention * steps));
    }

    /** The regions that one of the target's rows keeps to in a step. */
    default List<Region> regions(StableDiffusion model, int step, int steps, int row) {
        if (this instanceof MutualSelfAttention mutual && mutual.regions != null && shares(step, steps)) {
            Regions drawn = mutual.regions;
            return List.of(new Region(
                    row,
                    mutual.layer(model.transformers()),
                    drawn.height(),
                    drawn.width(),
                    drawn.source(),
                    drawn.target()));
        }
        return List.of();
    }

    /**
     * What one of the target's rows takes in a step.
     *
     * @param row of the UNet's batch
     * @param sameHalf the source's row for its negative prompt where the target's is for that, else for its prompt
     * @param positive the source's row for its prompt
     */
    default List<Share> of(StableDiffusion model, int step, int steps, int row, int sameHalf, int positive) {
        if (this instanceof MutualSelfAttention mutual && shares(step, steps)) {
            int layer = mutual.layer(model.transformers());
            return List.of(new Share(row, sameHalf, layer, Part.KEYS), new Share(row, sameHalf, layer, Part.VALUES));
        }
        if (this instanceof PlugAndPlay plug) {
            int layer = model.firstAfterInjection();
            List<Share> attention =
                    List.of(new Share(row, positive, layer, Part.QUERIES), new Share(row, positive, layer, Part.KEYS));
            List<Share> features = List.of(new Share(row, positive, 0, Part.FEATURES));
            boolean attends = step < (int) (plug.attention * steps);
            boolean injects = step < (int) (plug.features * steps);
            return Stream.of(attends ? attention : List.<Share>of(), injects ? features : List.<Share>of())
                    .flatMap(List::stream)
                    .toList();
        }
        return List.of();
    }
}
