package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.EasyInversion;
import io.sparkinversion.inversion.EasyInversion.Variant;
import io.sparkinversion.inversion.FixedPointInversion;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.Inverter;
import io.sparkinversion.inversion.NegativePromptInversion;
import io.sparkinversion.inversion.RenoiseInversion;
import io.sparkinversion.inversion.RenoiseInversion.Range;
import io.sparkinversion.inversion.SpdInversion;
import io.sparkinversion.inversion.Trajectory;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The fixed-point family, each run with a name of its own: {@code NAME.traj}, the inversion, {@code NAME.recon}, the
 * reconstruction at guidance 1 from its end, and of SPDInv {@code NAME.losses}. The files {@code fixedpointN},
 * {@code renoiseN} and {@code spdinvN}.
 */
record FixedPointSuite(Source source) implements Suite {
    private static final double LATENT = 1e-3;
    private static final double OPTIMISED = 5e-3;
    private static final double LOSS = 1e-2;
    /** Smaller losses are undetermined by rounding. */
    private static final float SMALL_LOSS = 1e-5f;

    private static final String TRAJECTORY = ".traj";
    private static final String RECONSTRUCTION = ".recon";
    private static final String LOSSES = ".losses";
    private static final String EVALUATIONS = "unet_evaluations";

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input(Source.LATENT);
        Set<String> runs = new TreeSet<>();
        for (String name : golden.names()) {
            if (name.endsWith(TRAJECTORY) || name.endsWith(RECONSTRUCTION) || name.endsWith(LOSSES)) {
                runs.add(name.substring(0, name.lastIndexOf('.')));
            }
        }
        for (String run : runs) {
            cases.run(() -> verify(golden, run, cases), run + TRAJECTORY, run + RECONSTRUCTION, run + LOSSES);
        }
    }

    private void verify(GoldenFile golden, String run, Cases cases) {
        NDManager scope = source.model().scope();
        Denoiser unet = new Denoiser(source.model().model());
        Conditioning caption = caption(golden, run);
        // All runs of a file are of one image.
        NDArray start = golden.names().stream()
                .filter(name -> name.endsWith(TRAJECTORY))
                .findFirst()
                .map(name -> source.model().array(golden.read(name).rows(0, 1)))
                .orElseGet(() -> source.start(golden));
        Inversion image =
                new Inversion(source.schedule(golden), new Trajectory(List.of(start)), caption, () -> source.empty(1));
        Inverter inverter = inverter(golden, run);
        Trajectory inversion;
        double tolerance = LATENT;
        if (inverter instanceof SpdInversion spd) {
            SpdInversion.Traced traced = spd.trace(scope, unet, image);
            inversion = traced.trajectory();
            tolerance = OPTIMISED;
            if (golden.has(run + LOSSES)) {
                float[] losses = losses(traced.losses()[0], golden.read(run + LOSSES));
                cases.relative(run + LOSSES, "", losses, LOSS);
            }
        } else {
            inversion = inverter.invert(scope, unet, image);
        }
        long evaluations = unet.evaluations();
        if (golden.has(run + TRAJECTORY)) {
            cases.compare(run + TRAJECTORY, Rows.of(inversion, golden.shape(run + TRAJECTORY)[0]), tolerance);
            JsonNode counted = golden.parameter(run + TRAJECTORY, EVALUATIONS);
            if (counted.isInt() && !(inverter instanceof SpdInversion) && counted.asLong() != evaluations) {
                throw new IllegalStateException(
                        evaluations + " evaluations of the UNet, the reference made " + counted.asLong());
            }
        }
        if (golden.has(run + RECONSTRUCTION)) {
            Inversion inverted = new Inversion(image.steps(), inversion, caption, image.empty());
            Trajectory back = new NegativePromptInversion()
                    .reconstruct(scope, unet, inverted, 1)
                    .trajectory();
            cases.compare(run + RECONSTRUCTION, Rows.of(back, golden.shape(run + RECONSTRUCTION)[0]), tolerance);
        }
    }

    private Conditioning caption(GoldenFile golden, String run) {
        String prompt = golden.parameter(run + TRAJECTORY, "prompt").asText(null);
        return prompt == null
                ? source.caption(golden, 1)
                : source.model().model().condition(source.model().scope(), List.of(prompt));
    }

    private static Inverter inverter(GoldenFile golden, String run) {
        String tensor = run + TRAJECTORY;
        JsonNode iterations = golden.parameter(tensor, "K");
        if (!golden.parameter(tensor, "num_renoise_steps").isMissingNode()) {
            return new RenoiseInversion(
                    golden.parameter(tensor, "num_renoise_steps").asInt(),
                    range(golden.parameter(tensor, "average_step_range")),
                    golden.parameter(tensor, "max_first").asInt(),
                    range(golden.parameter(tensor, "average_first_step_range")));
        }
        if (!golden.parameter(tensor, "K_round").isMissingNode()) {
            return new SpdInversion(
                    golden.parameter(tensor, "K_round").asInt(),
                    golden.parameter(tensor, "lr").asDouble(),
                    golden.parameter(tensor, "threshold").asDouble());
        }
        if (!golden.parameter(tensor, "inject_steps").isMissingNode()) {
            return new EasyInversion(
                    run.contains("v14") ? Variant.V14 : Variant.EXAMPLE,
                    golden.parameter(tensor, "eta").asDouble(),
                    golden.parameter(tensor, "inject_steps").asDouble(),
                    golden.parameter(tensor, "inject_len").asDouble());
        }
        if (iterations.isInt()) {
            return new FixedPointInversion(iterations.asInt(), run.startsWith("aidi"));
        }
        if (run.startsWith("ddim")) {
            return new FixedPointInversion(1, false);
        }
        throw new IllegalArgumentException("index.json does not say how '" + run + "' was inverted");
    }

    private static Range range(JsonNode bounds) {
        return new Range(bounds.path(0).asInt(), bounds.path(1).asInt());
    }

    /**
     * By step and update, -1 where there was none. A step may stop one update earlier or later; losses too small to be
     * told from rounding are taken from the golden where both are.
     */
    private static float[] losses(float[][] actual, GoldenFile.Golden golden) {
        float[] values = golden.values().clone();
        int most = (int) golden.shape()[1];
        for (int step = 0; step < actual.length; step++) {
            int expected = 0;
            while (expected < most && golden.values()[step * most + expected] >= 0) {
                expected++;
            }
            if (Math.abs(expected - actual[step].length) > 1) {
                throw new IllegalStateException(
                        "step " + step + " has " + actual[step].length + " updates, the reference's " + expected);
            }
            for (int k = 0; k < Math.min(expected, actual[step].length); k++) {
                float reference = golden.values()[step * most + k];
                boolean small = reference <= SMALL_LOSS && actual[step][k] <= 2 * SMALL_LOSS;
                values[step * most + k] = small ? reference : actual[step][k];
            }
        }
        return values;
    }
}
