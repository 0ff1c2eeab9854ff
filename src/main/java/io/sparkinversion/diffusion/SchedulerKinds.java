package io.sparkinversion.diffusion;

import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.network.UnsupportedConfigException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which {@code scheduler_config.json} a noise schedule can be taken from. All samplers of an epsilon or v model share its
 * betas; their own steps are not run, DDIM is, as in the reference codes of all inversion methods. Schedulers of other
 * kinds of models are refused: betas would be invented for them.
 */
final class SchedulerKinds {
    private static final String DDIM = "DDIMScheduler";
    private static final String LEADING = "leading";
    private static final String TRAILING = "trailing";

    private static final Set<String> SAMPLERS = Set.of(
            DDIM,
            "DDPMScheduler",
            "PNDMScheduler",
            "LMSDiscreteScheduler",
            "EulerDiscreteScheduler",
            "EulerAncestralDiscreteScheduler",
            "HeunDiscreteScheduler",
            "KDPM2DiscreteScheduler",
            "KDPM2AncestralDiscreteScheduler",
            "DPMSolverMultistepScheduler",
            "DPMSolverSinglestepScheduler",
            "DPMSolverSDEScheduler",
            "DEISMultistepScheduler",
            "UniPCMultistepScheduler");

    /** Those whose classes in diffusers have Stable Diffusion's betas as defaults; 0.0001 and 0.02 are the others'. */
    private static final Set<String> WITH_OWN_DEFAULTS = Set.of(
            "HeunDiscreteScheduler",
            "KDPM2DiscreteScheduler",
            "KDPM2AncestralDiscreteScheduler",
            "DPMSolverSDEScheduler");

    /** With the spacing "trailing" these are how models distilled to a few steps are saved. */
    private static final Set<String> OF_DISTILLED = Set.of("EulerDiscreteScheduler", "EulerAncestralDiscreteScheduler");

    private record Kind(String prefix, String name, String why) {}

    private static final List<Kind> REFUSED = List.of(
            new Kind("FlowMatch", "a flow model", "it predicts a velocity between noise and image, and has no betas"),
            new Kind("EDM", "an EDM model", "its network expects scaled inputs at continuous noise levels"),
            new Kind("CM", "a consistency model", "it maps noise to an image in one step"),
            new Kind(
                    "LCM",
                    "a latent consistency model (LCM)",
                    "it is distilled to a few steps, between which it adds noise; take the model that it was made of"),
            new Kind(
                    "TCD",
                    "a trajectory consistency model (TCD)",
                    "it is distilled to a few steps; take the model that it was made of"));

    private SchedulerKinds() {}

    /** The class, DDIM's where the file names none. */
    private static String scheduler(NetworkConfig config) {
        return config.has("_class_name") ? config.anyText("_class_name") : DDIM;
    }

    /**
     * @throws UnsupportedConfigException naming the kind of scheduler, and why it cannot be used
     */
    static void requireSupported(NetworkConfig config) {
        String scheduler = scheduler(config);
        for (Kind kind : REFUSED) {
            if (scheduler.startsWith(kind.prefix())) {
                throw config.refused(
                        "_class_name",
                        quoted(scheduler),
                        "this is the scheduler of " + kind.name() + ": " + kind.why());
            }
        }
        if (!SAMPLERS.contains(scheduler)) {
            throw config.refused(
                    "_class_name", quoted(scheduler), "supported: " + String.join(", ", new TreeSet<>(SAMPLERS)));
        }
        if (config.flag("rescale_betas_zero_snr", false)) {
            throw config.refused(
                    "rescale_betas_zero_snr",
                    true,
                    "a model with zero terminal SNR has no image in its last step, which inversion cannot pass");
        }
        if (config.flag("use_flow_sigmas", false)) {
            throw config.refused("use_flow_sigmas", true, "this is the scheduler of a flow model: it has no betas");
        }
        String spacing = spacing(config);
        if (OF_DISTILLED.contains(scheduler) && spacing.equals(TRAILING)) {
            throw config.refused(
                    "timestep_spacing",
                    quoted(TRAILING),
                    "with " + scheduler + " this is how models distilled to a few steps are saved (sd-turbo, Lightning,"
                            + " Hyper): DDIM does not follow them back. Take the model that it was made of; if this one"
                            + " is not distilled, write \"" + LEADING + "\" there");
        }
        boolean trained = config.has("trained_betas") && !config.isEmptyList("trained_betas");
        if (!trained && !config.has("beta_schedule") && !config.has("beta_start")) {
            throw config.refused(
                    "beta_schedule",
                    null,
                    "the file has neither beta_schedule, beta_start and beta_end nor trained_betas; inventing them would"
                            + " give wrong numbers without notice");
        }
    }

    /** Where a file that has other settings of betas lacks {@code beta_start}. */
    static double defaultBetaStart(NetworkConfig config) {
        return WITH_OWN_DEFAULTS.contains(scheduler(config)) ? 0.00085 : 1e-4;
    }

    /** Likewise for {@code beta_end}. */
    static double defaultBetaEnd(NetworkConfig config) {
        return WITH_OWN_DEFAULTS.contains(scheduler(config)) ? 0.012 : 0.02;
    }

    private static String quoted(String value) {
        return '"' + value + '"';
    }

    private static String spacing(NetworkConfig config) {
        return config.text("timestep_spacing", LEADING, LEADING, TRAILING, "linspace");
    }

    /** What of the file is not run, for the user; empty where DDIM with leading spacing is what it asks for. */
    static Optional<String> note(NetworkConfig config) {
        String scheduler = scheduler(config);
        String spacing = spacing(config);
        if (scheduler.equals(DDIM) && spacing.equals(LEADING)) {
            return Optional.empty();
        }
        String own = spacing.equals(LEADING) ? scheduler : scheduler + " with " + spacing + " spacing";
        return Optional.of("scheduler: DDIM with leading spacing on the betas of the model's " + own
                + ", as the reference codes of inversion run it");
    }
}
