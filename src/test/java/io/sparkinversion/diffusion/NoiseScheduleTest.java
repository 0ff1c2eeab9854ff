package io.sparkinversion.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkinversion.diffusion.NoiseSchedule.BetaSchedule;
import io.sparkinversion.diffusion.NoiseSchedule.Linear;
import io.sparkinversion.diffusion.NoiseSchedule.PredictionType;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.network.UnsupportedConfigException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class NoiseScheduleTest {

    private static NoiseSchedule of(String... more) {
        String fields = more.length == 0 ? "" : ", " + String.join(", ", more);
        return NoiseSchedule.of(
                NetworkConfig.parse("scheduler/scheduler_config.json", ("""
                {'_class_name': 'DDIMScheduler', 'beta_start': 0.00085, 'beta_end': 0.012,
                 'beta_schedule': 'scaled_linear', 'set_alpha_to_one': false""" + fields + "}").replace('\'', '"')));
    }

    /** From Stable Diffusion's paper and code: sqrt(beta) linear from 0.00085 to 0.012, in double precision. */
    private static double alpha(int timestep) {
        double product = 1;
        for (int t = 0; t <= timestep; t++) {
            double root = Math.sqrt(0.00085) + (Math.sqrt(0.012) - Math.sqrt(0.00085)) * t / 999;
            product *= 1 - root * root;
        }
        return product;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 21, 500, 981, 999})
    void alphasAreThoseOfStableDiffusion(int timestep) {
        assertThat(of().alphaCumprod(timestep)).isCloseTo(alpha(timestep), within(1e-6));
    }

    @Test
    void belowTimestepZeroIsTheFirstLevelOrNoNoiseAtAll() {
        NoiseSchedule schedule = of();

        assertThat(schedule.alphaCumprod(-1)).isEqualTo(schedule.alphaCumprod(0));
        assertThat(schedule.alphaCumprod(-19)).isEqualTo(schedule.alphaCumprod(0));
        NoiseSchedule toOne = NoiseSchedule.of(
                NoiseSchedule.betas(BetaSchedule.LINEAR, 1e-4, 0.02, 1000), PredictionType.EPSILON, true);
        assertThat(toOne.alphaCumprod(-1)).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"DDIMScheduler", "PNDMScheduler", "UniPCMultistepScheduler"})
    void filesWithoutTheKeyDoNotSetAlphaToOne(String scheduler) {
        NoiseSchedule schedule = NoiseSchedule.of(NetworkConfig.parse(
                "scheduler_config.json",
                "{\"_class_name\": \"%s\", \"beta_schedule\": \"scaled_linear\"}".formatted(scheduler)));

        assertThat(schedule.alphaCumprod(-1)).isEqualTo(schedule.alphaCumprod(0));
    }

    @Test
    void filesWithTheKeySetAlphaToOne() {
        assertThat(of("'set_alpha_to_one': true").alphaCumprod(-1)).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "DDIMScheduler, linspace",
        "DDPMScheduler, leading",
        "LMSDiscreteScheduler, linspace",
        "EulerDiscreteScheduler, linspace",
        "EulerAncestralDiscreteScheduler, linspace",
        "HeunDiscreteScheduler, linspace",
        "KDPM2DiscreteScheduler, linspace",
        "KDPM2AncestralDiscreteScheduler, linspace",
        "DPMSolverMultistepScheduler, trailing",
        "DPMSolverSinglestepScheduler, linspace",
        "DPMSolverSDEScheduler, linspace",
        "DEISMultistepScheduler, linspace",
        "UniPCMultistepScheduler, linspace"
    })
    void otherSamplersGiveTheirBetasAndAreNotRun(String scheduler, String spacing) {
        NetworkConfig config = NetworkConfig.parse(
                "scheduler/scheduler_config.json",
                ("""
                {'_class_name': '%s', 'beta_start': 0.00085, 'beta_end': 0.012, 'trained_betas': [],
                 'beta_schedule': 'scaled_linear', 'timestep_spacing': '%s', 'use_karras_sigmas': true}""").formatted(scheduler, spacing).replace('\'', '"'));

        assertThat(NoiseSchedule.of(config).steps(50)).isEqualTo(of().steps(50));
        assertThat(NoiseSchedule.note(config).orElseThrow())
                .startsWith("scheduler: DDIM with leading spacing on the betas of the model's " + scheduler);
    }

    @Test
    void aFileThatAsksForWhatIsRunGivesNoNote() {
        assertThat(NoiseSchedule.note(NetworkConfig.parse(
                        "scheduler_config.json", "{\"_class_name\": \"DDIMScheduler\", \"beta_start\": 0.001}")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "FlowMatchEulerDiscreteScheduler, a flow model",
        "EDMEulerScheduler, an EDM model",
        "EDMDPMSolverMultistepScheduler, an EDM model",
        "CMStochasticIterativeScheduler, a consistency model",
        "LCMScheduler, a latent consistency model",
        "TCDScheduler, a trajectory consistency model"
    })
    void schedulersOfOtherKindsOfModelsAreRefusedByKind(String scheduler, String kind) {
        assertThatThrownBy(() -> of("'_class_name': '" + scheduler + "'"))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageStartingWith("scheduler/scheduler_config.json: '_class_name' = \"" + scheduler)
                .hasMessageContaining("the scheduler of " + kind);
    }

    @Test
    void distilledModelsWithTrailingSpacingAreRefused() {
        assertThatThrownBy(() -> of("'_class_name': 'EulerDiscreteScheduler'", "'timestep_spacing': 'trailing'"))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageContainingAll("'timestep_spacing' = \"trailing\"", "sd-turbo", "leading");
    }

    @Test
    void aFileWithoutBetasIsRefused() {
        assertThatThrownBy(() -> NoiseSchedule.of(NetworkConfig.parse(
                        "scheduler_config.json",
                        "{\"_class_name\": \"DDPMScheduler\", \"num_train_timesteps\": 1000}")))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageContaining("neither beta_schedule, beta_start and beta_end nor trained_betas");
    }

    @ParameterizedTest
    @CsvSource({
        "DDIMScheduler, 0.0001, 0.02",
        "EulerDiscreteScheduler, 0.0001, 0.02",
        "HeunDiscreteScheduler, 0.00085, 0.012",
        "KDPM2AncestralDiscreteScheduler, 0.00085, 0.012",
        "DPMSolverSDEScheduler, 0.00085, 0.012"
    })
    void endsThatTheFileLeavesOutAreThoseOfTheClass(String scheduler, double start, double end) {
        NoiseSchedule schedule = NoiseSchedule.of(NetworkConfig.parse(
                "scheduler_config.json",
                "{\"_class_name\": \"" + scheduler + "\", \"beta_schedule\": \"scaled_linear\"}"));

        assertThat(schedule.alphaCumprod(0)).isCloseTo(1 - start, within(1e-7));
        assertThat(1 - schedule.alphaCumprod(999) / schedule.alphaCumprod(998)).isCloseTo(end, within(1e-6));
    }

    @Test
    void trainedBetasAreTaken() {
        NoiseSchedule schedule = of("'trained_betas': [0.1, 0.2]");

        assertThat(schedule.alphasCumprod()).hasSize(2);
        assertThat(schedule.alphaCumprod(1)).isCloseTo(0.72, within(1e-6));
    }

    @Test
    void fiftyStepsGoFrom981To1() {
        List<Step> steps = of().steps(50);

        assertThat(steps).hasSize(50);
        assertThat(steps).extracting(Step::timestep).startsWith(981, 961, 941).endsWith(41, 21, 1);
        assertThat(steps)
                .extracting(Step::previousTimestep)
                .startsWith(961, 941)
                .endsWith(21, 1, -19);
        assertThat(steps).extracting(Step::index).startsWith(0, 1, 2).endsWith(49);
    }

    @Test
    void everyStepStartsWhereTheOneBeforeEnds() {
        NoiseSchedule schedule = of();
        for (int count = 1; count <= 1000; count++) {
            List<Step> steps = schedule.steps(count);
            assertThat(steps).hasSize(count);
            for (int i = 0; i < count; i++) {
                Step step = steps.get(i);
                assertThat(step.timestep()).isBetween(0, 999);
                assertThat(step.alpha()).isEqualTo(schedule.alphaCumprod(step.timestep()));
                assertThat(step.alphaPrevious()).isEqualTo(schedule.alphaCumprod(step.previousTimestep()));
                if (i > 0) {
                    assertThat(step.timestep())
                            .as("step %d of %d", i, count)
                            .isEqualTo(steps.get(i - 1).previousTimestep());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1001})
    void stepsBeyondTheTrainingTimestepsAreRefused(int count) {
        assertThatThrownBy(() -> of().steps(count))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("steps is " + count + ", it must be 1 to 1000");
    }

    /** The noise is what both directions share; what the network puts out for it depends on the latent. */
    private static double output(Step step, double level, double latent, double noise) {
        return switch (step.predictionType()) {
            case EPSILON -> noise;
            case V_PREDICTION -> (noise - Math.sqrt(1 - level) * latent) / Math.sqrt(level);
        };
    }

    private static double apply(Linear linear, double latent, double output) {
        return linear.sample() * latent + linear.output() * output;
    }

    @ParameterizedTest
    @EnumSource(PredictionType.class)
    void invertingAndThenDenoisingWithTheSameNoiseIsTheIdentity(PredictionType type) {
        for (Step step : of().withPredictionType(type).steps(50)) {
            for (double[] sample : new double[][] {{0.7, -1.3}, {-4, 0.2}, {0, 3}}) {
                double latent = sample[0];
                double noise = sample[1];

                double noisier = apply(step.invert(), latent, output(step, step.alphaPrevious(), latent, noise));
                double back = apply(step.denoise(), noisier, output(step, step.alpha(), noisier, noise));

                assertThat(back).isCloseTo(latent, within(1e-12));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(PredictionType.class)
    void withTheTrueOutputAStepLandsOnTheForwardProcess(PredictionType type) {
        NoiseSchedule schedule = of().withPredictionType(type);
        double clean = 0.8;
        double noise = -1.1;
        for (Step step : schedule.steps(20)) {
            Linear velocity = schedule.velocity(step.timestep());
            double output = type == PredictionType.EPSILON ? noise : apply(velocity, clean, noise);
            double noisy = apply(schedule.addNoise(step.timestep()), clean, noise);

            assertThat(apply(step.clean(), noisy, output)).isCloseTo(clean, within(1e-9));
            assertThat(apply(step.denoise(), noisy, output))
                    .isCloseTo(apply(schedule.addNoise(step.previousTimestep()), clean, noise), within(1e-9));
            assertThat(apply(step.denoise(0).mean(), noisy, output))
                    .isCloseTo(apply(step.denoise(), noisy, output), within(1e-12));
        }
    }

    @Test
    void theLevelAtWhichInversionReadsTheNoiseMattersForVelocityOnly() {
        Step epsilon = of().steps(10).get(3);
        Step velocity = of("'prediction_type': 'v_prediction'").steps(10).get(3);

        assertThat(epsilon.invert(epsilon.alpha())).isEqualTo(epsilon.invert());
        assertThat(velocity.invert(velocity.alpha())).isNotEqualTo(velocity.invert());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "rescale_betas_zero_snr | true",
                "use_flow_sigmas | true",
                "timestep_spacing | 'karras'",
                "_class_name | 'ScoreSdeVeScheduler'",
                "prediction_type | 'sample'",
                "beta_schedule | 'sigmoid'",
                "num_train_timesteps | 0",
            })
    void schedulesThatInversionDoesNotKnowAreRefusedByKeyAndValue(String key, String value) {
        String file = "{'beta_start': 0.001, '%s': %s}".formatted(key, value).replace('\'', '"');

        assertThatThrownBy(() -> NoiseSchedule.of(NetworkConfig.parse("scheduler/scheduler_config.json", file)))
                .isInstanceOf(UnsupportedConfigException.class)
                .hasMessageStartingWith("scheduler/scheduler_config.json: '" + key + "' = " + value.replace('\'', '"'));
    }

    @Test
    void settingsOfOtherSamplersDoNotMatter() {
        NoiseSchedule schedule = of(
                "'clip_sample': false",
                "'skip_prk_steps': true",
                "'steps_offset': 0",
                "'solver_order': 2",
                "'trained_betas': null",
                "'timestep_spacing': 'leading'");

        assertThat(schedule.steps(50)).isEqualTo(of().steps(50));
        assertThat(schedule.stepsOffset()).isEqualTo(1);
    }
}
