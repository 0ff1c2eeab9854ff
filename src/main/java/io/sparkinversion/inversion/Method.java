package io.sparkinversion.inversion;

import io.sparkinversion.inversion.NullTextInversion.Start;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A way to reconstruct an image, with its settings. Written as the command line and the result tables have it: a name,
 * then {@code :setting=value} for each setting that is not at its default, such as {@code null-text:start=caption}.
 *
 * @param label that text, settings in alphabetical order
 */
public record Method(String label) implements Serializable {
    /** Negative-prompt inversion at its defaults. */
    public static final Method NEGATIVE_PROMPT = new Method("negative-prompt");
    /** DDIM sampling at guidance 1 from the inverted latent. */
    public static final Method DDIM = new Method("ddim");
    /** DDIM sampling with classifier-free guidance against the empty prompt. */
    public static final Method DDIM_CFG = new Method("ddim-cfg");

    private enum Algorithm {
        VAE(settings -> new VaeReconstruction()),
        DDIM(settings -> new DdimReconstruction()),
        DDIM_CFG(settings -> new DdimCfgReconstruction()),
        NEGATIVE_PROMPT(settings -> new NegativePromptInversion()),
        NULL_TEXT(settings -> new NullTextInversion(
                settings.choice("start", Start.class, Start.EMPTY),
                settings.whole("inner-steps", 10, 1),
                settings.number("early-stop", NullTextInversion.EARLY_STOP, 0))),
        PROXIMAL(ProximalNegativePromptInversion::of),
        DIRECT(settings -> new DirectInversion()),
        O_BELM(settings -> new ObelmInversion(settings.number("guidance", 1, 0))),
        EDICT(settings -> new EdictInversion(settings.number("mixing", 0.93, 0), settings.number("guidance", 1, 0)));

        private final Function<MethodSettings, Reconstruction> make;

        Algorithm(Function<MethodSettings, Reconstruction> make) {
            this.make = make;
        }

        private String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private static Algorithm of(String label) {
            return Arrays.stream(values())
                    .filter(algorithm -> algorithm.label().equals(label))
                    .findFirst()
                    .orElseThrow(
                            () -> new IllegalArgumentException("unknown method '" + label + "'; known: " + names()));
        }
    }

    /**
     * @throws IllegalArgumentException if there is no such method or setting, or the value is not one for it; the
     *     message lists what there is
     */
    @SuppressWarnings("ReturnValueIgnored") // Made to check the settings.
    public Method {
        MethodSettings settings = MethodSettings.parse(label);
        Algorithm.of(settings.method()).make.apply(settings);
        label = settings.canonical();
    }

    /** See the constructor. */
    public static Method of(String label) {
        return new Method(label);
    }

    public Reconstruction reconstruction() {
        MethodSettings settings = MethodSettings.parse(label);
        return Algorithm.of(settings.method()).make.apply(settings);
    }

    /** The names of all methods, with commas between. */
    public static String names() {
        return Arrays.stream(Algorithm.values()).map(Algorithm::label).collect(Collectors.joining(", "));
    }
}
