package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HubCacheTest {
    @TempDir
    private Path folder;

    @Test
    void aFolderOfTheCacheStandsForItsMainRevision() throws IOException {
        Path model = folder.resolve("models--org--name");
        Path first = Files.createDirectories(model.resolve("snapshots/aaaa"));

        assertThat(HubCache.snapshot(model)).isEqualTo(first);

        Path second = Files.createDirectories(model.resolve("snapshots/bbbb"));
        assertThatThrownBy(() -> HubCache.snapshot(model))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("2 revisions");

        Files.createDirectories(model.resolve("refs"));
        Files.writeString(model.resolve("refs/main"), "bbbb");
        assertThat(HubCache.snapshot(model)).isEqualTo(second);
        assertThat(HubCache.snapshot(first)).isEqualTo(first);
    }

    @Test
    void theRootOfTheDiskIsNoFolderOfTheCache() {
        assertThat(HubCache.snapshot(folder.getRoot())).isEqualTo(folder.getRoot());
    }

    @ParameterizedTest
    @CsvSource({
        "StableDiffusion3Pipeline, Stable Diffusion 3",
        "FluxPipeline, Flux",
        "StableUnCLIPPipeline, an unCLIP model",
        "StableDiffusionInstructPix2PixPipeline, an instruct-pix2pix model",
        "StableDiffusionDepth2ImgPipeline, a depth-to-image model",
        "StableDiffusionUpscalePipeline, an upscaler",
        "LatentConsistencyModelPipeline, a latent consistency model"
    })
    void pipelinesOfOtherModelsAreRefusedByTheirName(String pipeline, String kind) {
        byte[] index = ("{\"_class_name\": \"" + pipeline + "\"}").getBytes(StandardCharsets.UTF_8);

        assertThatThrownBy(() -> PipelineKinds.refuseOthers(index, "models/x"))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith("the model at models/x is " + kind);
    }

    @ParameterizedTest
    @CsvSource({"StableDiffusionPipeline", "StableDiffusionXLPipeline", "StableDiffusionImg2ImgPipeline"})
    void pipelinesOfStableDiffusionAreNot(String pipeline) {
        byte[] index = ("{\"_class_name\": \"" + pipeline + "\"}").getBytes(StandardCharsets.UTF_8);

        assertThatCode(() -> PipelineKinds.refuseOthers(index, "models/x")).doesNotThrowAnyException();
    }
}
