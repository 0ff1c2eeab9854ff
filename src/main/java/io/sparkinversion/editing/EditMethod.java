package io.sparkinversion.editing;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.inversion.CoupledInversion;
import io.sparkinversion.inversion.DdimReconstruction;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.DirectInversion;
import io.sparkinversion.inversion.EdictInversion;
import io.sparkinversion.inversion.EditFriendlyInversion;
import io.sparkinversion.inversion.FeatureReuse;
import io.sparkinversion.inversion.Guidance;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.inversion.NegativePromptInversion;
import io.sparkinversion.inversion.NullTextInversion;
import io.sparkinversion.inversion.ProximalNegativePromptInversion;
import io.sparkinversion.inversion.Reconstruction;
import io.sparkinversion.inversion.VirtualInversion;
import io.sparkinversion.inversion.Walk.OwnInversion;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How a reconstruction method edits: what it samples from, and how it samples the image's branch and those of its edits
 * side by side. What it samples from does not depend on the edits, so it can be kept and serve others later. The source
 * branch comes to the latent that the method reconstructs without any edits. Stateless: one instance serves all
 * threads.
 */
public abstract sealed class EditMethod
        permits GuidedEdit,
                NullTextEdit,
                NullTextProximalEdit,
                ProximalEdit,
                DirectEdit,
                CoupledEdit,
                OwnInversionEdit,
                EditFriendlyEdit,
                VirtualEdit {
    /** The inversion's noise z_T {@code [B, C, h, w]}. */
    public static final String TERMINAL = "zT";
    /** The whole inversion, z_0 to z_T: {@code [B, steps + 1, C, h, w]}. */
    public static final String PATH = "path";
    /** Null-text embeddings {@code [B, steps, 77, D]}, float32. */
    public static final String NULL_TEXT = "null_text";
    /** The two latents at the noise end of O-BELM, {@code [B, 2, C, h, w]}, float64. */
    public static final String O_BELM = "o_belm";
    /** Likewise of EDICT. */
    public static final String EDICT = "edict";
    /** The image's own latent z_0 {@code [B, C, h, w]}, where nothing is inverted. */
    public static final String CLEAN = "z0";
    /** Edit-friendly noise maps by the level that a step leads to, {@code [B, levels, C, h, w]}. */
    public static final String NOISE_MAPS = "noise_maps";

    private Guidance.Interval interval = Guidance.Interval.ALL;

    /**
     * @throws IllegalArgumentException if the method cannot edit
     */
    public static EditMethod of(Method method) {
        return of(method, method.reconstruction());
    }

    private static EditMethod of(Method method, Reconstruction reconstruction) {
        if (reconstruction instanceof Guidance.Within within) {
            EditMethod edit = of(method, within.method());
            edit.interval = within.interval();
            return edit;
        }
        if (reconstruction instanceof OwnInversion own) {
            return new OwnInversionEdit(own.walk(), of(method, own.sampling()));
        }
        if (reconstruction instanceof NegativePromptInversion) {
            return new GuidedEdit(true);
        }
        if (reconstruction instanceof DdimReconstruction ddim && ddim.guided()) {
            return new GuidedEdit(false);
        }
        if (reconstruction instanceof NullTextInversion nullText) {
            return new NullTextEdit(nullText);
        }
        if (reconstruction instanceof ProximalNegativePromptInversion.OfNullText both) {
            return new NullTextProximalEdit(both);
        }
        if (reconstruction instanceof ProximalNegativePromptInversion proximal) {
            return new ProximalEdit(proximal);
        }
        if (reconstruction instanceof DirectInversion) {
            return new DirectEdit();
        }
        if (reconstruction instanceof EditFriendlyInversion editFriendly) {
            return new EditFriendlyEdit(editFriendly);
        }
        if (reconstruction instanceof VirtualInversion virtual) {
            return new VirtualEdit(virtual);
        }
        if (reconstruction instanceof CoupledInversion coupled) {
            return new CoupledEdit(coupled, coupled instanceof EdictInversion ? EDICT : O_BELM);
        }
        if (reconstruction instanceof FeatureReuse) {
            throw new IllegalArgumentException("method " + method.label()
                    + " cannot edit: edits compute all features of every step; leave the setting reuse"
                    + " out");
        }
        throw new IllegalArgumentException("method " + method.label() + " cannot edit: it has no guidance, which is"
                + " what makes a picture follow another prompt; methods that can: " + Method.editingNames());
    }

    /** Which arrays of the DDIM inversion that methods share sampling starts from: none, z_T or the path. */
    public abstract Set<String> sharedKinds();

    /** Which arrays of its own sampling starts from; {@link #prepare} makes them. */
    public Set<String> ownKinds() {
        return Set.of();
    }

    /** Whether it starts from the shared DDIM inversion. Otherwise it reads nothing but the trajectory's z_0. */
    public boolean usesInversion() {
        return !sharedKinds().isEmpty();
    }

    /**
     * The arrays of {@link #ownKinds}, each with the images in its first dimension. They depend on the image, the
     * caption and the settings alone.
     *
     * @param owner owns the result
     * @param guidance scale of classifier-free guidance
     */
    public Map<String, NDArray> prepare(NDManager owner, Denoiser unet, Inversion inversion, double guidance) {
        return Map.of();
    }

    /**
     * The images' branches and their edits'. Reads nothing but what the run gives.
     *
     * @param owner owns the result's latents
     * @throws IllegalArgumentException if the numbers do not fit, the prompts do not allow an edit, or they lack a word
     *     that it names
     */
    public EditedLatents sample(NDManager owner, EditRun run) {
        try (NDManager scope = run.model().newScope()) {
            Denoiser unet = unet(run.model());
            PromptToPrompt branches =
                    PromptToPrompt.of(scope, unet, run.images(), negatives(scope, run), controlSteps(run));
            if (setsSource()) {
                branches.evaluateSourcesWhereControlled();
            }
            NDArray latents = latents(scope, unet, branches, run);
            latents.attach(owner);
            int images = run.images().size();
            int targets = branches.branches() - images;
            return new EditedLatents(
                    latents,
                    branches.lastRegions(),
                    perBranch(branches.sourceEvaluations(), images),
                    perBranch(branches.targetEvaluations(), targets));
        }
    }

    /** Rounded up, where a branch among others needs less. */
    private static int perBranch(long evaluations, int branches) {
        return branches == 0 ? 0 : Math.toIntExact((evaluations + branches - 1) / branches);
    }

    /** The UNet as this method evaluates it, for {@link #prepare}. */
    public Denoiser unet(StableDiffusion model) {
        return new Denoiser(model).within(interval);
    }

    /** Whether the source's latents are set at every step, whatever is predicted for them. */
    boolean setsSource() {
        return false;
    }

    /** The steps that are sampled, counted from 0. */
    List<Step> steps(EditRun run) {
        return run.steps();
    }

    /** How many steps the windows of attention control are shares of. */
    int controlSteps(EditRun run) {
        return steps(run).size();
    }

    /** What the branches are guided against. */
    abstract Negatives negatives(NDManager owner, EditRun run);

    /** The branches' latents after the last step. */
    abstract NDArray latents(NDManager scope, Denoiser unet, PromptToPrompt branches, EditRun run);
}
