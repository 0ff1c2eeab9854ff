package io.sparkinversion.verify.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkinversion.verify.Verification;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shared goldens of Stable Diffusion XL, single files, LoRAs and textual inversion, where they are at hand. */
class ModelGoldensIT {
    private static final Path SHARED =
            Path.of("../shared/fixtures").toAbsolutePath().normalize();
    private static final Path SHARED_MODELS =
            Path.of("../shared/fixtures-models").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    private void link(Path root, String part) throws IOException {
        Path link = folder.resolve(part);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, root.resolve(part));
    }

    @Test
    void theSharedGoldensOfModelsPass() throws IOException {
        assumeTrue(Files.isDirectory(SHARED) && Files.isDirectory(SHARED_MODELS), "the shared fixtures are not here");
        for (String model : List.of("tiny-sd15", "tiny-sd21v")) {
            link(SHARED, "models/" + model);
        }
        for (String part : List.of(
                "models/tiny-sdxl",
                "models/tiny-sdxl-ti",
                "single",
                "keymaps",
                "lora",
                "ti",
                "goldens/tiny-sdxl",
                "goldens/lora-tiny-sd15",
                "goldens/lora-tiny-sdxl",
                "goldens/ti")) {
            link(SHARED_MODELS, part);
        }
        for (String file : List.of("index.json", "text.safetensors", "unet.safetensors")) {
            link(SHARED, "goldens/tiny-sd15/" + file);
        }
        ByteArrayOutputStream output = new ByteArrayOutputStream();

        Verification.run(folder, new PrintStream(output, true, StandardCharsets.UTF_8));

        List<String> lines = output.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines).noneMatch(line -> line.startsWith("FAIL"));
        for (String golden : List.of(
                "tiny-sdxl/inv10/npi_swap.latents",
                "single/tiny-sdxl.ckpt/unet",
                "single/tiny-sd21v-novae.safetensors/without-vae",
                "keymaps/sdxl/text_encoder_2",
                "lora-tiny-sd15/lora/two_b.unet",
                "lora-tiny-sdxl/checksums/locon_orig",
                "lora-tiny-sdxl/kohya_diff/unet",
                "ti/tiny-sd15/last_hidden_state",
                "ti/tiny-sdxl-ti/ids_expanded")) {
            assertThat(lines).as(golden).anyMatch(line -> line.startsWith("PASS") && line.contains(golden + " "));
        }
        assertThat(lines.stream().filter(line -> line.startsWith("not supported")))
                .allMatch(line -> line.contains("pooled_legacy_argmax"));
    }
}
