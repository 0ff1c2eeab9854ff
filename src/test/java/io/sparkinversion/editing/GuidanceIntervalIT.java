package io.sparkinversion.editing;

import static io.sparkinversion.diffusion.EmbeddedModel.wave;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.WithEmbeddedModel;
import io.sparkinversion.editing.AttentionEdit.Refine;
import io.sparkinversion.editing.Sharing.MutualSelfAttention;
import io.sparkinversion.editing.Sharing.PlugAndPlay;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Guidance.Interval;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.inversion.Trajectory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Guidance at some steps only, and source branches that are evaluated only where a target takes from them. */
class GuidanceIntervalIT extends WithEmbeddedModel {
    /** At timesteps 751, 501, 251 and 1. */
    private static final int STEPS = 4;

    private static final double GUIDANCE = 4;
    private static final String CAPTION = "fluent emoji of lion face";
    private static final String PROMPT = "fluent emoji of tiger face";
    private static final LocalBlend BLEND =
            new LocalBlend(List.of(List.of("lion"), List.of("tiger")), List.of(), 0.2, 0.5, 0.5);
    private static final EditSettings CONTROL = EditSettings.of(new Refine(), 0.5, 0.5);
    private static final Map<String, EditSettings> CONTROLS = Map.of(
            "swap", EditSettings.NONE,
            "p2p", CONTROL,
            "blend", CONTROL.withLocalBlend(BLEND),
            "masactrl", EditSettings.NONE.withSharing(MutualSelfAttention.AUTHORS),
            "pnp", EditSettings.NONE.withSharing(PlugAndPlay.AUTHORS));

    private static NDManager image;
    private static List<Step> steps;
    private static Inversion inversion;

    @BeforeAll
    static void invert() {
        image = model.newScope();
        steps = model.schedule().steps(STEPS);
        NDArray latent = model.encode(image, wave(image, 1, 3, 64, 64));
        Conditioning caption = model.condition(image, List.of(CAPTION));
        Conditioning empty = model.condition(image, List.of(""));
        Trajectory trajectory = DdimInversion.invert(image, new Denoiser(model), steps, latent, caption);
        inversion = new Inversion(steps, trajectory, caption, () -> empty);
    }

    private EditedLatents edit(String method, String control, double guidance, String... prompts) {
        EditMethod editing = EditMethod.of(Method.of(method));
        Map<String, NDArray> start = new HashMap<>(editing.prepare(scope, editing.unet(model), inversion, guidance));
        start.put(EditMethod.TERMINAL, inversion.trajectory().last());
        start.put(
                EditMethod.PATH,
                NDArrays.stack(new NDList(inversion.trajectory().latents()), 1));
        List<TargetEdit> targets = List.of(prompts).stream()
                .map(prompt -> new TargetEdit(prompt, CONTROLS.get(control)))
                .toList();
        return editing.sample(
                scope, new EditRun(model, steps, List.of(new ImageEdits(CAPTION, targets)), start, guidance));
    }

    private static NDArray row(NDArray latents, int row) {
        return latents.get(row + ":" + (row + 1));
    }

    private static double relative(NDArray actual, NDArray expected) {
        return Math.sqrt(actual.sub(expected).square().sum().getFloat()
                / expected.square().sum().getFloat());
    }

    /** By the equations: classifier-free guidance where 1 - t / 1000 lies within, else the prompt's prediction. */
    private NDArray expected(Conditioning negative, double from, double to) {
        Conditioning prompt = model.condition(scope, List.of(PROMPT));
        NDArray z = inversion.trajectory().last();
        for (Step step : steps) {
            int[] timestep = {step.timestep()};
            NDArray positive = model.predict(scope, z, timestep, prompt);
            double position = 1 - step.timestep() / 1000.0;
            NDArray output = positive;
            if (position >= from && position <= to) {
                NDArray other = model.predict(scope, z, timestep, negative);
                output = other.add(positive.sub(other).mul((float) GUIDANCE));
            }
            z = model.combine(
                    scope, z, step.denoise().sample(), output, step.denoise().output());
        }
        return z;
    }

    @ParameterizedTest
    @CsvSource({
        "negative-prompt, 0.3, 0.8, 6",
        "negative-prompt, 0.5, 1, 6",
        "negative-prompt, 0, 0.3, 5",
        "negative-prompt, 0.8, 0.9, 4",
        "ddim-cfg, 0.3, 0.8, 6",
        "direct, 0.3, 0.8, 6",
        "negative-prompt, 0.499, 0.499, 5"
    })
    void aPromptSwapIsGuidedInTheIntervalAlone(String name, double from, double to, int evaluations) {
        Conditioning negative = name.equals("negative-prompt")
                ? inversion.caption()
                : inversion.empty().get();

        EditedLatents result = edit(name + ":guided-from=" + from + ":guided-to=" + to, "swap", GUIDANCE, PROMPT);

        assertThat(relative(row(result.latents(), 1), expected(negative, from, to)))
                .isLessThan(1e-4);
        assertThat(result.targetEvaluations()).isEqualTo(evaluations);
    }

    /** Every control, where the prompts' predictions are evaluated alone, as a run without guidance does. */
    @ParameterizedTest
    @CsvSource({
        "negative-prompt, p2p",
        "negative-prompt, blend",
        "negative-prompt, masactrl",
        "negative-prompt, pnp",
        "ddim-cfg, p2p",
        "ddim-cfg, masactrl",
        "direct, blend",
        "o-belm-npi, pnp",
    })
    void withNoStepInTheIntervalItIsTheEditWithoutGuidance(String method, String control) {
        EditedLatents without = edit(method, control, 1, PROMPT);
        EditedLatents guided = edit(method, control, GUIDANCE, PROMPT);

        EditedLatents result = edit(method + ":guided-from=0.8:guided-to=0.9", control, GUIDANCE, PROMPT);

        assertThat(relative(result.latents(), without.latents())).isLessThan(1e-4);
        assertThat(relative(row(result.latents(), 1), row(guided.latents(), 1))).isGreaterThan(1e-3);
        assertThat(result.targetEvaluations()).isEqualTo(without.targetEvaluations());
    }

    /** The last half of the steps needs no source, as long as no region is looked for. */
    @ParameterizedTest
    @CsvSource({"p2p, 2", "swap, 0", "blend, 4", "masactrl, 4", "pnp, 3"})
    void directInversionEvaluatesItsSourceOnlyWhereATargetTakesFromIt(String control, int sources) {
        EditedLatents result = edit("direct", control, GUIDANCE, PROMPT);

        // MasaCtrl looks at the source's prediction for the empty prompt as well.
        assertThat(result.sourceEvaluations()).isEqualTo(control.equals("masactrl") ? 2 * sources : sources);
        assertThat(result.targetEvaluations()).isEqualTo(8);
        assertThat(relative(row(result.latents(), 0), inversion.trajectory().first()))
                .isLessThan(1e-5);
    }

    /** An equal edit of which the source is evaluated at every step, for its offsets. */
    @ParameterizedTest
    @ValueSource(strings = {"p2p", "swap", "pnp"})
    void directInversionsEditIsTheSameWithoutItsSource(String control) {
        ImageEdits edits = new ImageEdits(CAPTION, List.of(new TargetEdit(PROMPT, CONTROLS.get(control))));
        Denoiser unet = new Denoiser(model);
        PromptToPrompt branches = PromptToPrompt.of(
                scope,
                unet,
                List.of(edits),
                new Negatives(List.of(model.embedNothing(scope, 1, 1)), false, true),
                STEPS);
        NDArray z = inversion.trajectory().last().repeat(0, 2);
        for (Step step : steps) {
            NDArray stepped = branches.guidedStep(scope, unet, z, step, GUIDANCE);
            z = NDArrays.concat(
                    new NDList(inversion.trajectory().latents().get(STEPS - step.index() - 1), row(stepped, 1)));
        }

        EditedLatents result = edit("direct", control, GUIDANCE, PROMPT);

        assertThat(branches.sourceEvaluations()).isEqualTo(STEPS).isGreaterThan(result.sourceEvaluations());
        assertThat(relative(result.latents(), z)).isLessThan(1e-4);
    }

    @Test
    void theIntervalIsAPartOfTheMethodsName() {
        Method plain = Method.of("ddim-cfg");

        assertThat(plain.guidedWithin(Interval.ALL)).isEqualTo(plain);
        assertThat(plain.guidedWithin(Interval.parse("0:0.5"))).isEqualTo(Method.of("ddim-cfg:guided-to=0.5"));
        assertThat(Method.of("ddim-cfg:guided-to=0.9").guidedWithin(Interval.parse("0.1:0.5")))
                .isEqualTo(Method.of("ddim-cfg:guided-to=0.9"));
        assertThat(List.of("vae", "ddim"))
                .allSatisfy(label -> assertThat(Method.of(label).guidedWithin(Interval.parse("0.1:0.5")))
                        .isEqualTo(Method.of(label)));
    }

    @ParameterizedTest
    @CsvSource({
        "null-text, it optimises the guidance of every step",
        "proximal, it finds by guidance what must not change",
        "infedit, it guides in a way of its own"
    })
    void isRefusedByNameWhereItCannotBe(String method, String reason) {
        assertThatThrownBy(() -> Method.of(method).guidedWithin(Interval.parse("0.1:0.5")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("method " + method + " cannot be guided in an interval: " + reason
                        + "; leave it out or set no guidance interval");
        assertThatThrownBy(() -> Method.of(method + ":guided-to=0.5"))
                .hasMessageContaining("has no setting 'guided-to'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0.5", "a:b", "0.8:0.2", "-0.1:1", "0:1.1", "0:1:2", "NaN:1"})
    void otherIntervalsAreRefused(String text) {
        assertThatThrownBy(() -> Interval.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
