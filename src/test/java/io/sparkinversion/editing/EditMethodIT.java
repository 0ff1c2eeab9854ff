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
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.inversion.BatchRows;
import io.sparkinversion.inversion.CoupledInversion;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.DdimSampling;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Guidance;
import io.sparkinversion.inversion.ImageNoise;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.LatentPair;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.inversion.Trajectory;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Edits of two images by the embedded model in a few steps. */
class EditMethodIT extends WithEmbeddedModel {
    private static final int STEPS = 4;
    private static final double GUIDANCE = 3;
    private static final List<String> CAPTIONS = List.of("twemoji emoji of brown heart", "fluent emoji of lion face");
    private static final LocalBlend BLEND =
            new LocalBlend(List.of(List.of("emoji"), List.of("cat")), List.of(), 0.2, 0.9, 0.9);
    private static final EditSettings CONTROL = EditSettings.of(new Refine(), 0.6, 0.5);
    private static final EditSettings CONFINED = CONTROL.withLocalBlend(BLEND);
    private static final TargetEdit CAT = new TargetEdit("noto emoji of cat", CONFINED);
    /** Three edits of the first image and as many of the second. */
    private static final List<ImageEdits> EDITS = List.of(
            new ImageEdits(
                    CAPTIONS.get(0),
                    List.of(
                            CAT,
                            new TargetEdit("emoji of star", EditSettings.NONE),
                            new TargetEdit("orange heart", CONTROL))),
            new ImageEdits(
                    CAPTIONS.get(1),
                    List.of(
                            new TargetEdit("emoji of lion", CONTROL),
                            CAT,
                            new TargetEdit("lion face", EditSettings.NONE))));

    private static final ImageNoise NOISE = new ImageNoise(List.of(11L, -5L));

    private static NDManager images;
    private static List<Step> steps;
    private static Inversion inversion;
    /** By method: what sampling starts from, and all edits sampled from it in one batch. */
    private static final Map<String, Map<String, NDArray>> STARTS = new HashMap<>();

    private static final Map<String, EditedLatents> TOGETHER = new HashMap<>();

    @BeforeAll
    static void invert() {
        images = model.newScope();
        steps = model.schedule().steps(STEPS);
        NDArray latent = model.encode(images, wave(images, 2, 3, 64, 64));
        Conditioning caption = model.condition(images, CAPTIONS);
        Conditioning empty = model.condition(images, List.of("", ""));
        Trajectory trajectory = DdimInversion.invert(images, new Denoiser(model), steps, latent, caption);
        inversion = new Inversion(steps, trajectory, caption, () -> empty, NOISE);
    }

    /** What the method says that it needs, and nothing else. */
    private static Map<String, NDArray> start(String name) {
        return STARTS.computeIfAbsent(name, any -> start(EditMethod.of(Method.of(name))));
    }

    private static Map<String, NDArray> start(EditMethod method) {
        Map<String, NDArray> start = new HashMap<>(method.prepare(images, method.unet(model), inversion, GUIDANCE));
        assertThat(start.keySet()).isEqualTo(method.ownKinds());
        if (method.sharedKinds().contains(EditMethod.TERMINAL)) {
            start.put(EditMethod.TERMINAL, inversion.trajectory().last());
        }
        if (method.sharedKinds().contains(EditMethod.PATH)) {
            start.put(
                    EditMethod.PATH,
                    NDArrays.stack(new NDList(inversion.trajectory().latents()), 1));
        }
        return start;
    }

    private static EditedLatents together(String name) {
        return TOGETHER.computeIfAbsent(name, any -> EditMethod.of(Method.of(name))
                .sample(images, new EditRun(model, steps, EDITS, start(name), GUIDANCE, NOISE)));
    }

    private Map<String, NDArray> row(Map<String, NDArray> start, int image) {
        Map<String, NDArray> row = new HashMap<>();
        start.forEach((kind, array) -> row.put(kind, BatchRows.slice(scope, array, image, image + 1)));
        return row;
    }

    private EditedLatents sample(EditMethod method, Map<String, NDArray> start, ImageEdits... images) {
        return sample(method, start, GUIDANCE, images);
    }

    private EditedLatents sample(EditMethod method, Map<String, NDArray> start, double guidance, ImageEdits... images) {
        List<Integer> numbers = Stream.of(images)
                .map(image -> CAPTIONS.indexOf(image.caption()))
                .toList();
        ImageNoise noise = NOISE.select(numbers);
        return method.sample(scope, new EditRun(model, steps, List.of(images), start, guidance, noise));
    }

    private static NDArray branch(NDArray latents, int index) {
        return latents.get(index + ":" + (index + 1));
    }

    /** The root of the squared error as a share of that of the expected values. */
    private static double relative(NDArray actual, NDArray expected) {
        NDArray error = actual.sub(expected);
        return Math.sqrt(
                error.square().sum().getFloat() / expected.square().sum().getFloat());
    }

    private static Stream<String> methods() {
        return Stream.of(
                "negative-prompt",
                "ddim-cfg",
                "null-text:inner-steps=2",
                "null-text-proximal:inner-steps=2",
                "proximal",
                "proximal:guide=both:recon-lr=0.5:prox=l1",
                "proximal:guide=none",
                "direct",
                "o-belm-npi",
                "o-belm-npi:guidance=2",
                "edict-npi",
                "edict-npi:guidance=2",
                "edict",
                "o-belm:grid=linspace",
                "negative-prompt:strength=0.5",
                "direct:inversion-guidance=2",
                "null-text:inner-steps=1:strength=0.75",
                "fixed-point:iterations=2",
                "aidi",
                "renoise",
                "spdinv:iterations=2",
                "easyinv:variant=v14",
                "ef-ddpm",
                "ddim-cfg:guided-from=0.3:guided-to=0.8",
                "direct:guided-to=0.6",
                "o-belm:guided-from=0.3",
                "edict-npi:guidance=2:guided-from=0.3:guided-to=0.8",
                "ef-ddpm:guided-from=0.3:guided-to=0.8",
                "infedit");
    }

    @ParameterizedTest
    @MethodSource("methods")
    void theSourceIsWhatTheMethodReconstructs(String name) {
        Method method = Method.of(name);
        NDArray expected = method.reconstruction()
                .reconstruct(scope, new Denoiser(model), inversion, GUIDANCE)
                .trajectory()
                .last();
        EditMethod editing = EditMethod.of(method);
        Map<String, NDArray> start = start(name);

        NDArray both = together(name).latents();
        for (int image = 0; image < 2; image++) {
            assertThat(relative(branch(both, 4 * image), branch(expected, image)))
                    .as("of two")
                    .isLessThan(1e-4);
            TargetEdit target = image == 0 ? CAT : new TargetEdit("emoji of cat", EditSettings.NONE);
            ImageEdits one = new ImageEdits(CAPTIONS.get(image), List.of(target));
            NDArray alone = sample(editing, row(start, image), one).latents();
            assertThat(relative(branch(alone, 0), branch(expected, image)))
                    .as("alone")
                    .isLessThan(1e-4);
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void editsTogetherAreWhatTheyAreOneByOne(String name) {
        EditMethod editing = EditMethod.of(Method.of(name));
        Map<String, NDArray> start = start(name);

        EditedLatents together = together(name);

        for (int image = 0; image < 2; image++) {
            for (int target = image; target < 3; target += 1 + image) {
                TargetEdit edit = EDITS.get(image).targets().get(target);
                ImageEdits one = new ImageEdits(CAPTIONS.get(image), List.of(edit));
                EditedLatents alone = sample(editing, row(start, image), one);
                NDArray edited = branch(together.latents(), 4 * image + 1 + target);
                assertThat(relative(edited, branch(alone.latents(), 1)))
                        .as(edit.prompt())
                        .isLessThan(1e-4);
                assertThat(relative(edited, branch(together.latents(), 4 * image)))
                        .isGreaterThan(1e-3);
                assertThat(together.blendMasks().get(image).get(target))
                        .isEqualTo(alone.blendMasks().get(0).get(0));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("methods")
    void outsideOfItsRegionAConfinedEditIsTheSource(String name) {
        EditMethod editing = EditMethod.of(Method.of(name));
        ImageEdits cat = new ImageEdits(CAPTIONS.get(0), List.of(CAT));

        EditedLatents result = sample(editing, row(start(name), 0), cat);

        PixelMask region = result.blendMasks().get(0).get(0).orElseThrow();
        float[] source = branch(result.latents(), 0).toFloatArray();
        float[] target = branch(result.latents(), 1).toFloatArray();
        double largest = 0;
        for (int i = 0; i < source.length; i++) {
            if (region.inside()[i % region.inside().length]) {
                largest = Math.max(largest, Math.abs(source[i] - target[i]));
            } else {
                assertThat(target[i]).isEqualTo(source[i]);
            }
        }
        assertThat(region.width()).isEqualTo(16);
        assertThat(region.count()).isBetween(1, 255);
        assertThat(largest).isGreaterThan(1e-3);
    }

    /** Against what its target is guided, in methods that otherwise leave it alone. */
    @ParameterizedTest
    @CsvSource({"negative-prompt, true", "ddim-cfg, false", "direct, false", "o-belm-npi, true", "edict-npi, true"})
    void aPromptSwapIsPlainSampling(String name, boolean againstCaption) {
        EditMethod editing = EditMethod.of(Method.of(name));
        Map<String, NDArray> start = start(name);
        Denoiser unet = new Denoiser(model);
        Conditioning negative =
                againstCaption ? inversion.caption() : inversion.empty().get();
        List<String> prompts = List.of("noto emoji of cat", "emoji of star");
        Guidance guidance = Guidance.of(scope, negative, model.condition(scope, prompts), GUIDANCE);
        NDArray expected;
        if (Method.of(name).reconstruction() instanceof CoupledInversion coupled) {
            NDArray stored = start.values().iterator().next();
            LatentPair pair = new LatentPair(stored.get(":, 0"), stored.get(":, 1"));
            expected = coupled.sample(
                            scope,
                            unet,
                            (owner, latents, step) -> guidance.predict(owner, unet, latents, step),
                            steps,
                            pair)
                    .last();
        } else {
            expected = DdimSampling.sample(
                            scope, unet, steps, inversion.trajectory().last(), guidance)
                    .last();
        }

        NDArray result = sample(editing, start, swap(0, prompts.get(0)), swap(1, prompts.get(1)))
                .latents();

        assertThat(relative(branch(result, 1), branch(expected, 0))).isLessThan(1e-4);
        assertThat(relative(branch(result, 3), branch(expected, 1))).isLessThan(1e-4);
    }

    private static ImageEdits swap(int image, String prompt) {
        return new ImageEdits(CAPTIONS.get(image), List.of(new TargetEdit(prompt, EditSettings.NONE)));
    }

    @ParameterizedTest
    @CsvSource({
        "negative-prompt, 4, 8",
        "ddim-cfg, 8, 8",
        "null-text:inner-steps=2, 8, 8",
        "null-text-proximal:inner-steps=2, 8, 8",
        "proximal, 4, 8",
        "direct, 4, 8",
        "o-belm-npi, 3, 6",
        "o-belm-npi:guidance=2, 6, 6",
        "edict-npi, 8, 16",
        "edict-npi:guidance=2, 16, 16",
        // Three of four steps.
        "edict:strength=0.75, 12, 12",
        "negative-prompt:strength=0.5, 2, 4",
        "ef-ddpm:guidance=1:strength=0.5, 2, 4",
        "infedit, 4, 8",
    })
    void evaluationsAreCountedByBranch(String name, int ofSource, int ofTarget) {
        EditedLatents result = together(name);

        assertThat(result.sourceEvaluations()).isEqualTo(ofSource);
        assertThat(result.targetEvaluations()).isEqualTo(ofTarget);
        assertThat(result.latents().getShape().getShape()).containsExactly(8, 4, 16, 16);
    }

    @ParameterizedTest
    @ValueSource(strings = {"negative-prompt", "ddim-cfg", "null-text:inner-steps=2", "direct", "edict-npi"})
    void withoutGuidanceEveryBranchIsEvaluatedOnce(String name) {
        EditMethod editing = EditMethod.of(Method.of(name));
        Map<String, NDArray> start = start(name);
        int each = name.equals("edict-npi") ? 2 * STEPS : STEPS;

        EditedLatents result = sample(editing, start, 1, swap(0, "noto emoji of cat"), swap(1, "star"));

        // Direct inversion's source is on the path, and nothing is taken from it here.
        assertThat(result.sourceEvaluations()).isEqualTo(name.equals("direct") ? 0 : each);
        assertThat(result.targetEvaluations()).isEqualTo(each);
    }

    /** A threshold of 0 shrinks nothing. */
    @Test
    void nullTextWithProximalGuidanceThatDoesNothingIsNullText() {
        String plain = "null-text:inner-steps=2";
        NDArray expected = together(plain).latents();

        NDArray result = sample(
                        EditMethod.of(Method.of("null-text-proximal:inner-steps=2:quantile=0:guide=none")),
                        start(plain),
                        EDITS.toArray(ImageEdits[]::new))
                .latents();

        assertThat(relative(result, expected)).isLessThan(1e-4);
        assertThat(relative(together("null-text-proximal:inner-steps=2").latents(), expected))
                .as("shrunk and pulled")
                .isGreaterThan(1e-2);
    }

    @ParameterizedTest
    @CsvSource({
        "o-belm-npi, o_belm, 2 4 16 16",
        "edict-npi, edict, 2 4 16 16",
        "null-text:inner-steps=1, null_text, 4 77 128"
    })
    void ownArraysHaveTheImagesInFront(String name, String kind, String shape) {
        Map<String, NDArray> own =
                EditMethod.of(Method.of(name)).prepare(scope, new Denoiser(model), inversion, GUIDANCE);

        assertThat(own).containsOnlyKeys(kind);
        long[] expected =
                Stream.of(("2 " + shape).split(" ")).mapToLong(Long::parseLong).toArray();
        assertThat(own.get(kind).getShape().getShape()).containsExactly(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"negative-prompt", "null-text:inner-steps=2", "proximal", "direct", "o-belm-npi", "edict-npi"})
    void aResultIsItsLatentsAndNothingElse(String name) {
        EditMethod editing = EditMethod.of(Method.of(name));
        int before = model.residentArrays();
        try (NDManager own = model.newScope()) {
            Map<String, NDArray> prepared = editing.prepare(own, new Denoiser(model), inversion, GUIDANCE);
            assertThat(own.getManagedArrays()).hasSameSizeAs(prepared.keySet());
            assertThat(model.residentArrays()).isEqualTo(before + prepared.size());
        }
        Map<String, NDArray> start = start(name);
        int resident = model.residentArrays();
        try (NDManager owner = model.newScope()) {
            editing.sample(owner, new EditRun(model, steps, EDITS, start, GUIDANCE, NOISE));

            assertThat(owner.getManagedArrays()).hasSize(1);
            assertThat(model.residentArrays()).isEqualTo(resident + 1);
        }
    }

    @Test
    void whatIsMissingIsNamed() {
        EditMethod direct = EditMethod.of(Method.of("direct"));
        NDArray terminal = inversion.trajectory().last();
        NDArray shortPath = NDArrays.stack(new NDList(Collections.nCopies(3, terminal)), 1);

        assertThatThrownBy(() -> sample(direct, Map.of("zT", terminal), EDITS.get(0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("sampling starts from 'path', which was not given; there is zT");
        assertThatThrownBy(() -> sample(direct, Map.of("path", shortPath), EDITS.get(0)))
                .hasMessage("'path' is given for 2 images, there are 1");
        assertThatThrownBy(() -> sample(direct, Map.of("path", shortPath), EDITS.toArray(ImageEdits[]::new)))
                .hasMessage("'path' is given for 3 latents of an inversion, there are 5");
    }
}
