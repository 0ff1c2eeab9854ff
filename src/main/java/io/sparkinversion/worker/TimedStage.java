package io.sparkinversion.worker;

import java.util.Locale;

/** The stages of an image's computation whose time is measured, in order. */
public enum TimedStage {
    /** VAE and text encoder. */
    ENCODE,
    /** The DDIM inversion that methods share. */
    INVERSION,
    /** What a method does by itself. */
    RECONSTRUCTION,
    /** The VAE's decoder. */
    DECODE,
    /** Sampling an edit. */
    EDIT;

    /** As in columns and statistics. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
