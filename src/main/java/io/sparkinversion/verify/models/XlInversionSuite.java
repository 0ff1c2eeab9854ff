package io.sparkinversion.verify.models;

import ai.djl.ndarray.NDArray;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.inversion.BatchRows;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Guidance;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.inversion.Trajectory;
import io.sparkinversion.verify.FinalImages;
import io.sparkinversion.verify.GoldenFile;
import io.sparkinversion.verify.GoldenFile.Golden;
import io.sparkinversion.verify.GoldenFolder;
import io.sparkinversion.verify.ModelUnderTest;
import io.sparkinversion.verify.Rows;
import io.sparkinversion.verify.Source;
import io.sparkinversion.verify.Suite;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Inversion and sampling with a Stable Diffusion XL model, by the product's own methods. */
record XlInversionSuite(XlModel model, GoldenFolder folder, String file) implements Suite {
    private static final double LATENT = 1e-3;
    private static final double GUIDED = 2e-3;
    private static final double VAE_MEAN = 3e-3;
    private static final String START = "latent0";
    private static final String CONTEXT = "context";
    private static final String POOLED = "text_embeds";
    private static final String TRAJECTORY = "ddim_traj";

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input(START, "rect." + START);
        Run run = new Run(golden, cases);
        for (String name : golden.names()) {
            cases.run(() -> run.verify(name), name);
        }
    }

    /** The cases of one file; what several share is computed once. */
    private final class Run {
        private final GoldenFile golden;
        private final Cases cases;
        private final Denoiser unet = new Denoiser(model.model());
        private final List<Step> steps;
        private final Conditioning caption;
        private Trajectory inverted;

        private Run(GoldenFile golden, Cases cases) {
            this.golden = golden;
            this.cases = cases;
            this.steps = model.model().schedule().steps(new Source(model.loaded(), folder, file).steps(golden));
            String prompt = folder.caption(file)
                    .orElseThrow(() -> new IllegalArgumentException("index.json gives no source prompt"));
            this.caption = model.condition(List.of(prompt));
        }

        private void verify(String name) {
            switch (name) {
                case START, "rect." + START -> encoded(name);
                case "timesteps" -> {
                    float[] timesteps = new float[steps.size()];
                    steps.forEach(step -> timesteps[step.index()] = step.timestep());
                    cases.exact(name, timesteps);
                }
                case "time_ids" -> {
                    long[] latent = start().shape();
                    float height = latent[2] * model.model().downsampling();
                    float width = latent[3] * model.model().downsampling();
                    cases.exact(name, new float[] {height, width, 0, 0, height, width});
                }
                case CONTEXT -> {
                    float[] both = joined(model.states(nothing().embedding()), model.states(caption.embedding()));
                    cases.compare(name, both, XlTextSuite.TOLERANCE);
                }
                case POOLED -> {
                    float[] both = joined(model.pooled(nothing().embedding()), model.pooled(caption.embedding()));
                    cases.compare(name, both, XlTextSuite.TOLERANCE);
                }
                case TRAJECTORY ->
                    cases.compare(name, ModelUnderTest.values(inverted().latents()), LATENT);
                case "xT" -> compareLast(name, inverted(), LATENT);
                case "mid" ->
                    cases.compare(
                            name, inverted().latents().get(steps.size() / 2).toFloatArray(), LATENT);
                case "ddim_traj_g2" -> compareLast(name, guidedInversion(golden.guidance(name)), LATENT);
                case "ddim_traj_ids1024" -> compareLast(name, inversionOfSizes(sizes(name)), LATENT);
                case "rect.xT" -> compareLast(name, invert(rectangle()), LATENT);
                case "rect.recon_npi_final" -> {
                    Trajectory back = reconstruct(Method.NEGATIVE_PROMPT, invert(rectangle()), nothing(), name);
                    compareLast(name, back, LATENT);
                }
                default -> sampled(name);
            }
        }

        private void sampled(String name) {
            String run = FinalImages.run(name).replaceFirst("_final$", "");
            if (run.startsWith("npi_swap")) {
                swapped(name);
                return;
            }
            Optional<Trajectory> result =
                    switch (run) {
                        case "recon_g1" -> Optional.of(reconstruct(Method.DDIM, inverted(), nothing(), run));
                        case "recon_cfg" -> Optional.of(reconstruct(Method.DDIM_CFG, inverted(), nothing(), run));
                        case "recon_cfg_encoded_empty" ->
                            Optional.of(reconstruct(Method.DDIM_CFG, inverted(), model.condition(List.of("")), run));
                        case "recon_npi" ->
                            Optional.of(reconstruct(Method.NEGATIVE_PROMPT, inverted(), nothing(), run));
                        default -> Optional.empty();
                    };
            result.ifPresent(trajectory -> {
                double tolerance = run.equals("recon_g1") || run.equals("recon_npi") ? LATENT : GUIDED;
                if (FinalImages.isOne(name)) {
                    image(name, trajectory.last(), tolerance);
                } else {
                    cases.compare(name, Rows.of(trajectory, golden.shape(name)[0]), tolerance);
                }
            });
        }

        /** The source and the edit from the same noise, the source's prompt as the negative one of both. */
        private void swapped(String name) {
            String run = name.substring(0, name.indexOf('.'));
            List<String> prompts = golden.prompts(run + ".latents");
            NDArray both = model.embed(prompts);
            switch (name.substring(run.length() + 1)) {
                case CONTEXT -> cases.compare(name, model.states(both), XlTextSuite.TOLERANCE);
                case POOLED -> cases.compare(name, model.pooled(both), XlTextSuite.TOLERANCE);
                case "images" -> image(name, swap(run, both, prompts).last(), GUIDED);
                case "latents" -> cases.compare(name, Rows.of(swap(run, both, prompts), golden.shape(name)[0]), GUIDED);
                default -> {}
            }
        }

        private Trajectory swap(String run, NDArray both, List<String> prompts) {
            NDArray source = model.embed(List.of(prompts.get(0), prompts.get(0)));
            NDArray positive = both;
            if (run.endsWith("pooled_kept")) {
                NDArray states = both.get(":, :-1");
                NDArray pooled = source.get(":, -1, :" + model.width());
                positive = model.model().embedding(model.scope(), states, pooled);
            }
            Guidance guidance = Guidance.of(
                    model.scope(),
                    model.model().condition(model.scope(), source),
                    model.model().condition(model.scope(), positive),
                    golden.guidance(run + ".latents"));
            NDArray noise = inverted().last();
            NDArray z = BatchRows.join(model.scope(), noise, noise);
            return walk(
                    z,
                    steps,
                    (latent, step) -> unet.move(
                            model.scope(),
                            latent,
                            guidance.predict(model.scope(), unet, latent, step),
                            step.denoise()));
        }

        private Conditioning nothing() {
            return model.model().condition(model.scope(), model.model().embedNothing(model.scope(), 1, 1));
        }

        private Trajectory inverted() {
            if (inverted == null) {
                inverted = invert(model.loaded().array(start()));
            }
            return inverted;
        }

        /** The file's, or another file's of the folder. */
        private Golden start() {
            if (golden.has(START)) {
                return golden.read(START);
            }
            return folder.files().stream()
                    .flatMap(other -> folder.tensor(other, START).stream())
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no file of the folder has " + START));
        }

        private NDArray rectangle() {
            return model.loaded().array(golden.read("rect." + START));
        }

        private Trajectory invert(NDArray latent) {
            return DdimInversion.invert(model.scope(), unet, steps, latent, caption);
        }

        private Trajectory guidedInversion(double scale) {
            Guidance guidance = Guidance.of(model.scope(), nothing(), caption, scale);
            return walk(
                    model.loaded().array(start()),
                    backwards(),
                    (latent, step) -> unet.move(
                            model.scope(), latent, guidance.predict(model.scope(), unet, latent, step), step.invert()));
        }

        private Trajectory inversionOfSizes(float[] sizes) {
            return walk(model.loaded().array(start()), backwards(), (latent, step) -> {
                NDArray prediction =
                        model.model().predict(model.scope(), latent, new int[] {step.timestep()}, caption, sizes);
                return unet.move(model.scope(), latent, prediction, step.invert());
            });
        }

        private List<Step> backwards() {
            List<Step> backwards = new ArrayList<>(steps);
            Collections.reverse(backwards);
            return backwards;
        }

        private float[] sizes(String name) {
            float[] sizes = new float[6];
            for (int i = 0; i < sizes.length; i++) {
                sizes[i] = (float) golden.parameter(name, "time_ids").path(i).asDouble(Double.NaN);
            }
            return sizes;
        }

        private Trajectory reconstruct(Method method, Trajectory from, Conditioning negative, String run) {
            Inversion inversion = new Inversion(steps, from, caption, () -> negative);
            return method.reconstruction()
                    .reconstruct(model.scope(), unet, inversion, golden.guidance(run))
                    .trajectory();
        }

        private void encoded(String name) {
            new Source(model.loaded(), folder, file)
                    .encoded(golden.shape(name))
                    .ifPresent(latent -> cases.compare(name, latent.toFloatArray(), VAE_MEAN));
        }

        private void compareLast(String name, Trajectory trajectory, double tolerance) {
            cases.compare(name, trajectory.last().toFloatArray(), tolerance);
        }

        private void image(String name, NDArray latents, double tolerance) {
            cases.compare(name, FinalImages.unit(model.model().decode(model.scope(), latents)), tolerance);
        }
    }

    private interface Move {
        NDArray apply(NDArray latent, Step step);
    }

    private static Trajectory walk(NDArray start, List<Step> steps, Move move) {
        List<NDArray> latents = new ArrayList<>(List.of(start));
        for (Step step : steps) {
            latents.add(move.apply(latents.get(latents.size() - 1), step));
        }
        return new Trajectory(latents);
    }

    private static float[] joined(float[] first, float[] second) {
        float[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
