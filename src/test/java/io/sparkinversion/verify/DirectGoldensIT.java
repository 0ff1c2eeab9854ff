package io.sparkinversion.verify;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.WithoutSpark;
import io.sparkinversion.weights.WeightTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Goldens along one image's inversion. Direct inversion's source branch is that inversion backwards, so the reference's
 * own trajectory says what it must be.
 */
@WithoutSpark
class DirectGoldensIT {
    private static final int STEPS = 10;
    private static final int IMAGES = 4;
    private static final int LATENT = 4 * 16 * 16;
    private static final String CAPTION = "twemoji emoji of brown heart";

    @TempDir
    private Path folder;

    private GoldenFixture fixture;
    /** Of the first image, z_0 first. */
    private float[] trajectory;

    @BeforeEach
    void anInversionFileOfOneImage() throws IOException {
        fixture = GoldenFixture.committed(folder, "inv10");
        trajectory = ofFirstImage("ddim_traj");
        float[] guided = ofFirstImage("recon_cfg");
        fixture.write(
                "inv10", List.of(latents("ddim_traj", trajectory, STEPS + 1), latents("recon_cfg", guided, STEPS + 1)));
        fixture.changeIndex(index -> index.replace(
                "\"inv10\": {",
                "\"inv10\": {\"context\": {\"params\": {\"prompt\": \"" + CAPTION
                        + "\"}}, \"direct_bad\": \"no entry\","));
    }

    private float[] ofFirstImage(String tensor) {
        float[] all = fixture.read("inv10", tensor);
        float[] one = new float[(STEPS + 1) * LATENT];
        for (int level = 0; level <= STEPS; level++) {
            System.arraycopy(all, level * IMAGES * LATENT, one, level * LATENT, LATENT);
        }
        return one;
    }

    private static WeightTensor latents(String name, float[] values, long... leading) {
        long[] shape = Arrays.copyOf(leading, leading.length + 3);
        System.arraycopy(new long[] {4, 16, 16}, 0, shape, leading.length, 3);
        return WeightTensor.ofFloats(name, shape, values);
    }

    private float[] backwards() {
        float[] values = new float[STEPS * LATENT];
        for (int step = 0; step < STEPS; step++) {
            System.arraycopy(trajectory, (STEPS - 1 - step) * LATENT, values, step * LATENT, LATENT);
        }
        return values;
    }

    @Test
    void theSourceBranchAloneNeedsNoPromptsOfItsOwn() throws IOException {
        fixture.add("inv10", latents("direct_edit_source", backwards(), STEPS));
        fixture.add("inv10", latents("direct_edit_wrong", trajectory, STEPS + 1));

        fixture.verify();

        assertThat(fixture.lines("PASS"))
                .anyMatch(line -> line.contains("inv10/direct_edit_source "))
                .anyMatch(line -> line.contains("inv10/ddim_traj source branch of direct_edit_source"))
                .anyMatch(line -> line.contains("inv10/recon_cfg "));
        assertThat(fixture.lines("FAIL")).singleElement().asString().contains("inv10/direct_edit_wrong");
    }

    @Test
    void anEditWithoutPromptsFailsAndTheOthersAreCompared() throws IOException {
        fixture.add("inv10", latents("direct_bad", new float[STEPS * 2 * LATENT], STEPS, 2));
        fixture.add("inv10", latents("direct_edit_source", backwards(), STEPS));

        fixture.verify();

        assertThat(fixture.lines("FAIL"))
                .singleElement()
                .asString()
                .contains("inv10/direct_bad", "index.json gives no prompts for it; it is of 2");
        assertThat(fixture.lines("PASS")).anyMatch(line -> line.contains("inv10/direct_edit_source "));
    }

    /** Both branches have the source's prompt, so the second is the guided sampling that the file holds as well. */
    @Test
    void anEditTakesThePromptsThatTheFileGivesWithAnother() throws IOException {
        float[] guided = ofFirstImageGuided();
        float[] pair = new float[STEPS * 2 * LATENT];
        float[] source = backwards();
        for (int step = 0; step < STEPS; step++) {
            System.arraycopy(source, step * LATENT, pair, 2 * step * LATENT, LATENT);
            System.arraycopy(guided, (step + 1) * LATENT, pair, (2 * step + 1) * LATENT, LATENT);
        }
        fixture.add("inv10", latents("direct_edit_empty", pair, STEPS, 2));
        fixture.changeIndex(index -> index.replace(
                "\"direct_bad\"",
                "\"direct_other\": {\"params\": {\"prompts\": [\"" + CAPTION + "\", \"" + CAPTION
                        + "\"]}}, \"direct_bad\""));
        fixture.add("inv10", latents("direct_other", pair, STEPS, 2));

        fixture.verify();

        assertThat(fixture.lines("FAIL")).isEmpty();
        assertThat(fixture.lines("PASS"))
                .anyMatch(line -> line.contains("inv10/direct_edit_empty "))
                .anyMatch(line -> line.contains("inv10/direct_other "));
    }

    private float[] ofFirstImageGuided() {
        return fixture.read("inv10", "recon_cfg");
    }

    @Test
    void whatIsNoLatentIsNotSupported() throws IOException {
        fixture.add("inv10", WeightTensor.ofFloats("direct_psnr", new long[] {1}, new float[1]));

        assertThat(fixture.verify().failed()).isZero();
        assertThat(fixture.lines("not supported yet"))
                .singleElement()
                .asString()
                .contains("direct_psnr", "[1]");
    }

    @Test
    void theDecodedEndOfAReconstructionIsCompared() throws IOException {
        float[] guided = ofFirstImageGuided();
        float[] last = Arrays.copyOfRange(guided, STEPS * LATENT, guided.length);
        float[] picture;
        try (ModelUnderTest model = ModelUnderTest.load(folder.resolve("models/" + GoldenFixture.MODEL))) {
            NDArray latent = model.scope().create(last, new Shape(1, 4, 16, 16));
            picture = model.model().decode(model.scope(), latent).toFloatArray();
        }
        for (int i = 0; i < picture.length; i++) {
            picture[i] = Math.max(0, Math.min(1, picture[i] / 2 + 0.5f));
        }
        float[] wrong = picture.clone();
        wrong[5] += 0.01f;
        long[] shape = {1, 3, 64, 64};
        fixture.add("inv10", WeightTensor.ofFloats("recon_cfg_10.image", shape, picture));
        fixture.add("inv10", WeightTensor.ofFloats("recon_cfg.image", shape, wrong));
        fixture.add("inv10", latents("recon_cfg_final", last, 1));
        fixture.add("inv10", latents("recon_g7.5", guided, STEPS + 1));

        fixture.verify();

        assertThat(fixture.lines("PASS"))
                .anyMatch(line -> line.contains("inv10/recon_cfg_10.image"))
                .anyMatch(line -> line.contains("inv10/recon_cfg_final"))
                .anyMatch(line -> line.contains("inv10/recon_g7.5"));
        assertThat(fixture.lines("FAIL")).singleElement().asString().contains("inv10/recon_cfg.image", "max abs 0.01");
    }

    @Test
    void pixelsInTheUnitIntervalAreCompared() throws IOException {
        GoldenFixture other = GoldenFixture.committed(folder.resolve("other"), "vae");
        float[] decoded = other.read("vae", "decoded");
        for (int i = 0; i < decoded.length; i++) {
            decoded[i] = Math.max(0, Math.min(1, decoded[i] / 2 + 0.5f));
        }
        float[] wrong = decoded.clone();
        wrong[3] += 0.001f;
        other.add("vae", WeightTensor.ofFloats("decoded01", new long[] {4, 3, 64, 64}, decoded));

        assertThat(other.verify().failed()).isZero();
        assertThat(other.lines("PASS")).anyMatch(line -> line.contains("vae/decoded01"));

        GoldenFixture changed = GoldenFixture.committed(folder.resolve("changed"), "vae");
        changed.add("vae", WeightTensor.ofFloats("decoded01", new long[] {4, 3, 64, 64}, wrong));

        changed.verify();

        assertThat(changed.lines("FAIL")).singleElement().asString().contains("vae/decoded01", "max abs 0.001");
    }
}
