package io.sparkinversion.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.UserException;
import io.sparkinversion.WithoutSpark;
import io.sparkinversion.weights.WeightTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot be compared fails by itself, and nothing passes that compared nothing. */
@WithoutSpark
class UnusableGoldensIT {
    @TempDir
    private Path folder;

    @Test
    void aDamagedFileFailsAndTheOthersAreCompared() throws IOException {
        GoldenFixture fixture = GoldenFixture.committed(folder, "unet", "vae");
        byte[] whole = Files.readAllBytes(fixture.file("unet"));
        Files.write(fixture.file("unet"), Arrays.copyOf(whole, whole.length / 2));
        Files.write(fixture.file("empty"), new byte[0]);

        fixture.verify();

        assertThat(fixture.lines("FAIL"))
                .hasSize(2)
                .anyMatch(line -> line.contains("emoji-ldm/unet/*") && line.contains("damaged or incomplete"))
                .anyMatch(line -> line.contains("emoji-ldm/empty/*") && line.contains("0 bytes"));
        assertThat(fixture.lines("PASS"))
                .anyMatch(line -> line.contains("vae/mean"))
                .anyMatch(line -> line.contains("vae/decoded"));
    }

    @Test
    void aMissingTensorFailsTheCasesThatNeedItAlone() throws IOException {
        GoldenFixture fixture = GoldenFixture.committed(folder, "vae");
        fixture.write(
                "vae",
                fixture.read("vae").stream()
                        .filter(tensor -> !tensor.name().equals("pixels"))
                        .toList());

        fixture.verify();

        assertThat(fixture.lines("FAIL"))
                .singleElement()
                .asString()
                .contains("emoji-ldm/vae/mean", "neither pixels nor image_u8_0");
        assertThat(fixture.lines("PASS")).anyMatch(line -> line.contains("vae/decoded"));
    }

    @Test
    void anIndexThatDoesNotParseFailsAndGoldensThatNeedNoneAreCompared() throws IOException {
        GoldenFixture fixture = GoldenFixture.committed(folder, "vae", "unet");
        Files.writeString(fixture.index(), "{\"vae\": ");

        fixture.verify();

        assertThat(fixture.lines("FAIL")).singleElement().asString().contains("emoji-ldm", "cannot read", "index.json");
        assertThat(fixture.lines("PASS"))
                .anyMatch(line -> line.contains("vae/mean"))
                .anyMatch(line -> line.contains("unet/eps_t501"));
    }

    @Test
    void withoutAnIndexOnlyWhatNeedsPromptsFails() throws IOException {
        GoldenFixture fixture = GoldenFixture.committed(folder, "vae", "unet", "text", "inv10");
        Files.delete(fixture.index());

        fixture.verify();

        assertThat(fixture.lines("FAIL"))
                .allMatch(line -> line.contains("index.json gives no"))
                .anyMatch(line -> line.contains("text/last_hidden_state"))
                .anyMatch(line -> line.contains("inv10/ddim_traj"));
        assertThat(fixture.lines("PASS")).anyMatch(line -> line.contains("unet/eps_t981"));
    }

    @Test
    void anEmptyListOfPromptsFailsItsTensorsAlone() throws IOException {
        GoldenFixture fixture = GoldenFixture.committed(folder, "text", "vae");
        fixture.changeIndex(index -> index.replaceFirst("(?s)\"prompts\": \\[.*?\\n    \\]", "\"prompts\": []"));

        fixture.verify();

        assertThat(fixture.lines("FAIL"))
                .singleElement()
                .asString()
                .contains("emoji-ldm/text/last_hidden_state", "index.json gives no prompts");
        assertThat(fixture.lines("PASS")).anyMatch(line -> line.contains("vae/mean"));
    }

    @Test
    void aTokenizerlessModelDoesNotKeepSharedGoldensFromBeingCompared() throws IOException {
        GoldenFixture fixture = GoldenFixture.committed(folder);
        Files.createDirectories(folder.resolve("models/a-metric"));
        Files.writeString(folder.resolve("models/a-metric/config.json"), "{}");

        fixture.verify();

        assertThat(fixture.lines("FAIL")).isEmpty();
        assertThat(fixture.lines("PASS")).anyMatch(line -> line.contains("shared/scheduler/betas"));
    }

    @Test
    void anInputThatNoCaseUsedIsNotCountedAsOne() throws IOException {
        GoldenFixture fixture = GoldenFixture.committed(folder, "unet", "vae");
        // Without outputs there is nothing that the network's inputs are the inputs of.
        fixture.write(
                "unet",
                fixture.read("unet").stream()
                        .filter(tensor -> !tensor.name().startsWith("eps_"))
                        .toList());

        fixture.verify();

        assertThat(fixture.lines("not supported yet"))
                .hasSize(2)
                .allMatch(line -> line.contains("it is an input, but of no case that was compared"))
                .anyMatch(line -> line.contains("unet/context"))
                .anyMatch(line -> line.contains("unet/latents"));
    }

    @Test
    void aGoldenWithoutElementsFails() throws IOException {
        GoldenFixture fixture = GoldenFixture.committed(folder, "vae");
        fixture.add("vae", WeightTensor.ofFloats("logvar", new long[] {0, 4, 16, 16}, new float[0]));

        fixture.verify();

        assertThat(fixture.lines("FAIL")).singleElement().asString().contains("vae/logvar", "no elements");
    }

    @Test
    void goldensOfUnknownKindsAndNamesAreListed() throws IOException {
        GoldenFixture fixture = GoldenFixture.committed(folder, "vae");
        fixture.write("nobody_knows7", List.of(WeightTensor.ofFloats("b", new long[] {1}, new float[1])));
        fixture.add("vae", WeightTensor.ofFloats("c", new long[] {1}, new float[1]));

        CaseReport report = fixture.verify();

        assertThat(report.failed()).isZero();
        assertThat(fixture.lines("not supported yet"))
                .hasSize(2)
                .anyMatch(line -> line.contains("nobody_knows7/b") && line.contains("no suite for files of the kind"))
                .anyMatch(line -> line.contains("vae/c") && line.contains("no case for a tensor of this name"));
    }

    @Test
    void aFixtureOfNothingThatIsSupportedIsRefused() throws IOException {
        GoldenFixture fixture = GoldenFixture.committed(folder);
        for (Path golden : List.of(folder.resolve("goldens"))) {
            try (var files = Files.walk(golden)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.delete(file);
                }
            }
        }
        assertThatThrownBy(fixture::verify)
                .isInstanceOf(UserException.class)
                .hasMessageContaining("nothing was compared")
                .hasMessageContaining("holds a golden");

        fixture.write("nobody_knows7", List.of(WeightTensor.ofFloats("a.losses", new long[] {1}, new float[1])));
        for (String other : List.of("lpips", "shared")) {
            Files.delete(folder.resolve("goldens").resolve(other));
        }
        assertThatThrownBy(fixture::verify)
                .isInstanceOf(UserException.class)
                .hasMessageContaining("nothing was compared")
                .hasMessageContaining("none of the 1 goldens");
    }
}
