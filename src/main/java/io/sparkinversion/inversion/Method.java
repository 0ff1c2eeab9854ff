package io.sparkinversion.inversion;

import io.sparkinversion.inversion.Inversion.Reconstruction;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** The ways to reconstruct an image from its inverted latent. */
public enum Method {
    /** Negative-prompt inversion (arXiv 2305.16807): the caption takes the null text's place in guidance. */
    NEGATIVE_PROMPT(new NegativePromptInversion()),
    /** DDIM sampling at guidance 1 from the inverted latent. */
    DDIM(new DdimReconstruction()),
    /** DDIM sampling with classifier-free guidance against the empty prompt. */
    DDIM_CFG(new DdimCfgReconstruction());

    private final Reconstruction reconstruction;

    Method(Reconstruction reconstruction) {
        this.reconstruction = reconstruction;
    }

    public Reconstruction reconstruction() {
        return reconstruction;
    }

    /** The name that the command line and the result tables use, such as {@code negative-prompt}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * @throws IllegalArgumentException if no method has that name; the message lists those that exist
     */
    public static Method of(String label) {
        return Arrays.stream(values())
                .filter(method -> method.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "unknown method '" + label + "'; known: " + labels()));
    }

    public static String labels() {
        return Arrays.stream(values()).map(Method::label).collect(Collectors.joining(", "));
    }
}
