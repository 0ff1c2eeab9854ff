package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.inversion.CoupledInversion;
import io.sparkinversion.inversion.CoupledInversion.CoupledSettings;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.EdictInversion;
import io.sparkinversion.inversion.Guidance;
import io.sparkinversion.inversion.GuidedBranches;
import io.sparkinversion.inversion.LatentPair;
import io.sparkinversion.inversion.ObelmInversion;
import io.sparkinversion.inversion.ObelmInversion.Grid;
import io.sparkinversion.inversion.Trajectory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * EDICT and O-BELM: the files {@code edictN} and {@code obelmN}, with several settings each, told apart by a prefix
 * such as {@code s0.8.}: the steps' timesteps, the inversion, and from its end the source prompt's and another's
 * sampling.
 */
record CoupledSuite(Source source) implements Suite {
    private static final double LATENT = 1e-3;
    private static final double AMPLIFIED = 2e-3;
    private static final double TEXT = 2e-5;
    private static final Set<String> QUANTITIES = Set.of("timesteps", "inv", "recon", "edit");
    private static final double MIXING = 0.93;

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input(Source.LATENT);
        if (golden.has("context")) {
            cases.run(
                    () -> {
                        List<String> prompts = golden.prompts("context", "context", (int) golden.shape("context")[0]);
                        ModelUnderTest model = source.model();
                        cases.compare(
                                "context",
                                model.model().embed(model.scope(), prompts).toFloatArray(),
                                TEXT);
                    },
                    "context");
        }
        Set<String> groups = new TreeSet<>();
        for (String name : golden.names()) {
            int dot = name.lastIndexOf('.');
            if (dot > 0 && QUANTITIES.contains(name.substring(dot + 1))) {
                groups.add(name.substring(0, dot));
            }
        }
        for (String group : groups) {
            String[] tensors =
                    QUANTITIES.stream().map(quantity -> group + "." + quantity).toArray(String[]::new);
            cases.run(() -> new Run(golden, cases, group).verify(), tensors);
        }
    }

    private final class Run {
        private final GoldenFile golden;
        private final Cases cases;
        private final String group;
        private final String inversion;
        private final boolean edict;
        private final Denoiser unet = new Denoiser(source.model().model());
        private final NDManager scope = source.model().scope();

        private Run(GoldenFile golden, Cases cases, String group) {
            this.golden = golden;
            this.cases = cases;
            this.group = group;
            this.inversion = group + ".inv";
            this.edict = golden.name().startsWith("edict");
        }

        private void verify() {
            List<Step> all = edict ? edictSchedule() : obelmSchedule();
            List<Step> steps = edict ? lastPart(all) : all.subList(freeze(), all.size());
            String timesteps = group + ".timesteps";
            if (golden.has(timesteps)) {
                List<Step> listed = new ArrayList<>(edict ? steps : all);
                if (edict) {
                    // In the order of the inversion.
                    Collections.reverse(listed);
                }
                float[] values = new float[listed.size()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = listed.get(i).timestep();
                }
                cases.exact(timesteps, values);
            }
            double guidance = guidance();
            CoupledInversion method = edict
                    ? new EdictInversion(
                            golden.parameter(inversion, "mix_weight").asDouble(MIXING), CoupledSettings.npi(guidance))
                    : new ObelmInversion(CoupledSettings.npi(guidance), true, Grid.LEADING);
            NDArray start = source.start(golden);
            GuidedBranches captions = branches(prompt(inversion), guidance);
            if (golden.has(inversion)) {
                cases.run(
                        () -> cases.compare(inversion, inverted(method, captions, steps, start), tolerance()),
                        inversion);
            }
            LatentPair noiseEnd = method.invert(scope, unet, captions, steps, start);
            for (String quantity : List.of("recon", "edit")) {
                String name = group + "." + quantity;
                if (golden.has(name)) {
                    cases.run(
                            () -> {
                                GuidedBranches prompted = branches(prompt(name), guidance);
                                cases.compare(name, sampled(method, prompted, steps, noiseEnd), tolerance());
                            },
                            name);
                }
            }
        }

        /** O-BELM's inversion on its authors' grid amplifies errors about 200 times. */
        private double tolerance() {
            boolean linspace = golden.parameter(inversion, "grid").asText("").startsWith("linspace");
            return !edict && linspace && freeze() == 0 ? AMPLIFIED : LATENT;
        }

        /** Without one, the source's: an edit must have its own. */
        private String prompt(String name) {
            String given = golden.parameter(name, "prompt").asText(null);
            if (given != null) {
                return given;
            }
            if (name.endsWith(".edit")) {
                throw new IllegalArgumentException("index.json gives no prompt for it");
            }
            return source.captions(1).get(0);
        }

        private double guidance() {
            double authors = edict ? 3 : 1;
            return golden.parameter(inversion, "guidance_scale").asDouble(authors);
        }

        private int freeze() {
            return golden.parameter(inversion, "freeze_step").asInt(0);
        }

        private GuidedBranches branches(String prompt, double scale) {
            Conditioning positive = source.model().model().condition(scope, List.of(prompt));
            Guidance guidance = Guidance.of(scope, source.empty(1), positive, scale);
            return (owner, latents, step) -> guidance.predict(owner, unet, latents, step);
        }

        private List<Step> edictSchedule() {
            NoiseSchedule schedule = source.model().model().schedule();
            JsonNode offset = golden.parameter(inversion, "steps_offset");
            return (offset.isInt() ? schedule.withStepsOffset(offset.asInt()) : schedule).steps(count());
        }

        private int count() {
            JsonNode given = golden.parameter(inversion, "steps");
            return given.isInt() ? given.asInt() : source.steps(golden);
        }

        /** The steps that are run are counted from the first of them. */
        private List<Step> lastPart(List<Step> all) {
            int count =
                    (int) (all.size() * golden.parameter(inversion, "strength").asDouble(1));
            List<Step> counted = new ArrayList<>();
            for (Step step : all.subList(all.size() - count, all.size())) {
                counted.add(step.withIndex(counted.size()));
            }
            return counted;
        }

        /** O-BELM's authors end at the image without noise, whatever the schedule ends at. */
        private List<Step> obelmSchedule() {
            boolean linspace =
                    golden.parameter(inversion, "grid").asText("leading").startsWith("linspace");
            NoiseSchedule schedule = source.model().model().schedule();
            List<Step> steps = new ArrayList<>(linspace ? schedule.linspaceSteps(count()) : schedule.steps(count()));
            double end = golden.parameter(inversion, "alpha_0").asDouble(1);
            steps.add(steps.remove(steps.size() - 1).withAlphaPrevious(end));
            return steps;
        }

        /**
         * The state after every step. The method tells that of the last one only, so it is run up to each: of EDICT the
         * pair, of O-BELM the image, then the noisier latent.
         */
        private float[] inverted(CoupledInversion method, GuidedBranches branches, List<Step> steps, NDArray start) {
            List<NDArray> rows = new ArrayList<>();
            if (!edict) {
                rows.add(start);
            }
            for (int from = steps.size() - 1; from >= 0; from--) {
                List<Step> walked = steps.subList(from, steps.size());
                LatentPair pair = method.invert(scope, unet, branches, walked, start);
                rows.add(
                        single(pair.first(), edict ? 1 : Math.sqrt(walked.get(0).alpha())));
                if (edict) {
                    rows.add(single(pair.second(), 1));
                }
            }
            return ModelUnderTest.values(rows);
        }

        private float[] sampled(
                CoupledInversion method, GuidedBranches branches, List<Step> steps, LatentPair noiseEnd) {
            if (!edict) {
                return ModelUnderTest.values(
                        method.sample(scope, unet, branches, steps, noiseEnd).latents());
            }
            List<NDArray> rows = new ArrayList<>();
            Trajectory result = method.sample(
                    scope,
                    unet,
                    new GuidedBranches() {
                        @Override
                        public NDArray predict(NDManager owner, NDArray latents, Step step) {
                            return branches.predict(owner, latents, step);
                        }

                        @Override
                        public NDArray afterStep(NDManager owner, NDArray latents, Step step) {
                            rows.add(single(latents, 1));
                            return latents;
                        }
                    },
                    steps,
                    noiseEnd);
            if (rows.size() != 2 * (result.latents().size() - 1)) {
                throw new IllegalStateException("a step of EDICT is of " + rows.size() + " latents, not of a pair");
            }
            return ModelUnderTest.values(rows);
        }

        private NDArray single(NDArray latent, double factor) {
            NDArray scaled = latent.mul(factor).toType(DataType.FLOAT32, true);
            scaled.attach(scope);
            return scaled;
        }
    }
}
