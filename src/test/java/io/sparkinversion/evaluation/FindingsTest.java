package io.sparkinversion.evaluation;

import static io.sparkinversion.evaluation.MadeUp.evaluation;
import static io.sparkinversion.evaluation.MadeUp.good;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FindingsTest {
    private static final List<String> METHODS = List.of("vae", "negative-prompt", "direct", "ddim-cfg");

    /** The autoencoder has 30 dB. */
    private static Evaluation made(double directPsnr) {
        return evaluation(
                METHODS,
                List.of(50),
                good("a", "vae", 50, 30, 0.1, 0.1),
                good("b", "vae", 50, 30, 0.1, 0.1),
                good("a", "negative-prompt", 50, 28, 0.1, 2),
                good("b", "negative-prompt", 50, 27, 0.1, 2),
                good("a", "direct", 50, directPsnr, 0.1, 2.9),
                good("b", "direct", 50, directPsnr, 0.1, 2.9),
                good("a", "ddim-cfg", 50, 18, 0.3, 3.1),
                good("b", "ddim-cfg", 50, 18, 0.3, 3.1));
    }

    @Test
    void twoMethodsAreRecommendedWithReasons() {
        Evaluation evaluation = made(29.7);

        assertThat(Findings.recommendations(evaluation, ResultTable.of(evaluation)))
                .containsExactly(
                        "Where time counts, take direct at 50 steps: PSNR 29.70 dB is the best within 1.5 times the time"
                                + " of the fastest (2.900 s an image; fastest is negative-prompt at 50 steps with 2.000 s).",
                        "Where quality counts, take direct at 50 steps: the cheapest within 0.5 dB of the VAE ceiling"
                                + " (0.30 dB lower, 2.900 s an image).");
    }

    @Test
    void noMethodNearTheCeilingIsSaid() {
        Evaluation evaluation = made(29.4);

        assertThat(Findings.recommendations(evaluation, ResultTable.of(evaluation))
                        .get(1))
                .isEqualTo("No method comes within 0.5 dB of the VAE ceiling.");
    }

    /** The reference is negative-prompt at the most steps. */
    @Test
    void whatIsAsGoodInLessTimeIsSaid() {
        Evaluation evaluation = evaluation(
                List.of("negative-prompt", "o-belm-npi"),
                List.of(10, 50),
                good("a", "negative-prompt", 10, 24, 0.1, 0.5),
                good("a", "negative-prompt", 50, 28, 0.1, 2),
                good("a", "o-belm-npi", 10, 30, 0.1, 0.4),
                good("a", "o-belm-npi", 50, 30.5, 0.1, 1.9));

        assertThat(Findings.recommendations(evaluation, ResultTable.of(evaluation)))
                .last()
                .asString()
                .isEqualTo(
                        "The PSNR of negative-prompt at 50 steps (28.00 dB) is had soonest with o-belm-npi at 10 steps:"
                                + " 30.00 dB in 0.20× its time, 20 UNet evaluations instead of 100.");
    }

    @Test
    void oneMethodAloneIsNotRecommended() {
        Evaluation evaluation = evaluation(List.of("direct"), List.of(50), good("a", "direct", 50, 30, 0.1, 1));

        assertThat(Findings.recommendations(evaluation, ResultTable.of(evaluation)))
                .isEmpty();
    }

    @Test
    void aDifferenceSaysThatItIsOne() {
        Evaluation evaluation = made(29.7);

        assertThat(Findings.of(evaluation, ResultTable.of(evaluation)).get(3).text())
                .startsWith("PSNR 9.50 dB lower [−15.85, −3.15], LPIPS 0.2000 higher")
                .contains("than negative-prompt on the same 2 images; 12.00 dB lower than the VAE ceiling");
    }

    @Test
    void thePapersRowsStandBesideComparableOnesOnly() {
        assertThat(Published.beside(with(Map.of("resolution", "512x512"), "alex")))
                .isEqualTo(Published.ROWS);
        assertThat(Published.beside(with(Map.of("resolution", "512x512"), "squeeze")))
                .hasSize(3)
                .allSatisfy(row -> assertThat(row.figures()).containsKey("psnr").doesNotContainKey("lpips"));
        assertThat(Published.beside(with(Map.of("resolution", "64x64 (the model's own)"), "alex")))
                .isEmpty();
        assertThat(Published.obstacle(with(Map.of("resolution", "64x64 (the model's own)"), "alex")))
                .isEqualTo("this run's pictures are 64x64, the paper's are 512x512");
        assertThat(Published.beside(with(Map.of("model", "fake:sd15"), "alex"))).isEmpty();
        assertThat(Published.obstacle(with(Map.of("resolution", "512x512", "resize", "fit"), "alex")))
                .isEqualTo("this run's pictures were resized otherwise (--resize fit), the paper's are their middle"
                        + " squares");
    }

    private static Evaluation with(Map<String, String> facts, String lpipsNet) {
        return new Evaluation(
                facts, lpipsNet, true, List.of("direct"), List.of(50), List.of(good("a", "direct", 50, 30, 0.1, 1)));
    }
}
