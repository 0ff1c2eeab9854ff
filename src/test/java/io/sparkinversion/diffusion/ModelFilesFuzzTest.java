package io.sparkinversion.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.fuzz.FuzzFile;
import io.sparkinversion.fuzz.FuzzRun;
import io.sparkinversion.fuzz.JsonMutator;
import io.sparkinversion.network.Configs;
import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.network.UnsupportedConfigException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged scheduler configs and tokenizer files. */
class ModelFilesFuzzTest {
    private static final String SCHEDULER = "scheduler_config.json";

    @TempDir
    private Path folder;

    @Test
    void damagedSchedulersAreReadOrRefused() {
        byte[] intact = Configs.builtIn("sd15", "scheduler").text().getBytes(StandardCharsets.UTF_8);
        JsonMutator mutator = new JsonMutator(List.of(intact));

        FuzzRun.Outcome outcome = FuzzRun.of("ModelFilesFuzzTest", 4, UnsupportedConfigException.class)
                .naming(SCHEDULER)
                // A million timesteps are allowed.
                .allocating(16 << 20, 64)
                .run(
                        random -> new FuzzFile(SCHEDULER, mutator.mutate(intact, random)),
                        file -> {
                            Path path = Files.write(folder.resolve(SCHEDULER), file.bytes());
                            NoiseSchedule schedule = NoiseSchedule.of(NetworkConfig.read(path));
                            assertThat(schedule.alphasCumprod()[0]).isBetween(0f, 1f);
                        });

        assertThat(outcome.isBalanced()).as("%s", outcome).isTrue();
    }

    @Test
    void damagedTokenizersAreReadOrRefused() throws IOException {
        Map<String, byte[]> intact = new LinkedHashMap<>();
        String definition = TokenizerDefinition.ofBytes().toString();
        intact.put("tokenizer.json", definition.getBytes(StandardCharsets.UTF_8));
        intact.put("vocab.json", TokenizerDefinition.ofBytes().path("model").path("vocab").toString()
                .getBytes(StandardCharsets.UTF_8));
        intact.put("merges.txt", "#version: 0.2\n\n".getBytes(StandardCharsets.UTF_8));
        intact.put("tokenizer_config.json", "{\"pad_token\": {\"content\": \"!\"}, \"added_tokens_decoder\": {}}"
                .getBytes(StandardCharsets.UTF_8));
        intact.put("special_tokens_map.json", "{\"pad_token\": \"!\"}".getBytes(StandardCharsets.UTF_8));
        List<String> names = List.copyOf(intact.keySet());
        JsonMutator mutator = new JsonMutator(List.copyOf(intact.values()));

        FuzzRun.Outcome outcome = FuzzRun.of("ModelFilesFuzzTest", 2, IllegalArgumentException.class)
                .naming(folder.toString())
                .allocating(4 << 20, 200)
                .run(
                        random -> {
                            String name = names.get(random.nextInt(names.size()));
                            return new FuzzFile(name, mutator.mutate(intact.get(name), random));
                        },
                        file -> {
                            for (String name : names) {
                                Files.deleteIfExists(folder.resolve(name));
                                // Where there is a tokenizer.json, nobody reads the two files that it replaces.
                                boolean read = !name.equals("tokenizer.json") || file.origin().equals(name);
                                if (read) {
                                    Files.write(folder.resolve(name),
                                            name.equals(file.origin()) ? file.bytes() : intact.get(name));
                                }
                            }
                            try (ClipTokenizer tokenizer = ClipTokenizer.load(folder, 77)) {
                                assertThat(tokenizer.encode("a photo of a cat").ids()).hasSize(77);
                            }
                        });

        assertThat(outcome.isBalanced()).as("%s", outcome).isTrue();
    }
}
