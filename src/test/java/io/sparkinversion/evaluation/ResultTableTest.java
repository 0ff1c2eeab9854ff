package io.sparkinversion.evaluation;

import static io.sparkinversion.evaluation.MadeUp.evaluation;
import static io.sparkinversion.evaluation.MadeUp.failed;
import static io.sparkinversion.evaluation.MadeUp.good;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.report.Share;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ResultTableTest {
    private static final List<String> BOTH = List.of("negative-prompt", "null-text");

    @Test
    void comparesWithNegativePromptOnTheSameImages() {
        ResultTable table = ResultTable.of(evaluation(
                BOTH,
                List.of(50),
                good("a", "negative-prompt", 50, 20, 0.3, 1),
                good("b", "negative-prompt", 50, 24, 0.2, 1),
                good("c", "negative-prompt", 50, 28, 0.1, 2),
                good("only here", "negative-prompt", 50, 99, 0.9, 500),
                good("c", "null-text", 50, 30, 0.1, 30),
                good("a", "null-text", 50, 21, 0.1, 10),
                good("b", "null-text", 50, 27, 0.1, 20)));

        MethodRow row = table.of("null-text").get(0);

        // differences 1, 3, 2: standard deviation 1; t of 2 degrees of freedom is 4.303
        assertThat(row.psnrToBaseline().count()).isEqualTo(3);
        assertThat(row.psnrToBaseline().mean()).isCloseTo(2, within(1e-12));
        assertThat(row.psnrToBaseline().standardError()).isCloseTo(1 / Math.sqrt(3), within(1e-12));
        assertThat(row.psnrToBaseline().low()).isCloseTo(2 - 4.303 / Math.sqrt(3), within(1e-3));
        assertThat(row.lpipsToBaseline().mean()).isCloseTo(-0.1, within(1e-12));
        assertThat(row.timeRatio().mean()).isCloseTo(20 / (4 / 3.0), within(1e-12));
        assertThat(row.imagesPerSecond()).isCloseTo(1 / 20.0, within(1e-12));
        assertThat(row.psnrToVae().mean()).isCloseTo(26 - 30, within(1e-12));
        assertThat(table.of("negative-prompt").get(0).psnrToBaseline().count()).isZero();
        assertThat(table.of("negative-prompt").get(0).timeRatio().mean()).isEqualTo(1);
    }

    @Test
    void aBatchIsOneMeasurementOfTime() {
        Measurement[] timed = Stream.of(batch("a", 1, "a", "b"), batch("c", 3, "c", "d"), batch("e", 2, "e", "f"))
                .flatMap(Arrays::stream)
                .toArray(Measurement[]::new);
        MethodRow row = ResultTable.of(evaluation(BOTH, List.of(50), timed))
                .of("null-text")
                .get(0);

        // Batches 10, 30 and 20 s an image: standard deviation 10.
        assertThat(row.seconds().mean()).isCloseTo(20, within(1e-12));
        assertThat(row.seconds().standardError()).isCloseTo(10 / Math.sqrt(3), within(1e-12));
        // Each batch has ten times the baseline's time exactly.
        assertThat(row.timeRatio().mean()).isCloseTo(10, within(1e-12));
        assertThat(row.timeRatio().standardError()).isCloseTo(0, within(1e-12));

        MethodRow alone = ResultTable.of(evaluation(BOTH, List.of(50), batch("a", 1, "a", "b")))
                .of("null-text")
                .get(0);
        assertThat(alone.seconds().mean()).isEqualTo(10);
        assertThat(alone.seconds().standardError()).isNaN();
    }

    private static Measurement[] batch(String first, double seconds, String... ids) {
        return Arrays.stream(ids)
                .flatMap(id -> Stream.of(
                        good(id, "negative-prompt", 50, 20, 0.3, seconds),
                        good(id, "null-text", 50, 20, 0.3, 10 * seconds)))
                .map(one -> MeasurementBuilder.of(one).timedWith(first, 1).build())
                .toArray(Measurement[]::new);
    }

    @Test
    void comparesWithinAStepCountOnly() {
        ResultTable table = ResultTable.of(evaluation(
                BOTH,
                List.of(10, 50),
                good("a", "negative-prompt", 10, 20, 0.3, 1),
                good("a", "negative-prompt", 50, 25, 0.3, 5),
                good("a", "null-text", 50, 26, 0.3, 50)));

        assertThat(table.of("null-text")).extracting(MethodRow::steps).containsExactly(10, 50);
        assertThat(table.of("null-text").get(0).count()).isZero();
        assertThat(table.of("null-text").get(1).psnrToBaseline().mean()).isEqualTo(1);
    }

    @Test
    void failedImagesAreCountedAndInNoNumber() {
        MethodRow row = ResultTable.of(evaluation(
                        List.of("negative-prompt"),
                        List.of(50),
                        good("a", "negative-prompt", 50, 19.9, 0.26, 1),
                        good("b", "negative-prompt", 50, 20, 0.25, 3),
                        failed("c", "a cat", "negative-prompt", 50, "CORRUPT_IMAGE")))
                .rows()
                .get(0);

        assertThat(row.count()).isEqualTo(2);
        assertThat(row.failed()).isEqualTo(1);
        assertThat(row.seconds().mean()).isEqualTo(2);
        assertThat(row.lowPsnr()).isEqualTo(new Share(1, 2));
        assertThat(row.highLpips()).isEqualTo(new Share(1, 2));
    }

    @Test
    void identicalImagesAreNamedAndNotAveraged() {
        Evaluation evaluation = evaluation(
                List.of("vae"),
                List.of(50),
                good("a", "vae", 50, Double.POSITIVE_INFINITY, 0, 1),
                good("b", "vae", 50, 30, 0.1, 1));

        MethodRow row = ResultTable.of(evaluation).rows().get(0);

        assertThat(row.identical()).containsExactly("a");
        assertThat(row.psnr().mean()).isEqualTo(30);
        assertThat(row.psnr().count()).isEqualTo(1);
        assertThat(row.lowPsnr()).isEqualTo(new Share(0, 2));
        assertThat(Findings.identical(ResultTable.of(evaluation)))
                .containsExactly(
                        "vae at 50 steps: 1 reconstruction equal to the original (PSNR infinite, in no mean): a");
    }

    @Test
    void missingLpipsIsNoShareAndNoMean() {
        MethodRow row = ResultTable.of(
                        evaluation(List.of("ddim"), List.of(50), good("a", "ddim", 50, 25, Double.NaN, 1)))
                .rows()
                .get(0);

        assertThat(row.lpips().count()).isZero();
        assertThat(row.highLpips()).isEqualTo(new Share(0, 0));
        assertThat(row.timeRatio().mean()).isNaN();
    }

    @Test
    void theAutoencoderHasTheStepCountsItWasMeasuredAt() {
        Evaluation evaluation = evaluation(
                List.of("vae", "ddim"),
                List.of(10, 50),
                good("a", "vae", 0, 30, 0.1, 1),
                good("a", "ddim", 10, 25, 0.1, 1));

        assertThat(ResultTable.of(evaluation).of("vae"))
                .extracting(MethodRow::steps)
                .containsExactly(0);
        assertThat(ResultTable.of(evaluation).of("ddim"))
                .extracting(MethodRow::steps)
                .containsExactly(10, 50);
    }

    /** Means that the reference Python code computed over the same images. */
    @Test
    void meansAreThoseOfTheReference() throws IOException {
        JsonNode reference;
        try (InputStream stream = getClass().getResourceAsStream("/eval/reference.json")) {
            reference = new ObjectMapper().readTree(stream);
        }
        List<String> methods = List.of("vae", "negative-prompt", "ddim-cfg", "null-text");
        List<Measurement> measurements = new ArrayList<>();
        reference
                .get("images")
                .properties()
                .forEach(image -> methods.forEach(method -> {
                    if (image.getValue().has(method)) {
                        double psnr = image.getValue().get(method).get("psnr").asDouble();
                        measurements.add(good(image.getKey(), method, 50, psnr, Double.NaN, 1));
                    }
                }));
        ResultTable table = ResultTable.of(new Evaluation(Map.of(), null, false, methods, List.of(50), measurements));

        for (MethodRow row : table.rows()) {
            JsonNode expected = reference.get("summary").get(row.method());
            assertThat(row.count()).isEqualTo(expected.get("n").asInt());
            assertThat(row.psnr().mean())
                    .describedAs(row.method())
                    .isCloseTo(expected.get("psnr").asDouble(), within(1e-3));
        }
        // null-text ran on 12 of the 100 images: the difference is over those
        assertThat(table.of("null-text").get(0).psnrToBaseline().count()).isEqualTo(12);
    }

    @Test
    void refusesWhatCannotBeATable() {
        Measurement one = good("a", "ddim", 50, 25, 0.1, 1);

        assertThatThrownBy(() -> evaluation(List.of("ddim"), List.of(50), one, one))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("image 'a' was measured twice with 'ddim' at 50 steps");
        assertThatThrownBy(() -> evaluation(List.of("vae"), List.of(50), one))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("image 'a' was measured with 'ddim', which is not among the methods [vae]");
        assertThatThrownBy(() -> evaluation(List.of(), List.of(50)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("needs a method and a step count");
    }
}
