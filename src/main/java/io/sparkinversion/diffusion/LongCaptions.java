package io.sparkinversion.diffusion;

import java.util.Locale;

/** What becomes of a caption that has more tokens than a text encoder takes at once (75, without start and end). */
public enum LongCaptions {
    /** The rest is left out, as diffusers does it. */
    CUT,
    /**
     * It is encoded in pieces of 75 tokens, each with a start and an end token, whose embeddings the cross-attention
     * reads one after the other, as Stable Diffusion's web front ends do it.
     */
    CHUNKS;

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
