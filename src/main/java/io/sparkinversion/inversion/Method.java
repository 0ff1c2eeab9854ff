package io.sparkinversion.inversion;

import io.sparkinversion.inversion.CoupledInversion.CoupledSettings;
import io.sparkinversion.inversion.CoupledInversion.CoupledSettings.Negative;
import io.sparkinversion.inversion.Guidance.Interval;
import io.sparkinversion.inversion.ObelmInversion.Grid;
import io.sparkinversion.inversion.RenoiseInversion.Range;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
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

    private static final String REUSE = "reuse";
    private static final String GUIDED_FROM = "guided-from";
    private static final String GUIDED_TO = "guided-to";

    private enum Algorithm {
        VAE("autoencoder alone: the ceiling of all others", "", "0", settings -> new VaeReconstruction()),
        DDIM("DDIM inversion and sampling at guidance 1", "2010.02502", "1 + 1", settings -> Walk.ddim(settings)
                .then(new DdimReconstruction(false))),
        DDIM_CFG(
                "DDIM inversion, sampling guided against the empty prompt",
                "2010.02502",
                "1 + 2",
                settings -> Walk.ddim(settings).then(new DdimReconstruction(true))),
        NEGATIVE_PROMPT(
                "negative-prompt inversion: sampling guided against the caption",
                "2305.16807",
                "1 + 1",
                settings -> Walk.ddim(settings).then(new NegativePromptInversion())),
        NULL_TEXT(
                "null-text inversion: the null embedding of every step is optimised",
                "2211.09794",
                "1 + 2 + 10 with gradient",
                settings -> Walk.ddim(settings).then(NullTextInversion.of(settings))),
        NULL_TEXT_PROXIMAL(
                "null-text inversion, edits with proximal guidance",
                "2306.05414",
                "1 + 2 + 10 with gradient",
                settings -> Walk.ddim(settings)
                        .then(new ProximalNegativePromptInversion.OfNullText(
                                NullTextInversion.of(settings), ProximalNegativePromptInversion.of(settings)))),
        PROXIMAL("negative-prompt inversion with proximal guidance", "2306.05414", "1 + 1", settings -> Walk.ddim(
                        settings)
                .then(ProximalNegativePromptInversion.of(settings))),
        DIRECT(
                "direct (PnP) inversion: the source branch is put back on the trajectory",
                "2310.01506",
                "1 + 2",
                settings -> Walk.ddim(settings).then(new DirectInversion())),
        FIXED_POINT(
                "negative-prompt inversion after fixed-point iterations (FPI)",
                "2312.12540",
                "K + 1",
                settings -> Walk.by(settings, new FixedPointInversion(settings.whole("iterations", 3, 1), false))
                        .then(new NegativePromptInversion())),
        AIDI(
                "negative-prompt inversion after averaged fixed-point iterations (AIDI_E)",
                "2309.04907",
                "K + 1",
                settings -> Walk.by(settings, new FixedPointInversion(settings.whole("iterations", 4, 1), true))
                        .then(new NegativePromptInversion())),
        RENOISE("negative-prompt inversion after ReNoise", "2403.14602", "K + 1 + 1", settings -> Walk.by(
                        settings,
                        RenoiseInversion.of(
                                settings.whole("iterations", 1, 0),
                                new Range(settings.whole("average-from", 8, 0), settings.whole("average-to", 10, 0))))
                .then(new NegativePromptInversion())),
        SPDINV(
                "negative-prompt inversion after a fixed point found by gradient descent",
                "2403.11105",
                "1 + up to K with gradient + 1",
                settings -> Walk.by(
                                settings,
                                new SpdInversion(
                                        settings.whole("iterations", 25, 1),
                                        settings.number("rate", 1e-3, 0),
                                        settings.number("threshold", 5e-6, 0)))
                        .then(new NegativePromptInversion())),
        EASYINV(
                "negative-prompt inversion after DDIM inversion with mixed latents",
                "2408.05159",
                "1 + 1",
                settings -> Walk.by(
                                settings,
                                new EasyInversion(
                                        settings.choice(
                                                "variant", EasyInversion.Variant.class, EasyInversion.Variant.EXAMPLE),
                                        settings.number("eta", 0.5, 0),
                                        settings.number("mix-start", 0.05, 0),
                                        settings.number("mix-length", 0.2, 0)))
                        .then(new NegativePromptInversion())),
        EF_DDPM(
                "edit-friendly DDPM inversion: noise maps from independent noises",
                "2304.06140",
                "2 + 2",
                EditFriendlyInversion::of),
        INFEDIT(
                "virtual inversion (InfEdit): nothing is inverted, edits start from noise",
                "2312.04965",
                "0",
                VirtualInversion::of),
        EDICT(
                "exact coupled sampler, as its authors edit",
                "2211.12446",
                "4 + 4",
                settings -> edict(settings, CoupledSettings.of(settings, 3, Negative.EMPTY, 0.8))),
        EDICT_NPI(
                "the same, all steps at guidance 1, edits guided against the caption",
                "2211.12446",
                "2 + 2",
                settings -> edict(settings, CoupledSettings.of(settings, 1, Negative.CAPTION, 1))),
        O_BELM(
                "exact multistep sampler, as its authors edit",
                "2410.07273",
                "2 + 2",
                settings -> new ObelmInversion(
                        CoupledSettings.of(settings, 2, Negative.EMPTY, 0.75),
                        true,
                        settings.choice("grid", Grid.class, Grid.LEADING))),
        O_BELM_NPI(
                "the same on the schedule's own levels, all steps at guidance 1, edits guided against the caption",
                "2410.07273",
                "1 + 1",
                settings ->
                        new ObelmInversion(CoupledSettings.of(settings, 1, Negative.CAPTION, 1), false, Grid.LEADING));

        private final String summary;
        private final String paper;
        private final String evaluations;
        private final Function<MethodSettings, Reconstruction> make;

        Algorithm(String summary, String paper, String evaluations, Function<MethodSettings, Reconstruction> make) {
            this.summary = summary;
            this.paper = paper;
            this.evaluations = evaluations;
            this.make = make;
        }

        private static Reconstruction edict(MethodSettings settings, CoupledSettings coupled) {
            return new EdictInversion(settings.number("mixing", 0.93, 0), coupled);
        }

        private String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        private boolean edits() {
            return this != VAE && this != DDIM;
        }

        /** Whether it evaluates the UNet. */
        private boolean evaluates() {
            return this != VAE && this != INFEDIT;
        }

        private Reconstruction make(MethodSettings settings) {
            Reconstruction made = make.apply(settings);
            Interval interval = takesInterval()
                    ? new Interval(settings.number(GUIDED_FROM, 0, 0), settings.number(GUIDED_TO, 1, 0))
                    : Interval.ALL;
            int reuse = sharesFeatures(made) ? settings.whole(REUSE, 1, 1) : 1;
            return FeatureReuse.of(interval.equals(Interval.ALL) ? made : new Guidance.Within(made, interval), reuse);
        }

        private boolean takesInterval() {
            return edits() && whyGuidedAlways().isEmpty();
        }

        /** Why guidance cannot be left out at some steps; empty where it can. */
        private String whyGuidedAlways() {
            return switch (this) {
                case NULL_TEXT, NULL_TEXT_PROXIMAL -> "it optimises the guidance of every step";
                case PROXIMAL -> "it finds by guidance what must not change";
                case INFEDIT -> "it guides in a way of its own";
                default -> "";
            };
        }

        /** Gradients are those of the whole UNet, and EF_DDPM predicts all steps at once. */
        private boolean sharesFeatures(Reconstruction made) {
            return evaluates() && this != EF_DDPM && !made.usesGradient();
        }

        private MethodInfo info() {
            MethodSettings settings = MethodSettings.parse(label());
            // Asking for its settings is what notes their names and defaults.
            Reconstruction unused = make(settings);
            return new MethodInfo(label(), summary, paper, evaluations, settings.defaults(), edits());
        }

        private static Algorithm of(String label) {
            return Arrays.stream(values())
                    .filter(algorithm -> algorithm.label().equals(label))
                    .findFirst()
                    .orElseThrow(
                            () -> new IllegalArgumentException("unknown method '" + label + "'; known: " + names()));
        }
    }

    /** All methods with their papers, settings and defaults. */
    public static List<MethodInfo> catalog() {
        return Arrays.stream(Algorithm.values()).map(Algorithm::info).toList();
    }

    /** The names of the methods that can edit, with commas between. */
    public static String editingNames() {
        return Arrays.stream(Algorithm.values())
                .filter(Algorithm::edits)
                .map(Algorithm::label)
                .collect(Collectors.joining(", "));
    }

    /**
     * @throws IllegalArgumentException if there is no such method or setting, or the value is not one for it; the
     *     message lists what there is
     */
    @SuppressWarnings("ReturnValueIgnored") // Made to check the settings.
    public Method {
        MethodSettings settings = MethodSettings.parse(label);
        try {
            Algorithm.of(settings.method()).make(settings);
        } catch (IllegalArgumentException e) {
            String message = e.getMessage();
            boolean named = message.contains("method");
            throw named ? e : new IllegalArgumentException("method " + settings.method() + ": " + message, e);
        }
        label = settings.canonical();
    }

    /** See the constructor. */
    public static Method of(String label) {
        return new Method(label);
    }

    public Reconstruction reconstruction() {
        MethodSettings settings = MethodSettings.parse(label);
        return Algorithm.of(settings.method()).make(settings);
    }

    /**
     * The same with the setting {@code reuse}, if it has none yet and evaluates the UNet.
     *
     * @param interval consecutive steps that share deep features; 1 for none
     * @throws IllegalArgumentException if it is below 1, or the method cannot reuse features
     */
    public Method reusing(int interval) {
        if (interval < 1) {
            throw new IllegalArgumentException("reuse is " + interval + "; it must be 1 or more");
        }
        MethodSettings settings = MethodSettings.parse(label);
        Algorithm algorithm = Algorithm.of(settings.method());
        Reconstruction made = algorithm.make.apply(settings);
        if (interval == 1 || !algorithm.evaluates() || settings.writes(REUSE)) {
            return this;
        }
        if (!algorithm.sharesFeatures(made)) {
            throw new IllegalArgumentException("method " + settings.method() + " cannot reuse features: it "
                    + (made.usesGradient() ? "differentiates the whole UNet" : "evaluates all steps at once")
                    + "; leave it out or set reuse to 1");
        }
        return new Method(label + ":" + REUSE + "=" + interval);
    }

    /**
     * The same guided in an interval, if it is guided and has no interval of its own yet.
     *
     * @throws IllegalArgumentException if the method can be guided at all steps only
     */
    public Method guidedWithin(Interval interval) {
        MethodSettings settings = MethodSettings.parse(label);
        Algorithm algorithm = Algorithm.of(settings.method());
        boolean own = settings.writes(GUIDED_FROM) || settings.writes(GUIDED_TO);
        if (interval.equals(Interval.ALL) || !algorithm.edits() || own) {
            return this;
        }
        if (!algorithm.takesInterval()) {
            throw new IllegalArgumentException("method " + settings.method() + " cannot be guided in an interval: "
                    + algorithm.whyGuidedAlways() + "; leave it out or set no guidance interval");
        }
        return new Method(label + ":" + GUIDED_FROM + "=" + interval.from() + ":" + GUIDED_TO + "=" + interval.to());
    }

    /** The names of all methods, with commas between. */
    public static String names() {
        return Arrays.stream(Algorithm.values()).map(Algorithm::label).collect(Collectors.joining(", "));
    }
}
