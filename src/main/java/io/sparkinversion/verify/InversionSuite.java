package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.inversion.SphericalInterpolation;
import io.sparkinversion.inversion.Trajectory;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * DDIM inversion and the reconstructions that need no optimisation.
 *
 * @param captions source prompts of the images, one each
 * @param startLatent the file's own start is compared with this, null where nothing is known
 */
record InversionSuite(ModelUnderTest model, List<String> captions, NDArray startLatent) implements Suite {
    private static final double TABLE = 0;
    private static final double TEXT = 2e-5;
    private static final double VAE_MEAN = 2e-3;
    private static final double LATENT = 1e-3;
    private static final Map<String, Method> RECONSTRUCTIONS = new LinkedHashMap<>();

    static {
        RECONSTRUCTIONS.put("recon_g1", Method.DDIM);
        RECONSTRUCTIONS.put("recon_cfg", Method.DDIM_CFG);
        RECONSTRUCTIONS.put("recon_npi", Method.NEGATIVE_PROMPT);
    }

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        StableDiffusion diffusion = model.model();
        NDManager scope = model.scope();
        Golden expectedTrajectory = golden.read("ddim_traj");
        int count = (int) expectedTrajectory.shape()[0] - 1;
        List<Step> steps = diffusion.schedule().steps(count);
        if (golden.has("timesteps")) {
            float[] timesteps = new float[count];
            steps.forEach(step -> timesteps[step.index()] = step.timestep());
            cases.compare("timesteps", timesteps, TABLE);
        }
        boolean single = expectedTrajectory.shape().length == 4;
        NDArray start = model.array(single ? expectedTrajectory.rows(0, 1) : expectedTrajectory.row(0));
        if (golden.has("latent0") && startLatent != null) {
            cases.compare("latent0", startLatent.toFloatArray(), VAE_MEAN);
        } else {
            cases.input("latent0");
        }
        NDArray captionEmbedding = diffusion.embed(scope, captions);
        NDArray emptyEmbedding = diffusion.embed(scope, captions.stream().map(caption -> "").toList());
        if (golden.has("context")) {
            cases.compare("context", ModelUnderTest.values(List.of(emptyEmbedding, captionEmbedding)), TEXT);
        }
        Conditioning caption = diffusion.condition(scope, captionEmbedding);
        Conditioning empty = diffusion.condition(scope, emptyEmbedding);
        Denoiser unet = new Denoiser(diffusion);
        Trajectory trajectory = DdimInversion.invert(scope, unet, steps, start, caption);
        cases.compare("ddim_traj", ModelUnderTest.values(trajectory.latents()), LATENT);
        if (golden.has("ddim_traj_unet_level")) {
            cases.compare("ddim_traj_unet_level", atUNetLevel(unet, steps, start, caption), LATENT);
        }
        Inversion inversion = new Inversion(steps, trajectory, caption, () -> empty);
        RECONSTRUCTIONS.forEach((name, method) -> {
            if (golden.has(name)) {
                double guidance = golden.parameter(name, "guidance_scale").asDouble(7.5);
                Trajectory result =
                        method.reconstruction().reconstruct(scope, unet, inversion, guidance).trajectory();
                boolean withStart = golden.read(name).shape()[0] == count + 1;
                List<NDArray> latents = result.latents().subList(withStart ? 0 : 1, count + 1);
                cases.compare(name, ModelUnderTest.values(latents), LATENT);
                String image = name + "_" + count + ".image";
                if (golden.has(image)) {
                    NDArray decoded = diffusion.decode(scope, result.last());
                    cases.compare(image, decoded.div(2).add(0.5f).clip(0, 1).toFloatArray(), LATENT);
                }
            }
        });
        for (String name : golden.names()) {
            if (name.startsWith("npi_slerp_")) {
                double fraction = Double.parseDouble(name.substring("npi_slerp_".length()));
                float[] mixed = SphericalInterpolation.between(
                        captionEmbedding.toFloatArray(), emptyEmbedding.toFloatArray(), fraction);
                cases.compare(name, mixed, TEXT);
            }
        }
    }

    /** The trajectory with velocity turned to noise at the level of the UNet's timestep. */
    private float[] atUNetLevel(Denoiser unet, List<Step> steps, NDArray start, Conditioning caption) {
        List<NDArray> latents = new ArrayList<>(List.of(start));
        NDArray z = start;
        for (int i = steps.size() - 1; i >= 0; i--) {
            Step step = steps.get(i);
            NDArray prediction = unet.predict(model.scope(), z, step, caption);
            z = unet.move(model.scope(), z, prediction, step.invert(step.alpha()));
            latents.add(z);
        }
        return ModelUnderTest.values(latents);
    }
}
