package io.sparkinversion.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithoutSpark
class VerificationTest {
    private static final Path COMMITTED = Path.of("src/test/resources/fixtures");
    private static final Path EMBEDDED_MODEL = Path.of("data-samples/models/emoji-ldm");
    private static final Path SHARED = Path.of("../shared/fixtures");

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
        copy(COMMITTED, folder);
        copy(EMBEDDED_MODEL, folder.resolve("models/emoji-ldm"));
        return folder;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }
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
    void aFolderWithoutGoldensIsRefused() {
        assertThatThrownBy(() -> verify(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("it has no folder 'goldens'");
    }

    /** The model of fewest steps; {@code jobs/verify} on the whole folder takes minutes. */
    @Test
    void theSharedGoldensOfOneModelPass() throws IOException {
        assumeTrue(Files.isDirectory(SHARED), "the shared fixtures are not here");
        // The tokenizer's goldens need both models' folders.
        List<String> parts =
                List.of("goldens/tiny-sd21v", "goldens/shared", "models/tiny-sd21v", "models/tiny-sd15");
        for (String part : parts) {
            Path link = folder.resolve(part);
            Files.createDirectories(link.getParent());
            Files.createSymbolicLink(link, SHARED.resolve(part).toAbsolutePath().normalize());
        }

        verify(folder);

        assertThat(lines("FAIL")).isEmpty();
        List<String> passed = lines("PASS");
        for (String golden : List.of("text/ids", "vae/mean", "vae/decoded", "unet/sq.t501", "unet/rect.t37_803",
                "inv10/ddim_traj", "inv10/recon_npi", "inv10/nti_losses", "inv10/direct_edit_refine",
                "prox10/l0_invguide.latents", "p2p10/", "seq_aligner/")) {
            assertThat(passed).as(golden).anyMatch(line -> line.contains(golden));
        }
        assertThat(lines("not supported yet"))
                .allMatch(line -> line.matches(".*(scheduler/step\\.sample|ids_openai_html).*"));
    }
}
