package io.sparkinversion.inversion;

import static io.sparkinversion.diffusion.EmbeddedModel.distance;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureReuseTest extends WithInvertedImages {
    private static final int STEPS = 10;

    @BeforeAll
    static void invert() {
        invert(STEPS);
    }

    private NDArray reconstruct(String method, Inversion inversion) {
        return Method.of(method)
                .reconstruction()
                .reconstruct(scope, unet, inversion, 7.5)
                .trajectory()
                .last();
    }

    /** Of the evaluations of ten steps those without deep layers: what inversion keeps serves the way back. */
    @ParameterizedTest
    @CsvSource({
        "negative-prompt:reuse=2, 20, 15",
        "negative-prompt:reuse=3, 20, 16",
        "ddim:reuse=5, 20, 18",
        "ddim:reuse=10, 20, 19",
        "ddim:reuse=999, 20, 19",
        // The empty prompt is not the inversion's, so guided pairs keep features of their own.
        "ddim-cfg:reuse=5, 30, 24",
        "direct:reuse=5, 30, 24",
        "fixed-point:reuse=5, 40, 38",
        "o-belm-npi:reuse=3, 19, 15",
        "o-belm:reuse=7, 26, 24",
        "edict-npi:reuse=5, 40, 38",
    })
    void countsShallowEvaluations(String method, int evaluations, int shallow) {
        NDArray result = reconstruct(method, images.inversion);

        assertThat(unet.evaluations()).isEqualTo(2L * evaluations);
        assertThat(unet.shallowEvaluations()).isEqualTo(2L * shallow);
        assertThat(result.isNaN().any().getBoolean()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "o-belm-npi:reuse=2",
                "o-belm-npi:reuse=3",
                "o-belm-npi:guidance=3:reuse=4",
                "o-belm:reuse=3",
                "edict-npi:reuse=3",
                "edict:reuse=2",
                "direct:reuse=3"
            })
    void exactMethodsStayExact(String method) {
        assertThat(distance(reconstruct(method, images.inversion), images.latent))
                .isLessThan(1e-6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ddim", "negative-prompt", "fixed-point", "easyinv", "renoise"})
    void othersChangeWithTheInterval(String method) {
        NDArray plain = reconstruct(method, images.inversion);

        assertThat(distance(reconstruct(method + ":reuse=3", images.inversion), plain))
                .isGreaterThan(1e-4);
        assertThat(reconstruct(method + ":reuse=1", images.inversion)).isEqualTo(plain);
    }

    @ParameterizedTest
    @ValueSource(strings = {"negative-prompt:reuse=3", "ddim-cfg:reuse=3", "o-belm-npi:reuse=3"})
    void aBatchGivesWhatItsImagesGiveOneByOne(String method) {
        NDArray together = reconstruct(method, images.inversion);

        for (int image = 0; image < 2; image++) {
            NDArray alone = reconstruct(method, images.image(scope, image));

            assertThat(distance(alone, InvertedImages.row(scope, together, image)))
                    .isLessThan(1e-4);
        }
    }

    @Test
    void nothingIsKeptFromOneMethodToTheNext() {
        NDArray alone = reconstruct("negative-prompt:reuse=3", images.inversion);
        int arrays = model.residentArrays();
        try (NDManager run = model.newScope()) {
            Method.of("ddim:reuse=5").reconstruction().reconstruct(run, unet, images.inversion, 7.5);
        }

        assertThat(model.residentArrays()).isEqualTo(arrays);
        assertThat(reconstruct("negative-prompt:reuse=3", images.inversion)).isEqualTo(alone);
    }

    @Test
    void isASettingOfTheMethodAndSoOfItsRows() {
        Method plain = Method.of("negative-prompt:strength=0.5");

        assertThat(plain.reusing(1)).isEqualTo(plain);
        assertThat(plain.reusing(3)).isEqualTo(Method.of("negative-prompt:reuse=3:strength=0.5"));
        assertThat(Method.of("ddim:reuse=2").reusing(3)).isEqualTo(Method.of("ddim:reuse=2"));
        assertThat(Method.of("ddim:reuse=1")).isEqualTo(Method.DDIM);
        assertThat(List.of("vae", "infedit"))
                .allSatisfy(label -> assertThat(Method.of(label).reusing(3)).isEqualTo(Method.of(label)));
    }

    @ParameterizedTest
    @CsvSource({
        "null-text, differentiates the whole UNet",
        "null-text-proximal, differentiates the whole UNet",
        "spdinv, differentiates the whole UNet",
        "ef-ddpm, evaluates all steps at once"
    })
    void isRefusedByNameWhereItCannotBe(String method, String reason) {
        assertThatThrownBy(() -> Method.of(method).reusing(3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("method " + method + " cannot reuse features: it " + reason);
        assertThatThrownBy(() -> Method.of(method + ":reuse=3")).hasMessageContaining("no setting 'reuse'");
    }

    @Test
    void theIntervalIsAtLeastOne() {
        assertThatThrownBy(() -> Method.DDIM.reusing(0)).hasMessage("reuse is 0; it must be 1 or more");
        assertThatThrownBy(() -> Method.of("ddim:reuse=0")).hasMessageContaining("reuse is '0'");
    }
}
