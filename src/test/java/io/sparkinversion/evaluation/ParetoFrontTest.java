package io.sparkinversion.evaluation;

import static io.sparkinversion.evaluation.MadeUp.evaluation;
import static io.sparkinversion.evaluation.MadeUp.failed;
import static io.sparkinversion.evaluation.MadeUp.good;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ParetoFrontTest {
    @Test
    void keepsWhatNoOtherBeatsInBothTimeAndQuality() {
        List<String> methods = List.of(
                "vae",
                "slow and bad",
                "fast",
                "slower and equal",
                "good",
                "best",
                "equal to fast",
                "lost",
                "rounding better");
        Evaluation evaluation = evaluation(
                methods,
                List.of(50),
                good("a", "vae", 50, 40, 0, 0.1),
                good("a", "slow and bad", 50, 15, 0, 9),
                good("a", "fast", 50, 20, 0, 1),
                good("a", "slower and equal", 50, 20, 0, 2),
                good("a", "good", 50, 25, 0, 3),
                good("a", "best", 50, 26, 0, 30),
                good("a", "equal to fast", 50, 20, 0, 1),
                good("a", "rounding better", 50, 26.001, 0, 40),
                failed("a", "", "lost", 50, "NOT_FINITE"));

        assertThat(ParetoFront.of(ResultTable.of(evaluation).rows()))
                .extracting(MethodRow::method)
                .containsExactly("fast", "equal to fast", "good", "best");
    }

    @Test
    void ofNothingIsEmpty() {
        assertThat(ParetoFront.of(List.of())).isEmpty();
    }
}
