package io.sparkinversion.verify;

import io.sparkinversion.diffusion.NoiseSchedule;
import io.sparkinversion.diffusion.NoiseSchedule.BetaSchedule;
import io.sparkinversion.diffusion.NoiseSchedule.Linear;
import io.sparkinversion.diffusion.NoiseSchedule.PredictionType;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.NoiseSchedule.Stochastic;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Noise levels, timesteps and the coefficients of DDIM steps with Stable Diffusion's betas. */
final class SchedulerSuite implements Suite {
    private static final double TABLE = 1e-6;
    /** One step of values up to about 5. */
    private static final double STEP = 1e-5;

    private static final int TRAIN_STEPS = 1000;
    private static final Pattern TABLE_NAME = Pattern.compile("offset(\\d+)\\.n(\\d+)\\.(\\w+)");
    private static final Pattern STEP_NAME = Pattern.compile("step\\.(epsilon|v_prediction)\\.i(\\d+)\\.(prev|x0)");
    private static final Pattern ETA_NAME = Pattern.compile("step\\.epsilon\\.eta([\\d.]+)");

    private final float[] betas = NoiseSchedule.betas(BetaSchedule.SCALED_LINEAR, 0.00085, 0.012, TRAIN_STEPS);
    private final NoiseSchedule schedule = NoiseSchedule.of(betas, PredictionType.EPSILON, false);

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input("step.x", "step.model_output", "step.variance_noise");
        for (String name : golden.names()) {
            Matcher table = TABLE_NAME.matcher(name);
            Matcher step = STEP_NAME.matcher(name);
            Matcher eta = ETA_NAME.matcher(name);
            cases.run(
                    () -> {
                        if (table.matches()) {
                            int count = Integer.parseInt(table.group(2));
                            table(name, table.group(3), steps(Integer.parseInt(table.group(1)), count), cases);
                        } else if (step.matches()) {
                            step(golden, name, step, cases);
                        } else if (eta.matches()) {
                            stochastic(golden, name, Double.parseDouble(eta.group(1)), cases);
                        } else {
                            other(golden, name, cases);
                        }
                    },
                    name);
        }
    }

    private List<Step> steps(int offset, int count) {
        return schedule.withStepsOffset(offset).steps(count);
    }

    private static void table(String name, String column, List<Step> steps, Cases cases) {
        switch (column) {
            case "timesteps" -> cases.exact(name, column(steps, Step::timestep));
            case "prev_timesteps" -> cases.exact(name, column(steps, Step::previousTimestep));
            case "alpha_t" -> cases.compare(name, column(steps, Step::alpha), TABLE);
            case "alpha_prev" -> cases.compare(name, column(steps, Step::alphaPrevious), TABLE);
            case "prev_coef_x" ->
                cases.compare(name, column(steps, step -> step.denoise().sample()), TABLE);
            case "prev_coef_eps" ->
                cases.compare(name, column(steps, step -> step.denoise().output()), TABLE);
            case "next_coef_x" ->
                cases.compare(name, column(steps, step -> step.invert().sample()), TABLE);
            case "next_coef_eps" ->
                cases.compare(name, column(steps, step -> step.invert().output()), TABLE);
            default -> {}
        }
    }

    private static float[] column(List<Step> steps, ToDoubleFunction<Step> value) {
        float[] column = new float[steps.size()];
        steps.forEach(step -> column[step.index()] = (float) value.applyAsDouble(step));
        return column;
    }

    private void step(GoldenFile golden, String name, Matcher match, Cases cases) {
        PredictionType type = PredictionType.valueOf(match.group(1).toUpperCase(Locale.ROOT));
        int count =
                golden.parameter(name.replaceAll("\\.x0$", ".prev"), "steps").asInt(10);
        Step step = schedule.withPredictionType(type).steps(count).get(Integer.parseInt(match.group(2)));
        Linear rule = match.group(3).equals("prev") ? step.denoise() : step.clean();
        cases.compare(name, apply(golden, rule), STEP);
    }

    private void stochastic(GoldenFile golden, String name, double eta, Cases cases) {
        int timestep = golden.parameter(name, "timestep").asInt();
        Step step = schedule.steps(golden.parameter(name, "steps").asInt(10)).stream()
                .filter(candidate -> candidate.timestep() == timestep)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(name + " is at timestep " + timestep));
        Stochastic rule = step.denoise(eta);
        float[] mean = apply(golden, rule.mean());
        float[] noise = golden.read("step.variance_noise").values();
        for (int i = 0; i < mean.length; i++) {
            mean[i] += (float) (rule.deviation() * noise[i]);
        }
        cases.compare(name, mean, STEP);
    }

    private void other(GoldenFile golden, String name, Cases cases) {
        switch (name) {
            case "betas" -> cases.compare(name, betas, TABLE);
            case "alphas_cumprod" -> cases.compare(name, schedule.alphasCumprod(), TABLE);
            case "final_alpha_cumprod" -> cases.compare(name, new float[] {schedule.finalAlphaCumprod()}, TABLE);
            case "alphas_cumprod.linear" -> cases.compare(name, cumulative(BetaSchedule.LINEAR), TABLE);
            case "alphas_cumprod.squaredcos_cap_v2" ->
                cases.compare(name, cumulative(BetaSchedule.SQUAREDCOS_CAP_V2), TABLE);
            case "add_noise" -> cases.compare(name, apply(golden, schedule.addNoise(401)), STEP);
            case "get_velocity" -> cases.compare(name, apply(golden, schedule.velocity(401)), STEP);
            default -> {
                if (name.startsWith("step.sample.")) {
                    cases.notSupported(name, "no Stable Diffusion model predicts the sample itself");
                }
            }
        }
    }

    private static float[] cumulative(BetaSchedule beta) {
        float[] betas = NoiseSchedule.betas(beta, 0.0001, 0.02, TRAIN_STEPS);
        return NoiseSchedule.of(betas, PredictionType.EPSILON, false).alphasCumprod();
    }

    private static float[] apply(GoldenFile golden, Linear rule) {
        float[] sample = golden.read("step.x").values();
        float[] output = golden.read("step.model_output").values();
        float[] result = new float[sample.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (float) (rule.sample() * sample[i] + rule.output() * output[i]);
        }
        return result;
    }
}
