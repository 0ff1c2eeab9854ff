package io.sparkinversion.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.api.InversionSettings;
import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.LongCaptions;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.editing.EditOptions;
import io.sparkinversion.editing.EditPrompt;
import io.sparkinversion.engine.EditRecipe.Control;
import io.sparkinversion.engine.Engine.EditInput;
import io.sparkinversion.engine.Engine.Edited;
import io.sparkinversion.engine.Engine.Input;
import io.sparkinversion.engine.Engine.Result;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.job.JobFixture;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.worker.Samples;
import io.sparkinversion.worker.WorkerSettings;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With the embedded model, on the CPU. */
@Timeout(300)
class LongCaptionsTest {
    private static final int CHUNK = 75;
    /** One token a word. */
    private static final String LONG = cats(CHUNK + 5);

    private static StableDiffusion model;
    private static DiffusionEngine engine;

    @BeforeAll
    static void load() {
        TorchRuntime.gpuCount();
        model = StableDiffusion.load(new DiffusersFolder(Samples.MODEL), Device.cpu(), ScalarType.FLOAT32);
        engine = new DiffusionEngine(model, null);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static String cats(int count) {
        return String.join(" ", Collections.nCopies(count, "cat"));
    }

    private static Recipe recipe(LongCaptions how, String... methods) {
        return new Recipe(List.of(methods).stream().map(Method::of).toList(), 2, 7.5, how);
    }

    private static Input withCaption(String caption) {
        return new Input(Samples.input(1).image(), caption);
    }

    @Test
    void aCaptionIsCountedInPiecesOfSeventyFiveTokens() {
        assertThat(model.tokenizer().chunkCount("")).isEqualTo(1);
        assertThat(model.tokenizer().chunkCount(cats(CHUNK))).isEqualTo(1);
        assertThat(model.tokenizer().chunkCount(cats(CHUNK + 1))).isEqualTo(2);
        assertThat(model.tokenizer().chunkCount(cats(2 * CHUNK + 1))).isEqualTo(3);
    }

    @Test
    void aCaptionOfOnePieceIsConditionedAsEver() {
        try (NDManager scope = model.newScope()) {
            List<String> captions = List.of("a round cat", cats(CHUNK));
            assertThat(model.condition(scope, captions, 1).embedding().toFloatArray())
                    .isEqualTo(model.condition(scope, captions).embedding().toFloatArray());
        }
    }

    @Test
    void eachPieceIsEncodedByItselfAndTheUNetReadsAllOfThem() {
        try (NDManager scope = model.newScope()) {
            Conditioning both = model.condition(scope, List.of(LONG, "a round cat"), 2);

            NDArray pieces = model.embed(scope, List.of(cats(CHUNK), cats(5), "a round cat", ""));
            NDArray ofLong = NDArrays.concat(new NDList(pieces.get("0"), pieces.get("1")), 0);
            NDArray ofShort = NDArrays.concat(new NDList(pieces.get("2"), pieces.get("3")), 0);
            assertThat(both.embedding().get("0").toFloatArray()).isEqualTo(ofLong.toFloatArray());
            assertThat(both.embedding().get("1").toFloatArray()).isEqualTo(ofShort.toFloatArray());
            assertThat(both.keysValues())
                    .isNotEmpty()
                    .allSatisfy(keys -> assertThat(keys.getShape().get(2)).isEqualTo(154));
            assertThat(model.embedNothing(scope, 1, 2).toFloatArray())
                    .isEqualTo(NDArrays.concat(new NDList(pieces.get("3"), pieces.get("3")), 0)
                            .toFloatArray());
        }
    }

    /**
     * Softmax over twice the same keys gives what softmax over them once gives: two equal pieces are one.
     */
    @Test
    void attentionOverTwoEqualPiecesIsAttentionOverOne() {
        try (NDManager scope = model.newScope()) {
            String piece = cats(CHUNK);
            NDArray latent = scope.randomNormal(new Shape(1, 4, 16, 16));
            NDArray once = model.predict(scope, latent, new int[] {501}, model.condition(scope, List.of(piece)));
            NDArray twice = model.predict(
                    scope, latent, new int[] {501}, model.condition(scope, List.of(piece + " " + piece), 2));
            float[] expected = once.toFloatArray();
            float[] found = twice.toFloatArray();
            for (int i = 0; i < expected.length; i++) {
                assertThat(found[i]).isCloseTo(expected[i], within(1e-4f));
            }
        }
    }

    @Test
    void shortCaptionsGiveTheSameBitsWhateverElseIsInTheBatch() {
        Result cut = engine.run(List.of(withCaption("a round cat")), recipe(LongCaptions.CUT, "ddim-cfg"))
                .get(0);
        List<Result> chunked = engine.run(
                List.of(withCaption(LONG), withCaption("a round cat")), recipe(LongCaptions.CHUNKS, "ddim-cfg"));

        assertThat(chunked.get(1).terminalLatent().bytes())
                .isEqualTo(cut.terminalLatent().bytes());
        assertThat(chunked.get(1).reconstructions().get(0).image().pixels())
                .isEqualTo(cut.reconstructions().get(0).image().pixels());
    }

    @Test
    void everyKindOfMethodTakesLongCaptions() {
        String[] methods = {"negative-prompt", "ddim-cfg", "null-text:inner-steps=1", "proximal", "direct"};
        Result cut = engine.run(List.of(withCaption(LONG)), recipe(LongCaptions.CUT, methods))
                .get(0);
        Result chunked = engine.run(List.of(withCaption(LONG)), recipe(LongCaptions.CHUNKS, methods))
                .get(0);

        assertThat(cut.captionTruncated()).isTrue();
        assertThat(chunked.captionTruncated()).isFalse();
        assertThat(chunked.captionTokens()).isEqualTo(CHUNK + 5);
        assertThat(chunked.finite()).isTrue();
        assertThat(chunked.reconstructions()).hasSize(methods.length);
        assertThat(chunked.terminalLatent().bytes())
                .isNotEqualTo(cut.terminalLatent().bytes());
    }

    @Test
    void promptsInChunksAreNotEditedAndOthersAreAsEver() {
        EditRecipe edits = new EditRecipe(List.of(new Control("prompt-swap", EditOptions.PROMPT_SWAP)), null, false);
        EditInput plain = toBeEdited("a round cat", "a round dog");
        Edited cut = engine.edit(List.of(plain), recipe(LongCaptions.CUT, "negative-prompt"), edits)
                .get(0);
        Recipe chunks = recipe(LongCaptions.CHUNKS, "negative-prompt");

        assertThat(engine.edit(List.of(plain), chunks, edits)
                        .get(0)
                        .edits()
                        .get(0)
                        .sample()
                        .edited()
                        .pixels())
                .isEqualTo(cut.edits().get(0).sample().edited().pixels());
        assertThat(List.of(toBeEdited(LONG, "a round dog"), toBeEdited("a round cat", LONG)))
                .allSatisfy(input -> {
                    Failure failure = engine.edit(List.of(input), chunks, edits)
                            .get(0)
                            .edits()
                            .get(0)
                            .failure();
                    assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_EDIT);
                    assertThat(failure.message()).contains("more than 75 tokens", "--long-captions cut");
                });
    }

    private static EditInput toBeEdited(String caption, String prompt) {
        return new EditInput(Samples.input(1).image(), caption, List.of(new EditPrompt(prompt)), null, List.of());
    }

    @Test
    void chunksAreASettingOfTheirResults() {
        InversionSettings settings = InversionSettings.builder()
                .model(Samples.MODEL.toString())
                .longCaptions(LongCaptions.CHUNKS)
                .build();
        assertThat(settings.longCaptions()).isEqualTo(LongCaptions.CHUNKS);
        assertThat(settingsKey(LongCaptions.CHUNKS)).isNotEqualTo(settingsKey(LongCaptions.CUT));
    }

    private static String settingsKey(LongCaptions how) {
        WorkerSettings worker =
                JobFixture.worker(2).toBuilder().longCaptions(how).build();
        DatasetSettings dataset = new DatasetSettings("data", null, Format.AUTO, 0);
        return new JobSettings(dataset, "out", worker, null, 0, 0, Resume.REUSE).settingsKey();
    }
}
