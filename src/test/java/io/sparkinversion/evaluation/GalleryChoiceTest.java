package io.sparkinversion.evaluation;

import static io.sparkinversion.evaluation.MadeUp.evaluation;
import static io.sparkinversion.evaluation.MadeUp.failed;
import static io.sparkinversion.evaluation.MadeUp.good;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GalleryChoiceTest {
    @Test
    void worstAreThoseOfNegativePromptAtFiftySteps() {
        Evaluation evaluation = evaluation(
                List.of("ddim", "negative-prompt"),
                List.of(50, 100),
                good("good", "negative-prompt", 50, 30, 0, 1),
                good("bad", "negative-prompt", 50, 10, 0, 1),
                good("identical", "negative-prompt", 50, Double.POSITIVE_INFINITY, 0, 1),
                failed("failed", "", "negative-prompt", 50, "NOT_FINITE"),
                good("good", "negative-prompt", 100, 1, 0, 1),
                good("good", "ddim", 50, 2, 0, 1));

        assertThat(evaluation.mainSteps()).isEqualTo(50);
        assertThat(GalleryChoice.of(evaluation).worst()).containsExactly("bad", "good", "identical");
        assertThat(GalleryChoice.of(evaluation).all()).containsExactlyInAnyOrder("bad", "good", "identical");
    }

    @Test
    void withoutNegativePromptTheFirstThatInvertsDecides() {
        Evaluation evaluation = evaluation(
                List.of("vae", "ddim", "ddim-cfg"),
                List.of(10, 20),
                good("a", "vae", 20, 30, 0, 1),
                good("b", "vae", 20, 10, 0, 1),
                good("a", "ddim", 20, 12, 0, 1),
                good("b", "ddim", 20, 13, 0, 1));

        assertThat(evaluation.mainSteps()).isEqualTo(20);
        assertThat(GalleryChoice.of(evaluation).worst()).containsExactly("a", "b");
    }

    @Test
    void takesTwentyOfEachAndTheSameWhateverTheOrder() {
        List<Measurement> measurements = new ArrayList<>(IntStream.range(0, 1000)
                .mapToObj(i -> good("image " + i, "negative-prompt", 50, 20 + i % 10, 0, 1))
                .toList());
        GalleryChoice choice = GalleryChoice.of(of(measurements));
        Collections.shuffle(measurements, new Random(1));

        assertThat(choice.worst()).hasSize(20);
        assertThat(choice.random()).hasSize(20).doesNotHaveDuplicates();
        assertThat(GalleryChoice.of(of(measurements))).isEqualTo(choice);
        // a sample of a part of the images is the part of the sample: the draw is a property of the id
        List<Measurement> half = measurements.subList(0, 500);
        List<String> inHalf = half.stream().map(Measurement::imageId).toList();
        assertThat(GalleryChoice.of(of(half)).random())
                .containsAll(choice.random().stream().filter(inHalf::contains).toList());
    }

    private static Evaluation of(List<Measurement> measurements) {
        return new Evaluation(Map.of(), null, false, List.of("negative-prompt"), List.of(50), measurements);
    }
}
