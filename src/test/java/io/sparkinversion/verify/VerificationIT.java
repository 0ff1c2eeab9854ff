package io.sparkinversion.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkinversion.UserException;
import io.sparkinversion.WithoutSpark;
import io.sparkinversion.weights.SafetensorsFile;
import io.sparkinversion.weights.SafetensorsWriter;
import io.sparkinversion.weights.WeightTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithoutSpark
class VerificationIT {
    private static final Path SHARED = Path.of("../shared/fixtures");
    private static final Path SHARED_METHODS = Path.of("../shared/fixtures-methods");

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private CaseReport verify(Path fixtures) {
        return Verification.run(fixtures, new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    private List<String> lines(String verdict) {
        return printed.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith(verdict))
                .toList();
    }

    /** The committed goldens beside the embedded model. */
    private Path committedFixtures() throws IOException {
        GoldenFixture.committed(folder);
        return folder;
    }

    @Test
    void everyCommittedGoldenPasses() throws IOException {
        CaseReport report = verify(committedFixtures());

        assertThat(lines("FAIL")).isEmpty();
        assertThat(lines("not supported yet")).allMatch(line -> line.contains("shared/scheduler/step.sample."));
        assertThat(report.passed()).isGreaterThan(80);
        assertThat(lines("PASS")).anyMatch(line -> line.contains("emoji-ldm/inv10/recon_npi"));
    }

    @Test
    void aGoldenThatDiffersFailsAndIsNamedWithItsError() throws IOException {
        Path fixtures = committedFixtures();
        change(fixtures.resolve("goldens/emoji-ldm/vae.safetensors"), "decoded", 1e-3f);

        CaseReport report = verify(fixtures);

        assertThat(report.failed()).isEqualTo(1);
        assertThat(lines("FAIL"))
                .singleElement()
                .asString()
                .contains("emoji-ldm/vae/decoded", "max abs 0.001", "tolerance 0.0001");
    }

    private static void change(Path file, String tensor, float by) throws IOException {
        List<WeightTensor> tensors = new ArrayList<>();
        try (SafetensorsFile stored = SafetensorsFile.open(file)) {
            for (String name : stored.names()) {
                float[] values = stored.read(name).toFloats();
                if (name.equals(tensor)) {
                    values[7] += by;
                }
                tensors.add(WeightTensor.ofFloats(name, stored.shape(name), values));
            }
        }
        Files.delete(file);
        SafetensorsWriter.write(file, tensors, Map.of());
    }

    @Test
    void aModelThatIsNotThereFails() throws IOException {
        Path goldens = folder.resolve("goldens/nowhere");
        Files.createDirectories(goldens);
        Files.writeString(goldens.resolve("index.json"), "{}");

        assertThat(verify(folder).failed()).isEqualTo(1);
        assertThat(lines("FAIL")).singleElement().asString().contains("no folder models/nowhere");
    }

    @Test
    void aFolderWithoutGoldensIsRefused() throws IOException {
        assertThatThrownBy(() -> verify(folder))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("it has no folder 'goldens'");

        Files.createDirectories(folder.resolve("goldens"));
        assertThatThrownBy(() -> verify(folder))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("nothing was compared");
    }

    /** The model of fewest steps; {@code jobs/verify} on the whole folder takes minutes. */
    @Test
    void theSharedGoldensOfOneModelPass() throws IOException {
        assumeTrue(Files.isDirectory(SHARED), "the shared fixtures are not here");
        // The tokenizer's goldens need both models' folders.
        List<String> parts = List.of("goldens/tiny-sd21v", "goldens/shared", "models/tiny-sd21v", "models/tiny-sd15");
        for (String part : parts) {
            link(SHARED, part);
        }

        verify(folder);

        assertThat(lines("FAIL")).isEmpty();
        List<String> passed = lines("PASS");
        for (String golden : List.of(
                "text/ids",
                "vae/mean",
                "vae/decoded",
                "unet/sq.t501",
                "unet/rect.t37_803",
                "inv10/ddim_traj",
                "inv10/recon_npi",
                "inv10/nti_losses",
                "inv10/direct_edit_refine",
                "prox10/l0_invguide.latents",
                "p2p10/",
                "seq_aligner/")) {
            assertThat(passed).as(golden).anyMatch(line -> line.contains(golden));
        }
        assertThat(lines("not supported yet"))
                .allMatch(line -> line.matches(".*(scheduler/step\\.sample|ids_openai_html).*"));
    }

    /** Methods that the first goldens do not have, from a second folder whose models are the first's. */
    @Test
    void theSharedGoldensOfFurtherMethodsPassOrAreOfMissingOnes() throws IOException {
        assumeTrue(Files.isDirectory(SHARED_METHODS), "the shared fixtures of methods are not here");
        link(SHARED, "models/tiny-sd15");
        link(SHARED_METHODS, "models/tiny-clip");
        link(SHARED_METHODS, "goldens/metrics");
        link(SHARED_METHODS, "models/tiny-dino-vitb8");
        for (String file : List.of(
                "edict10",
                "obelm10",
                "guidance10",
                "partial10",
                "pie_p2p10",
                "rect10",
                "pnp10",
                "masactrl10",
                "ddcm10",
                "ef_ddpm10",
                "ef_p2p10",
                "fixedpoint10",
                "renoise10",
                "spdinv10")) {
            link(SHARED_METHODS, "goldens/tiny-sd15/" + file + ".safetensors");
        }
        link(SHARED_METHODS, "goldens/tiny-sd15/index.json");
        link(SHARED, "goldens/tiny-sd15/vae.safetensors");

        verify(folder);

        assertThat(lines("FAIL")).isEmpty();
        List<String> passed = lines("PASS");
        for (String golden : List.of(
                "edict10/s0.8.inv",
                "edict10/s0.8.recon",
                "edict10/authors_s0.8.edit",
                "obelm10/g1.inv",
                "obelm10/g2_freeze.edit",
                "guidance10/inv_0",
                "guidance10/direct_2.5_2.5.edit",
                "partial10/s0.8.npi_edit",
                "pie_p2p10/direct_th0.6.masks",
                "pie_p2p10/ddim.latents",
                "pie_p2p10/npi.latents",
                "pie_p2p10/offsets",
                "rect10/latent0",
                "rect10/replace.latents",
                "clip/cosine",
                "clip/score",
                "structure/mask.decoded",
                "structure/512.distance",
                "pnp10/direct.latents",
                "masactrl10/ddim.latents",
                "ddcm10/uac.pred",
                "ef_ddpm10/zs",
                "ef_p2p10/refine.latents",
                "fixedpoint10/fpi3.traj",
                "renoise10/renoise9.recon",
                "spdinv10/spdinv.losses")) {
            assertThat(passed).as(golden).anyMatch(line -> line.contains(golden + " "));
        }
        assertThat(lines("not supported yet")).isEmpty();
    }

    /** An index may leave out what the file tells of itself. */
    @Test
    void theSharedDirectGoldensPassWithPromptsGivenOnce() throws IOException {
        assumeTrue(Files.isDirectory(SHARED), "the shared fixtures are not here");
        link(SHARED, "models/tiny-sd21v");
        link(SHARED, "goldens/tiny-sd21v/inv10.safetensors");
        String index = Files.readString(SHARED.resolve("goldens/tiny-sd21v/index.json"));
        ObjectNode entries = (ObjectNode) new ObjectMapper().readTree(index);
        for (String edit : List.of("direct_edit_empty", "direct_edit_refine")) {
            ((ObjectNode) entries.path("inv10").path(edit)).remove("params");
        }
        Files.writeString(folder.resolve("goldens/tiny-sd21v/index.json"), entries.toString());

        verify(folder);

        assertThat(lines("FAIL")).isEmpty();
        for (String golden : List.of("direct_edit_empty", "direct_edit_refine", "direct_noise_loss")) {
            assertThat(lines("PASS")).as(golden).anyMatch(line -> line.contains("inv10/" + golden + " "));
        }
        assertThat(lines("not supported yet")).isEmpty();
    }

    private void link(Path root, String part) throws IOException {
        Path link = folder.resolve(part);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, root.resolve(part).toAbsolutePath().normalize());
    }
}
