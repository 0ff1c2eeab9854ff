package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.editing.BlendMask;
import io.sparkinversion.editing.UnifiedAlignment;
import io.sparkinversion.editing.UnifiedAttention;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.GuidedBranches;
import io.sparkinversion.inversion.PlainBranches;
import io.sparkinversion.inversion.VirtualInversion;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * InfEdit from given noises, each run with a name of its own: the branches' latents ({@code NAME.xs}, {@code .xt},
 * {@code .xm}), the target's estimates ({@code .pred}) and, with unified attention control, the tokens' alignment and the
 * masks. The files {@code ddcmN}.
 */
record VirtualSuite(Source source) implements Suite {
    private static final double LATENT = 1e-3;
    private static final double TABLE = 1e-6;
    private static final double MARGIN = 1e-4;
    private static final String NOISE = "noise";
    private static final String PREDICTION = ".pred";

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input(Source.LATENT, NOISE);
        Set<String> runs = new TreeSet<>();
        for (String name : golden.names()) {
            if (name.endsWith(PREDICTION)) {
                runs.add(name.substring(0, name.length() - PREDICTION.length()));
            }
        }
        for (String run : runs) {
            String[] tensors = golden.names().stream()
                    .filter(name -> name.startsWith(run + "."))
                    .toArray(String[]::new);
            cases.run(() -> new Run(golden, run, cases).verify(), tensors);
        }
    }

    private final class Run implements GuidedBranches {
        private final GoldenFile golden;
        private final String run;
        private final Cases cases;
        private final NDManager scope = source.model().scope();
        private final Denoiser unet = new Denoiser(source.model().model());
        private final List<BlendMask> masks = new ArrayList<>();
        private final List<Double> thresholds = new ArrayList<>();
        private GuidedBranches branches;

        private Run(GoldenFile golden, String run, Cases cases) {
            this.golden = golden;
            this.run = run;
            this.cases = cases;
        }

        private JsonNode parameter(String name) {
            return golden.parameter(run + PREDICTION, name);
        }

        private void verify() {
            int count = source.steps(golden);
            int walked = (int) golden.shape(run + PREDICTION)[0];
            double strength = walked == count ? 1 : (walked + 0.5) / count;
            VirtualInversion method =
                    new VirtualInversion(1, strength, parameter("eta").asDouble(1), 0);
            List<Step> all = parameter("grid").asText("").startsWith("LCM")
                    ? VirtualInversion.consistencySteps(source.model().model().schedule(), count)
                    : source.schedule(golden);
            List<Step> steps = method.sampled(all);
            Golden noise = golden.read(NOISE);
            int rows = branches(count, count - walked);
            VirtualInversion.Run result = method.sample(
                    scope,
                    unet,
                    steps,
                    source.start(golden),
                    rows,
                    branches instanceof UnifiedAttention ? UnifiedAttention.MUTUAL : 0,
                    (owner, draw) -> source.model().array(noise.rows(draw, draw + 1)),
                    this);
            compare("pred", result.clean(), 1);
            compare("xs", result.latents(), 0);
            compare("xt", result.latents(), 1);
            compare("xm", result.latents(), 2);
            if (branches instanceof UnifiedAttention unified) {
                unified(unified.alignment(0));
            }
        }

        /** How many there are. */
        private int branches(int count, int skipped) {
            String prompt = parameter("source").asText();
            String target = parameter("target").asText();
            double ofSource = parameter("g_source").asDouble(1);
            double ofTarget = parameter("g_target").asDouble();
            if (parameter("cross_replace").isMissingNode()) {
                NDArray scales = scope.create(new float[] {(float) ofSource, (float) ofTarget}, new Shape(2, 1, 1, 1));
                branches = PlainBranches.of(
                                scope,
                                unet,
                                source.empty(2),
                                source.model().model().condition(scope, List.of(prompt, target)))
                        .guided(scales);
                return 2;
            }
            UnifiedAttention.Settings settings = new UnifiedAttention.Settings(
                    parameter("cross_replace").asDouble(),
                    parameter("self_replace").asDouble(),
                    parameter("thresh_e").asDouble());
            branches = new UnifiedAttention(
                    scope,
                    unet,
                    List.of(new UnifiedAttention.Edit(
                            prompt, target, parameter("local").asText())),
                    settings,
                    count,
                    skipped,
                    ofSource,
                    ofTarget);
            return UnifiedAttention.BRANCHES;
        }

        @Override
        public NDArray predict(NDManager owner, NDArray latents, Step step) {
            return branches.predict(owner, latents, step);
        }

        @Override
        public NDArray afterStep(NDManager owner, NDArray latents, Step step) {
            NDArray result = branches.afterStep(owner, latents, step);
            if (branches instanceof UnifiedAttention unified
                    && !unified.lastMasks().isEmpty()) {
                masks.addAll(unified.lastMasks());
                thresholds.add(unified.threshold(step));
            }
            return result;
        }

        private void compare(String quantity, List<NDArray> latents, int branch) {
            String name = run + "." + quantity;
            if (golden.has(name)) {
                List<NDArray> rows = latents.stream()
                        .map(each -> each.get(branch + ":" + (branch + 1)))
                        .toList();
                cases.compare(name, ModelUnderTest.values(rows), LATENT);
            }
        }

        private void unified(UnifiedAlignment alignment) {
            float[] sources = new float[alignment.sources().length];
            for (int token = 0; token < sources.length; token++) {
                sources[token] = alignment.sources()[token];
            }
            exact("mapper", sources);
            exact("alphas", alignment.aligned());
            exact("alpha_e", alignment.blended());
            if (golden.has(run + ".thresh_e")) {
                float[] values = new float[thresholds.size()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = thresholds.get(i).floatValue();
                }
                cases.compare(run + ".thresh_e", values, TABLE);
            }
            if (golden.has(run + ".mask_e")) {
                exact("mask_e", masks(golden.read(run + ".mask_e").values()));
            }
        }

        private void exact(String quantity, float[] values) {
            if (golden.has(run + "." + quantity)) {
                cases.exact(run + "." + quantity, values);
            }
        }

        /** Elements too near to their threshold to tell are taken from the golden. */
        private float[] masks(float[] expected) {
            List<Float> all = new ArrayList<>();
            for (int i = 0; i < masks.size(); i++) {
                boolean[] surely = masks.get(i).above(thresholds.get(i) + MARGIN)[0];
                boolean[] perhaps = masks.get(i).above(thresholds.get(i) - MARGIN)[0];
                for (int element = 0; element < surely.length; element++) {
                    boolean certain = surely[element] == perhaps[element];
                    all.add(
                            certain || all.size() >= expected.length
                                    ? surely[element] ? 1f : 0f
                                    : expected[all.size()]);
                }
            }
            float[] values = new float[all.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = all.get(i);
            }
            return values;
        }
    }
}
