package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.NullText;
import io.sparkinversion.inversion.NullTextInversion;
import io.sparkinversion.inversion.NullTextInversion.Start;
import io.sparkinversion.inversion.Reconstructed;
import io.sparkinversion.inversion.Trajectory;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Null-text inversion: losses, counts and embeddings of the optimisation, and the latents that it walks through. A file
 * may hold several runs, told apart by a prefix such as {@code a.}.
 *
 * <p>Every step is compared from the state that the reference had reached before it. Adam divides gradients by their
 * own size, so a rounding error in an entry that hardly matters moves it as far as one that does, and the next step
 * starts from there: over a run errors grow exponentially. With tiny-sd15, two runs of 50 steps whose start differs by
 * 1e-7 are 3e-6 apart after the first step and 0.14 after the last, while no single step is off the reference by more
 * than 3e-6. Runs of up to {@value #STEPS_BEFORE_ROUNDING_SHOWS} steps are compared as a whole besides, under the names
 * that end in {@code whole_run}.
 */
record NullTextSuite(Source source) implements Suite {
    private static final int STEPS_BEFORE_ROUNDING_SHOWS = 10;
    private static final double LOSS = 2e-3;
    private static final double LATENT = 1e-2;
    /** Of the root mean square: single entries are decided by rounding. */
    private static final double EMBEDDING = 1e-2;

    private static final int INNER_STEPS = 10;
    private static final float NOT_RUN = -1;
    static final String EMBEDDINGS = "nti_uncond";
    private static final String LOSSES = "nti_losses";
    private static final String COUNTS = "nti_inner_counts";
    private static final String LATENTS = "recon_nti";

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        for (String name : golden.names()) {
            if (name.endsWith(EMBEDDINGS)) {
                String prefix = name.substring(0, name.length() - EMBEDDINGS.length());
                String[] tensors = golden.names().stream()
                        .filter(tensor -> tensor.startsWith(prefix + "nti_") || tensor.startsWith(prefix + LATENTS))
                        .toArray(String[]::new);
                cases.run(() -> new Run(golden, cases, prefix).verify(), tensors);
            }
        }
    }

    /** What was optimised, over some steps. */
    private record Result(List<float[]> losses, List<NDArray> embeddings, List<NDArray> latents) {}

    private final class Run {
        private final GoldenFile golden;
        private final Cases cases;
        private final String prefix;
        private final NullTextInversion method;
        private final double guidance;
        private final List<Step> steps;
        private final Conditioning captioned;
        private final Trajectory trajectory;
        private final ModelUnderTest model = source.model();
        private final NDManager scope = model.scope();

        private Run(GoldenFile golden, Cases cases, String prefix) {
            this.golden = golden;
            this.cases = cases;
            this.prefix = prefix;
            String parameters = prefix + EMBEDDINGS;
            int innerSteps = golden.parameter(parameters, "inner_steps").asInt(columns(golden, prefix));
            double earlyStop =
                    golden.parameter(parameters, "early_stop_epsilon").asDouble(1e-5);
            this.method = new NullTextInversion(Start.EMPTY, innerSteps, earlyStop);
            this.guidance = golden.guidance(parameters);
            this.trajectory = source.trajectory(golden);
            this.steps = model.model().schedule().steps(trajectory.latents().size() - 1);
            this.captioned = source.caption(golden, 1);
        }

        /** Of the losses, one an inner step. */
        private static int columns(GoldenFile golden, String prefix) {
            return golden.has(prefix + LOSSES) ? (int) golden.shape(prefix + LOSSES)[1] : INNER_STEPS;
        }

        private void verify() {
            Result stepwise = stepwise();
            compare(stepwise, "");
            NDArray last = stepwise.latents().get(steps.size() - 1);
            FinalImages.compare(model, golden, cases, prefix + LATENTS, last, LATENT);
            if (steps.size() <= STEPS_BEFORE_ROUNDING_SHOWS) {
                Conditioning empty = model.model().condition(scope, List.of(""));
                compare(optimise(steps, trajectory.latents(), empty), " whole_run");
            }
        }

        private Result stepwise() {
            Golden embeddings = golden.read(prefix + EMBEDDINGS);
            Golden latents = golden.read(prefix + LATENTS);
            Result all = new Result(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            NDArray embedding = model.model().embed(scope, List.of(""));
            NDArray latent = state(steps.size());
            for (int i = 0; i < steps.size(); i++) {
                List<NDArray> ends = List.of(state(steps.size() - 1 - i), latent);
                Conditioning before = model.model().condition(scope, embedding);
                Result one = optimise(steps.subList(i, i + 1), ends, before);
                all.losses().addAll(one.losses());
                all.embeddings().addAll(one.embeddings());
                all.latents().addAll(one.latents());
                embedding = model.array(embeddings.rows(i, i + 1));
                latent = model.array(latents.rows(i, i + 1));
            }
            return all;
        }

        /**
         * @param latents of the inversion, the cleanest first
         * @param start the embedding to start from
         */
        private Result optimise(List<Step> some, List<NDArray> latents, Conditioning start) {
            Inversion inversion = new Inversion(some, new Trajectory(latents), captioned, () -> start);
            Reconstructed result = method.reconstruct(scope, new Denoiser(model.model()), inversion, guidance);
            NullText nullText = result.nullText().orElseThrow();
            List<NDArray> reached = result.trajectory().latents();
            return new Result(List.of(nullText.losses()[0]), nullText.embeddings(), reached.subList(1, reached.size()));
        }

        private void compare(Result result, String suffix) {
            int columns = columns(golden, prefix);
            float[] losses = new float[steps.size() * columns];
            float[] counts = new float[steps.size()];
            Arrays.fill(losses, NOT_RUN);
            for (int i = 0; i < steps.size(); i++) {
                float[] step = result.losses().get(i);
                counts[i] = step.length;
                System.arraycopy(step, 0, losses, i * columns, Math.min(columns, step.length));
            }
            if (golden.has(prefix + LOSSES)) {
                cases.relative(prefix + LOSSES, suffix, losses, LOSS);
            }
            if (golden.has(prefix + COUNTS)) {
                cases.compare(prefix + COUNTS, suffix, counts, 0);
            }
            cases.rootMeanSquare(prefix + EMBEDDINGS, suffix, ModelUnderTest.values(result.embeddings()), EMBEDDING);
            cases.compare(prefix + LATENTS, suffix, ModelUnderTest.values(result.latents()), LATENT);
        }

        private NDArray state(int level) {
            return trajectory.latents().get(level);
        }
    }
}
