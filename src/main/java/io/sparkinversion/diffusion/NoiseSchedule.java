package io.sparkinversion.diffusion;

import io.sparkinversion.network.NetworkConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How much noise a latent carries at each of the training timesteps 0..999, and the deterministic DDIM steps (arXiv
 * 2010.02502, eta 0) between them. Immutable; what the network predicts is folded into the steps' coefficients.
 *
 * @param alphasCumprod the product of (1 - beta) up to each timestep, as float32 values
 * @param finalAlphaCumprod the level below timestep 0
 * @param predictionType what the UNet's output means
 * @param stepsOffset added to every timestep of a sampling run
 */
public record NoiseSchedule(
        float[] alphasCumprod, float finalAlphaCumprod, PredictionType predictionType, int stepsOffset) {

    /** The UNet's output: the noise, or the velocity sqrt(a) noise - sqrt(1-a) x0. */
    public enum PredictionType {
        EPSILON,
        V_PREDICTION
    }

    /** The growth of beta over the timesteps. */
    public enum BetaSchedule {
        LINEAR,
        SCALED_LINEAR,
        SQUAREDCOS_CAP_V2
    }

    private static final double MAX_BETA = 0.999;

    /**
     * From a {@code scheduler_config.json} of any sampler of an epsilon or v model: inversion always runs the DDIM rule
     * on its betas. The steps offset is 1 whatever the file says, as Stable Diffusion's pipeline forces it; the level
     * below timestep 0 is that of timestep 0 where the file does not say, as in all reference codes.
     *
     * @throws io.sparkinversion.network.UnsupportedConfigException naming a key that asks for something else
     */
    public static NoiseSchedule of(NetworkConfig config) {
        SchedulerKinds.requireSupported(config);
        String prediction = config.text("prediction_type", "epsilon", "epsilon", "v_prediction");
        float[] betas = betas(config);
        for (float value : betas) {
            // Written so that NaN fails, too.
            if (!(value > 0 && value < 1)) {
                throw config.refused(
                        "beta_end",
                        value,
                        "every beta lies between 0 and 1; so must beta_start and"
                                + " beta_end, and num_train_timesteps is 2 or more");
            }
        }
        // Spacing, clipping and solver settings belong to samplers that inversion does not run.
        return of(
                betas,
                PredictionType.valueOf(prediction.toUpperCase(Locale.ROOT)),
                config.flag("set_alpha_to_one", false));
    }

    /** What of the file is not run, for the user; empty where there is nothing to say. */
    public static Optional<String> note(NetworkConfig config) {
        return SchedulerKinds.note(config);
    }

    private static float[] betas(NetworkConfig config) {
        if (config.has("trained_betas") && !config.isEmptyList("trained_betas")) {
            List<Double> trained = config.numbers("trained_betas", List.of());
            float[] betas = new float[trained.size()];
            for (int t = 0; t < betas.length; t++) {
                betas[t] = trained.get(t).floatValue();
            }
            return betas;
        }
        String schedule = config.text("beta_schedule", "linear", "linear", "scaled_linear", "squaredcos_cap_v2");
        return betas(
                BetaSchedule.valueOf(schedule.toUpperCase(Locale.ROOT)),
                config.number("beta_start", SchedulerKinds.defaultBetaStart(config)),
                config.number("beta_end", SchedulerKinds.defaultBetaEnd(config)),
                config.integer("num_train_timesteps", 1000));
    }

    public static NoiseSchedule of(float[] betas, PredictionType predictionType, boolean setAlphaToOne) {
        float[] cumulative = new float[betas.length];
        double product = 1;
        for (int t = 0; t < betas.length; t++) {
            product *= 1f - betas[t];
            cumulative[t] = (float) product;
        }
        return new NoiseSchedule(cumulative, setAlphaToOne ? 1f : cumulative[0], predictionType, 1);
    }

    /** In float32, as the reference computes them. */
    public static float[] betas(BetaSchedule schedule, double start, double end, int count) {
        return switch (schedule) {
            case LINEAR -> linspace((float) start, (float) end, count);
            case SCALED_LINEAR -> {
                float[] roots = linspace((float) Math.sqrt(start), (float) Math.sqrt(end), count);
                for (int t = 0; t < count; t++) {
                    roots[t] *= roots[t];
                }
                yield roots;
            }
            case SQUAREDCOS_CAP_V2 -> {
                float[] betas = new float[count];
                for (int t = 0; t < count; t++) {
                    double ratio = cosineAlphaBar((t + 1.0) / count) / cosineAlphaBar((double) t / count);
                    betas[t] = (float) Math.min(1 - ratio, MAX_BETA);
                }
                yield betas;
            }
        };
    }

    private static double cosineAlphaBar(double time) {
        double cosine = Math.cos((time + 0.008) / 1.008 * Math.PI / 2);
        return cosine * cosine;
    }

    /** Counts from both ends to the middle, which is how PyTorch rounds. */
    private static float[] linspace(float start, float end, int count) {
        float[] values = new float[count];
        float step = (end - start) / (count - 1);
        for (int i = 0; i < count; i++) {
            values[i] = i < count / 2 ? start + step * i : end - step * (count - 1 - i);
        }
        return values;
    }

    public NoiseSchedule withStepsOffset(int offset) {
        return new NoiseSchedule(alphasCumprod, finalAlphaCumprod, predictionType, offset);
    }

    public NoiseSchedule withPredictionType(PredictionType type) {
        return new NoiseSchedule(alphasCumprod, finalAlphaCumprod, type, stepsOffset);
    }

    /** The signal's share of the variance at a timestep; any negative timestep is the level below 0. */
    public double alphaCumprod(int timestep) {
        return timestep < 0 ? finalAlphaCumprod : alphasCumprod[timestep];
    }

    /** The forward process: sqrt(a) latent + sqrt(1 - a) noise, noise in the output's place. */
    public Linear addNoise(int timestep) {
        double alpha = alphaCumprod(timestep);
        return new Linear(Math.sqrt(alpha), Math.sqrt(1 - alpha));
    }

    /** What a v-prediction network is trained to predict: sqrt(a) noise - sqrt(1 - a) latent. */
    public Linear velocity(int timestep) {
        double alpha = alphaCumprod(timestep);
        return new Linear(-Math.sqrt(1 - alpha), Math.sqrt(alpha));
    }

    /**
     * The steps of a sampling run in denoising order, from the highest timestep down ("leading" spacing).
     *
     * @param count 1 to the number of training timesteps
     */
    public List<Step> steps(int count) {
        int last = alphasCumprod.length;
        if (count < 1 || count > last) {
            throw new IllegalArgumentException("steps is " + count + ", it must be 1 to " + last);
        }
        int stride = last / count;
        List<Step> steps = new ArrayList<>(count);
        for (int step = 0; step < count; step++) {
            int timestep = (count - 1 - step) * stride + stepsOffset;
            // Where the offset leads past the last timestep, the step starts there; the steps still follow each other.
            steps.add(step(step, Math.min(timestep, last - 1), Math.min(timestep - stride, last - 1)));
        }
        return steps;
    }

    /**
     * The steps between timesteps evenly spaced from 0 to the last one ("linspace" spacing, no offset), in denoising
     * order; the last step ends at the level below timestep 0.
     *
     * @param count 2 to the number of training timesteps
     */
    public List<Step> linspaceSteps(int count) {
        int last = alphasCumprod.length - 1;
        if (count < 2 || count > last + 1) {
            throw new IllegalArgumentException("steps is " + count + ", it must be 2 to " + (last + 1));
        }
        List<Step> steps = new ArrayList<>(count);
        for (int step = 0; step < count; step++) {
            int level = count - 1 - step;
            int previous = level == 0 ? -1 : (int) Math.rint((double) last * (level - 1) / (count - 1));
            steps.add(step(step, (int) Math.rint((double) last * level / (count - 1)), previous));
        }
        return steps;
    }

    /** A step between two timesteps; a negative one is the level below timestep 0. */
    public Step step(int index, int timestep, int previous) {
        return new Step(index, timestep, previous, alphaCumprod(timestep), alphaCumprod(previous), predictionType);
    }

    /**
     * One DDIM step between two noise levels. Both directions are linear in the latent and in the network's output.
     *
     * @param index 0 for the noisiest
     * @param timestep what the network is told, in both directions
     * @param previousTimestep the cleaner end; negative below timestep 0
     * @param alpha alphas_cumprod of the noisier end
     * @param alphaPrevious alphas_cumprod of the cleaner end
     */
    public record Step(
            int index,
            int timestep,
            int previousTimestep,
            double alpha,
            double alphaPrevious,
            PredictionType predictionType) {

        /** The same step as one of another run, where it is in another place. */
        public Step withIndex(int newIndex) {
            return new Step(newIndex, timestep, previousTimestep, alpha, alphaPrevious, predictionType);
        }

        /** The same step with another timestep for the network. */
        public Step withTimestep(int told) {
            return new Step(index, told, previousTimestep, alpha, alphaPrevious, predictionType);
        }

        /** The same step to another level of noise at its cleaner end. */
        public Step withAlphaPrevious(double level) {
            return new Step(index, timestep, previousTimestep, alpha, level, predictionType);
        }

        /** From the cleaner to the noisier end, the noise itself in the output's place. */
        public Linear addNoise() {
            return move(alphaPrevious, alpha);
        }

        /** The noise that a network's output for a latent of either end means. */
        public Linear noiseOf(boolean noisierEnd) {
            return noise(noisierEnd ? alpha : alphaPrevious);
        }

        /** From the noisier to the cleaner end. */
        public Linear denoise() {
            return move(alpha, alphaPrevious).withOutput(noise(alpha));
        }

        /** From the cleaner to the noisier end: the same rule backwards, the noise taken at the cleaner level. */
        public Linear invert() {
            return invert(alphaPrevious);
        }

        /**
         * The backward rule with the noise taken at another level: the other way to read the inversion codes where the
         * network predicts velocity. For epsilon prediction the level makes no difference.
         */
        public Linear invert(double noiseLevel) {
            return move(alphaPrevious, alpha).withOutput(noise(noiseLevel));
        }

        /** From the noisier to the cleaner end with a share of fresh noise; eta 0 is {@link #denoise()}. */
        public Stochastic denoise(double eta) {
            double variance = (1 - alphaPrevious) / (1 - alpha) * (1 - alpha / alphaPrevious);
            double deviation = eta * Math.sqrt(variance);
            double direction = Math.sqrt(1 - alphaPrevious - deviation * deviation);
            Linear clean = clean();
            Linear noise = noise(alpha);
            double signal = Math.sqrt(alphaPrevious);
            Linear mean = new Linear(
                    signal * clean.sample + direction * noise.sample, signal * clean.output + direction * noise.output);
            return new Stochastic(mean, deviation);
        }

        /** The estimate of the clean latent at the noisier end. */
        public Linear clean() {
            return new Linear(1 / Math.sqrt(alpha), -Math.sqrt(1 - alpha) / Math.sqrt(alpha)).withOutput(noise(alpha));
        }

        /** Latent and noise at level {@code from} to the latent at level {@code to}. */
        private static Linear move(double from, double to) {
            double scale = Math.sqrt(to / from);
            return new Linear(scale, Math.sqrt(1 - to) - scale * Math.sqrt(1 - from));
        }

        /** The noise as a function of latent and output at a level. */
        private Linear noise(double level) {
            return switch (predictionType) {
                case EPSILON -> new Linear(0, 1);
                case V_PREDICTION -> new Linear(Math.sqrt(1 - level), Math.sqrt(level));
            };
        }
    }

    /**
     * A linear step plus {@code deviation} x fresh standard noise.
     *
     * @param mean the deterministic part
     * @param deviation of the noise
     */
    public record Stochastic(Linear mean, double deviation) {}

    /**
     * latent x sample + output x network output.
     *
     * @param sample factor of the latent
     * @param output factor of the noise, or of the network's output
     */
    public record Linear(double sample, double output) {
        private Linear withOutput(Linear noise) {
            return new Linear(sample + output * noise.sample, output * noise.output);
        }
    }
}
