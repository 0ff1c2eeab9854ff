package io.sparkinversion.worker;

import static io.sparkinversion.worker.PipelineFixture.items;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.EngineException;
import io.sparkinversion.engine.EngineException.Kind;
import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.Failure.Stage;
import io.sparkinversion.engine.Recipe;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the pipeline makes of an engine's failures. */
@Timeout(60)
class EngineFailureTest {

    private static ImageOutcome outcome(List<ImageOutcome> outcomes, int number) {
        return outcomes.stream()
                .filter(outcome -> outcome.item().imageId().equals("id " + number))
                .findFirst()
                .orElseThrow();
    }

    private static List<ImageOutcome> failures(List<ImageOutcome> outcomes) {
        return outcomes.stream().filter(ImageOutcome::failed).toList();
    }

    @Test
    void halvesABatchThatIsTooLargeAndTriesNoLargerOneAgain() {
        FakeEngine engine = new FakeEngine().outOfMemoryAbove(2);
        try (PipelineFixture fixture = new PipelineFixture(engine, 8)) {
            List<ImageOutcome> outcomes = fixture.run(items(16));

            assertThat(outcomes).hasSize(16).noneMatch(ImageOutcome::failed);
            assertThat(engine.batchSizes()).containsExactly(8, 4, 2, 2, 2, 2, 2, 2, 2, 2);
        }
    }

    @Test
    void sparesOtherTasksTheBatchesThatDidNotFit() {
        BatchLimit shared = new BatchLimit(8);
        FakeEngine engine = new FakeEngine().outOfMemoryAbove(4);
        try (PipelineFixture first = new PipelineFixture(engine, 8).withLimit(shared);
                PipelineFixture second = new PipelineFixture(engine, 8).withLimit(shared)) {
            BatchPipeline late = second.over(items(16).iterator());
            first.run(items(8));
            late.forEachRemaining(outcome -> assertThat(outcome.failed()).isFalse());

            assertThat(engine.batchSizes()).containsExactly(8, 4, 4, 4, 4, 4, 4);
        }
    }

    @Test
    void anImageThatNeverFitsFailsAloneAndSaysWhatToDo() {
        FakeEngine engine = new FakeEngine().outOfMemoryFor("caption 5");
        try (PipelineFixture fixture = new PipelineFixture(engine, 8)) {
            List<ImageOutcome> outcomes = fixture.run(items(8));

            assertThat(failures(outcomes)).containsExactly(outcome(outcomes, 5));
            ImageOutcome failed = outcome(outcomes, 5);
            assertThat(failed.failure())
                    .isEqualTo(new Failure(
                            Stage.INVERT,
                            ErrorCode.OUT_OF_DEVICE_MEMORY,
                            "even alone in its batch, 5.png does not fit the memory of gpu:7; lower --resolution or try"
                                    + " --dtype float16: injected: out of memory at 1"));
            assertThat(failed.source().sha256()).hasSize(64);
            assertThat(failed.original()).isNull();
            assertThat(failed.terminalLatent()).isNull();
            assertThat(failed.results()).isEmpty();
        }
    }

    @Test
    void aDeviceWithoutMemoryForAnythingStillAnswersForEveryImage() {
        FakeEngine engine = new FakeEngine().outOfMemoryAbove(0);
        try (PipelineFixture fixture = new PipelineFixture(engine, 4)) {
            List<ImageOutcome> outcomes = fixture.run(items(9));

            assertThat(outcomes).hasSize(9);
            assertThat(outcomes).allMatch(outcome -> outcome.failure().code() == ErrorCode.OUT_OF_DEVICE_MEMORY);
            assertThat(engine.batchSizes()).containsExactly(4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        }
    }

    @Test
    void isolatesTheOneImageThatTheEngineFailsFor() {
        FakeEngine engine = new FakeEngine().failsFor("caption 5");
        try (PipelineFixture fixture = new PipelineFixture(engine, 8)) {
            List<ImageOutcome> outcomes = fixture.run(items(16));

            assertThat(failures(outcomes)).containsExactly(outcome(outcomes, 5));
            assertThat(outcome(outcomes, 5).failure())
                    .isEqualTo(new Failure(Stage.INVERT, ErrorCode.ENGINE_ERROR, "5.png: injected: bad input"));
            assertThat(engine.batchSizes())
                    .as("no lasting harm to the batch size")
                    .endsWith(8);
        }
    }

    @Test
    void isolatesAnImageThatTheEngineStumblesOver() {
        FakeEngine engine = new FakeEngine().crashesFor("caption 1");
        try (PipelineFixture fixture = new PipelineFixture(engine, 4)) {
            List<ImageOutcome> outcomes = fixture.run(items(4));

            assertThat(failures(outcomes)).containsExactly(outcome(outcomes, 1));
            assertThat(outcome(outcomes, 1).failure())
                    .isEqualTo(new Failure(
                            Stage.INVERT,
                            ErrorCode.ENGINE_ERROR,
                            "1.png: IndexOutOfBoundsException: injected: index 7"));
        }
    }

    @Test
    void aLostDeviceEndsTheTaskWithoutAnotherTry() {
        FakeEngine engine = new FakeEngine().losesDeviceAfter(2);
        try (PipelineFixture fixture = new PipelineFixture(engine, 4);
                BatchPipeline pipeline = fixture.over(items(40).iterator())) {
            List<ImageOutcome> outcomes = new ArrayList<>();

            assertThatThrownBy(() -> pipeline.forEachRemaining(outcomes::add))
                    .isInstanceOfSatisfying(
                            EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.DEVICE_LOST))
                    .hasMessage("injected: unspecified launch failure");
            assertThat(engine.batchSizes()).containsExactly(4, 4, 4);
            assertThat(outcomes).noneMatch(ImageOutcome::failed);
        }
    }

    @Test
    void aResultThatIsNotFiniteFailsAndKeepsWhatIsKnownOfTheCaption() {
        FakeEngine engine = new FakeEngine().notFiniteFor("caption 2");
        try (PipelineFixture fixture = new PipelineFixture(engine, 4)) {
            List<ImageOutcome> outcomes = fixture.run(items(4));

            assertThat(failures(outcomes)).containsExactly(outcome(outcomes, 2));
            assertThat(outcome(outcomes, 2).failure())
                    .isEqualTo(new Failure(
                            Stage.INVERT,
                            ErrorCode.NOT_FINITE,
                            "the results of 2.png have infinities or NaN; try --dtype float32 or bfloat16"));
            assertThat(outcome(outcomes, 2).worker().captionTokens()).isEqualTo(3);
            assertThat(outcome(outcomes, 2).results()).isEmpty();
        }
    }

    @Test
    void aReconstructionThatCannotBeMeasuredFailsAlone() {
        FakeEngine engine = new FakeEngine().misshapenFor("caption 0");
        try (PipelineFixture fixture = new PipelineFixture(engine, 4)) {
            List<ImageOutcome> outcomes = fixture.run(items(4));

            assertThat(failures(outcomes)).containsExactly(outcome(outcomes, 0));
            assertThat(outcome(outcomes, 0).failure().stage()).isEqualTo(Stage.METRICS);
            assertThat(outcome(outcomes, 0).failure().code()).isEqualTo(ErrorCode.ENGINE_ERROR);
            assertThat(outcome(outcomes, 0).failure().message())
                    .startsWith("cannot measure the reconstruction of 0.png: IllegalArgumentException: cannot compare");
        }
    }

    @Test
    void aModelThatDoesNotLoadFailsTheTaskAndNoImage() {
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 4).withEngine(() -> {
                    throw new EngineException(Kind.OUT_OF_MEMORY, "injected: the weights do not fit", null);
                });
                BatchPipeline pipeline = fixture.over(items(8).iterator())) {
            assertThatThrownBy(pipeline::hasNext).hasMessage("injected: the weights do not fit");

            assertThat(fixture.reported()).isEmpty();
        }
    }

    @Test
    void errorsOfTheJvmPassAsTheyAre() {
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 4).withFiles(path -> {
                    throw new NoClassDefFoundError("injected");
                });
                BatchPipeline pipeline = fixture.over(
                        List.of(PipelineFixture.withBytes("on disk", null)).iterator())) {
            assertThatThrownBy(pipeline::hasNext)
                    .isInstanceOf(NoClassDefFoundError.class)
                    .hasMessage("injected");
        }
    }

    @Test
    void anEngineThatLosesResultsIsADefectAndNoRow() {
        Engine forgetful = new Engine() {
            @Override
            public String device() {
                return "cpu";
            }

            @Override
            public List<Result> run(List<Input> batch, Recipe recipe) {
                return List.of();
            }

            @Override
            public List<Edited> edit(List<EditInput> batch, Recipe recipe, EditRecipe edits) {
                return List.of();
            }

            @Override
            public void close() {}
        };
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 4).withEngine(() -> forgetful);
                BatchPipeline pipeline = fixture.over(items(3).iterator())) {
            assertThatThrownBy(pipeline::hasNext)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the engine returned 0 results for 3 images");
        }
    }
}
