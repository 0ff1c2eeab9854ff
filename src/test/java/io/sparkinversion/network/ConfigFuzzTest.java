package io.sparkinversion.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.fuzz.FuzzFile;
import io.sparkinversion.fuzz.FuzzRun;
import io.sparkinversion.fuzz.JsonMutator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged configs of the three networks; what is accepted must have sizes that can be multiplied. */
class ConfigFuzzTest {
    private static final String NAME = "config.json";

    @TempDir
    private Path folder;

    @Test
    void damagedConfigsAreReadOrRefusedByKey() {
        List<String> components = List.of("unet", "vae", "text_encoder");
        List<byte[]> intact = List.of("sd15", "sd21").stream()
                .flatMap(model -> components.stream()
                        .map(component -> Configs.builtIn(model, component).text()))
                .map(text -> text.getBytes(StandardCharsets.UTF_8))
                .toList();
        JsonMutator mutator = new JsonMutator(intact);

        FuzzRun.Outcome outcome = FuzzRun.of("ConfigFuzzTest", 9, UnsupportedConfigException.class)
                .naming(NAME)
                .run(
                        random -> {
                            int which = random.nextInt(intact.size());
                            return new FuzzFile(
                                    components.get(which % components.size()),
                                    mutator.mutate(intact.get(which), random));
                        },
                        this::read);

        assertThat(outcome.isBalanced()).as("%s", outcome).isTrue();
    }

    private void read(FuzzFile file) throws IOException {
        NetworkConfig config = NetworkConfig.read(Files.write(folder.resolve(NAME), file.bytes()));
        switch (file.origin()) {
            case "unet" -> {
                UNetConfig unet = UNetConfig.of(config);
                assertThat(unet.timeEmbeddingDim()).isPositive();
                assertThat(unet.heads()).hasSameSizeAs(unet.blockOutChannels());
                assertThat(unet.normEps()).isFinite();
            }
            case "vae" -> {
                VaeConfig vae = VaeConfig.of(config);
                assertThat(vae.downsampling()).isBetween(1, 512);
                assertThat(vae.scalingFactor()).isFinite();
            }
            default -> assertThat(ClipTextConfig.of(config).hiddenSize()).isPositive();
        }
    }
}
