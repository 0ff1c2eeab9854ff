package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.inversion.SphericalInterpolation;
import io.sparkinversion.inversion.Trajectory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** DDIM inversion and the reconstructions that need no optimisation. */
record InversionSuite(Source source) implements Suite {
    private static final double TABLE = 0;
    private static final double TEXT = 2e-5;
    private static final double VAE_MEAN = 2e-3;
    private static final double LATENT = 1e-3;
    private static final String UNET_LEVEL = "ddim_traj_unet_level";
    private static final String CONTEXT = "context";
    private static final String INTERPOLATED = "npi_slerp_";
    private static final Pattern NAMED_SCALE = Pattern.compile("recon_(?:g|cfg_g?)(\\d+(?:\\.\\d+)?)");
    private static final String PLAIN = "recon_g";
    /** By the beginning of their names; the scale of guidance is the index's. */
    private static final Map<String, Method> RECONSTRUCTIONS = new LinkedHashMap<>();

    static {
        RECONSTRUCTIONS.put("recon_cfg", Method.DDIM_CFG);
        RECONSTRUCTIONS.put("recon_npi", Method.NEGATIVE_PROMPT);
        RECONSTRUCTIONS.put("recon_direct", Method.of("direct"));
    }

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input(Source.LATENT);
        List<Step> steps = source.schedule(golden);
        cases.run(() -> latent(golden, cases), Source.LATENT);
        if (golden.has("timesteps")) {
            cases.run(
                    () -> {
                        float[] timesteps = new float[steps.size()];
                        steps.forEach(step -> timesteps[step.index()] = step.timestep());
                        cases.compare("timesteps", timesteps, TABLE);
                    },
                    "timesteps");
        }
        int images = images(golden);
        cases.input(CONTEXT);
        cases.run(() -> text(golden, images, cases), CONTEXT);
        String[] tensors = golden.names().stream()
                .filter(name -> name.startsWith(Source.TRAJECTORY)
                        || method(FinalImages.run(name)).isPresent())
                .toArray(String[]::new);
        if (tensors.length > 0) {
            cases.run(() -> inversion(golden, images, steps, cases), tensors);
        }
    }

    /** By the name of its latents. */
    private static Optional<Method> method(String run) {
        if (run.matches(PLAIN + "[\\d.]+(_.*)?")) {
            return Optional.of(run.matches(PLAIN + "1(\\.0)?(_.*)?") ? Method.DDIM : Method.DDIM_CFG);
        }
        return RECONSTRUCTIONS.entrySet().stream()
                .filter(entry -> run.equals(entry.getKey()) || run.startsWith(entry.getKey() + "_"))
                .map(Map.Entry::getValue)
                .findFirst()
                .or(() -> run.equals("direct") ? Optional.of(Method.of("direct")) : Optional.empty());
    }

    private static double guidance(GoldenFile golden, String run) {
        Matcher named = NAMED_SCALE.matcher(run);
        return golden.parameter(run, "guidance_scale").isMissingNode() && named.matches()
                ? Double.parseDouble(named.group(1))
                : golden.guidance(run);
    }

    private static int images(GoldenFile golden) {
        boolean batch = golden.has(Source.TRAJECTORY) && golden.shape(Source.TRAJECTORY).length == 5;
        return batch ? (int) golden.shape(Source.TRAJECTORY)[1] : 1;
    }

    /** The VAE's latent, where the folder has the image. */
    private void latent(GoldenFile golden, Cases cases) {
        if (golden.has(Source.LATENT)) {
            Optional<NDArray> encoded = source.encoded(golden.shape(Source.LATENT));
            encoded.ifPresent(latent -> cases.compare(Source.LATENT, latent.toFloatArray(), VAE_MEAN));
        }
    }

    private void text(GoldenFile golden, int images, Cases cases) {
        if (!golden.has(CONTEXT) && golden.names().stream().noneMatch(name -> name.startsWith(INTERPOLATED))) {
            return;
        }
        NDArray captions = source.caption(golden, images).embedding();
        NDArray empty = source.empty(images).embedding();
        if (golden.has(CONTEXT) && source.hasCaptions(images)) {
            cases.compare(CONTEXT, ModelUnderTest.values(List.of(empty, captions)), TEXT);
        }
        for (String name : golden.names()) {
            if (name.startsWith(INTERPOLATED)) {
                cases.run(
                        () -> {
                            double fraction = Double.parseDouble(name.substring(INTERPOLATED.length()));
                            float[] mixed = SphericalInterpolation.between(
                                    captions.toFloatArray(), empty.toFloatArray(), fraction);
                            cases.compare(name, mixed, TEXT);
                        },
                        name);
            }
        }
    }

    private void inversion(GoldenFile golden, int images, List<Step> steps, Cases cases) {
        NDManager scope = source.model().scope();
        NDArray start =
                golden.has(Source.LATENT) ? source.model().array(golden.read(Source.LATENT)) : source.start(golden);
        Conditioning caption = source.caption(golden, images);
        Denoiser unet = new Denoiser(source.model().model());
        Trajectory trajectory = DdimInversion.invert(scope, unet, steps, start, caption);
        if (golden.has(Source.TRAJECTORY)) {
            cases.compare(Source.TRAJECTORY, ModelUnderTest.values(trajectory.latents()), LATENT);
        }
        if (golden.has(UNET_LEVEL)) {
            cases.run(() -> cases.compare(UNET_LEVEL, atUNetLevel(unet, steps, start, caption), LATENT), UNET_LEVEL);
        }
        Inversion inversion = new Inversion(steps, trajectory, caption, () -> source.empty(images));
        Set<String> runs = new TreeSet<>();
        golden.names().forEach(name -> runs.add(FinalImages.run(name)));
        for (String run : runs) {
            method(run)
                    .ifPresent(method -> cases.run(
                            () -> reconstruction(golden, run, method, unet, inversion, cases),
                            Stream.concat(Stream.of(run), FinalImages.names(golden, run).stream())
                                    .toArray(String[]::new)));
        }
    }

    private void reconstruction(
            GoldenFile golden, String name, Method method, Denoiser unet, Inversion inversion, Cases cases) {
        Trajectory result = method.reconstruction()
                .reconstruct(source.model().scope(), unet, inversion, guidance(golden, name))
                .trajectory();
        if (golden.has(name)) {
            cases.compare(name, Rows.of(result, golden.shape(name)[0]), LATENT);
        }
        FinalImages.compare(source.model(), golden, cases, name, result.last(), LATENT);
    }

    /** The trajectory with velocity turned to noise at the level of the UNet's timestep. */
    private float[] atUNetLevel(Denoiser unet, List<Step> steps, NDArray start, Conditioning caption) {
        NDManager scope = source.model().scope();
        List<NDArray> latents = new ArrayList<>(List.of(start));
        NDArray z = start;
        for (int i = steps.size() - 1; i >= 0; i--) {
            Step step = steps.get(i);
            NDArray prediction = unet.predict(scope, z, step, caption);
            z = unet.move(scope, z, prediction, step.invert(step.alpha()));
            latents.add(z);
        }
        return ModelUnderTest.values(latents);
    }
}
