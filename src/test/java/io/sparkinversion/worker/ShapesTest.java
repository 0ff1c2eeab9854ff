package io.sparkinversion.worker;

import static io.sparkinversion.worker.PipelineFixture.ids;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.image.ImageDecoder;
import io.sparkinversion.image.ResizeMode;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.image.Sizing;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Images of several shapes on their way through a pipeline. */
@Timeout(60)
class ShapesTest {
    private static final Sizing FIT = new Sizing(ResizeMode.FIT, 32, 8, false);
    private static final int[][] SIZES = {{40, 40}, {30, 90}, {90, 30}, {60, 40}};

    /** In turn of all sizes. */
    private static List<WorkItem> items(int count) {
        List<WorkItem> items = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] size = SIZES[i % SIZES.length];
            items.add(item(i, size[0], size[1]));
        }
        return items;
    }

    private static WorkItem item(int number, int width, int height) {
        byte[] png = PipelineFixture.png(width, height, number);
        return new WorkItem("id " + number, number + ".png", "caption " + number, null, png, null);
    }

    private static RgbImage decoded(byte[] png) throws Exception {
        return ImageDecoder.decode(png, Long.MAX_VALUE);
    }

    @Test
    void aBatchHasOneShapeAndIsFullWhereItCanBe() {
        FakeEngine engine = new FakeEngine();
        try (PipelineFixture fixture = new PipelineFixture(engine, 3).withSizing(FIT)) {
            List<ImageOutcome> outcomes = fixture.run(items(24));

            assertThat(ids(outcomes)).hasSize(24).doesNotHaveDuplicates();
            assertThat(outcomes).noneMatch(ImageOutcome::failed);
            assertThat(engine.batchSizes()).hasSize(8).containsOnly(3);
            assertThat(engine.batches()).allSatisfy(batch -> assertThat(batch.stream()
                            .map(caption -> Integer.parseInt(caption.substring(8)) % SIZES.length)
                            .distinct())
                    .hasSize(1));
        }
    }

    @Test
    void imagesOfRareShapesDoNotPileUp() {
        FakeEngine engine = new FakeEngine();
        AtomicInteger read = new AtomicInteger();
        try (PipelineFixture fixture =
                new PipelineFixture(engine, 2).withSizing(new Sizing(ResizeMode.FIT, 256, 8, false))) {
            List<WorkItem> items = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                items.add(item(i, 40 + 2 * i, 100 - 2 * i));
            }
            List<ImageOutcome> outcomes = new ArrayList<>();
            try (BatchPipeline pipeline = fixture.over(
                    items.stream().peek(item -> read.incrementAndGet()).iterator())) {
                while (pipeline.hasNext()) {
                    outcomes.add(pipeline.next());
                    // Those that wait for their shape, that are read ahead, and that are measured.
                    assertThat(read.get()).isLessThanOrEqualTo(outcomes.size() + 4 * 2 + 3 * 2 + 3 * 2);
                }
            }
            assertThat(ids(outcomes)).hasSize(30).doesNotHaveDuplicates();
        }
    }

    @Test
    void aPictureThatIsTooNarrowIsARowWithAStatus() {
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 2).withSizing(FIT)) {
            List<ImageOutcome> outcomes = fixture.run(List.of(item(0, 10, 200), item(1, 40, 40)));

            assertThat(outcomes)
                    .filteredOn(ImageOutcome::failed)
                    .singleElement()
                    .satisfies(outcome -> {
                        assertThat(outcome.failure().code()).isEqualTo(ErrorCode.ASPECT_RATIO);
                        assertThat(outcome.failure().message())
                                .startsWith("0.png: 10 x 200 pixels are too long and narrow for --resize fit");
                        assertThat(outcome.source().width()).isEqualTo(10);
                    });
        }
    }

    @ParameterizedTest
    @EnumSource(ResizeMode.class)
    void picturesGetTheirOwnSizeBack(ResizeMode mode) throws Exception {
        Sizing sizing = new Sizing(mode, 32, 8, false);
        try (PipelineFixture fixture =
                new PipelineFixture(new FakeEngine(), 2).withSizing(sizing).restoringSizes()) {
            for (ImageOutcome outcome : fixture.run(items(4))) {
                RgbImage picture = decoded(outcome.item().bytes());

                // One colour, and the engine returns what it gets.
                assertThat(decoded(outcome.original())).isEqualTo(picture);
                assertThat(decoded(outcome.results().get(0).reconstruction())).isEqualTo(picture);
                assertThat(outcome.results().get(0).scores().psnr()).isInfinite();
            }
        }
    }

    @Test
    void withoutThatTheyHaveTheSizeThatTheEngineSaw() throws Exception {
        try (PipelineFixture fixture = new PipelineFixture(new FakeEngine(), 2).withSizing(FIT)) {
            for (ImageOutcome outcome : fixture.run(List.of(item(1, 30, 90)))) {
                assertThat(decoded(outcome.original()).size()).isEqualTo("16x48");
                assertThat(decoded(outcome.results().get(0).reconstruction()).size())
                        .isEqualTo("16x48");
            }
        }
    }
}
