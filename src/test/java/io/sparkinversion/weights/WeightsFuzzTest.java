package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.fuzz.FuzzFile;
import io.sparkinversion.fuzz.FuzzRun;
import io.sparkinversion.fuzz.FuzzRun.Maker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged safetensors files, PyTorch checkpoints and indexes of shards; what opens is read, tensor by tensor. */
class WeightsFuzzTest {
    private static final int MOST_TENSORS = 100;

    private final WeightsMutator mutator = new WeightsMutator();

    @TempDir
    private Path folder;

    @Test
    void damagedSafetensorsAreReadOrRefused() {
        assertBalanced(run("model.safetensors", 10, mutator::safetensors));
    }

    @Test
    void damagedCheckpointsAreReadOrRefused() {
        assertBalanced(run("model.pth", 20, mutator::checkpoint));
    }

    @Test
    void damagedIndexesAreReadOrRefused() throws IOException {
        Files.write(folder.resolve("shard.safetensors"), WeightsMutator.shard());
        // The intact one names a file outside of its folder, so that mutations must repair it to get further.
        FuzzRun.Outcome outcome = run("model.safetensors.index.json", 5, mutator::index);
        assertThat(outcome.read()).as("%s", outcome).isPositive();
    }

    private FuzzRun.Outcome run(String name, double percent, Maker maker) {
        return FuzzRun.of("WeightsFuzzTest", percent, WeightsException.class)
                .naming(name)
                .allocating(1 << 20, 200)
                .run(maker, file -> readAll(name, file));
    }

    private void readAll(String name, FuzzFile file) throws IOException {
        Path path = Files.write(folder.resolve(name), file.bytes());
        try (WeightSource weights = WeightFiles.openFile(path)) {
            weights.names().stream().limit(MOST_TENSORS).forEach(weights::read);
        }
    }

    private static void assertBalanced(FuzzRun.Outcome outcome) {
        assertThat(outcome.isBalanced()).as("%s", outcome).isTrue();
    }
}
