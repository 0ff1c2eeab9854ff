package io.sparkinversion.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.weights.WeightTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LpipsDownloadHashTest {

    /** Computed with Python's hashlib and struct. */
    private static final String REFERENCE = "029fdcf391c14890e064170a72886803ba7e24fec12ccacee8647dc1c34f8670";

    private final WeightTensor bias = WeightTensor.ofFloats("a.bias", new long[] {2}, 0.5f, -1);
    private final WeightTensor weight = WeightTensor.ofFloats("a.weight", new long[] {2, 1, 1, 1}, 1.5f, 3);

    @Test
    void hashesNamesShapesAndElementsInTheOrderOfTheNames() {
        assertThat(LpipsDownloadHash.ofTensors(List.of(bias, weight))).isEqualTo(REFERENCE);
        assertThat(LpipsDownloadHash.ofTensors(List.of(weight, bias))).isEqualTo(REFERENCE);
    }

    @Test
    void anotherNameShapeOrElementGivesAnotherHash() {
        assertThat(List.of(
                        WeightTensor.ofFloats("b.bias", new long[] {2}, 0.5f, -1),
                        WeightTensor.ofFloats("a.bias", new long[] {1, 2}, 0.5f, -1),
                        WeightTensor.ofFloats("a.bias", new long[] {2}, 0.5f, Math.nextUp(-1f))))
                .allSatisfy(other -> assertThat(LpipsDownloadHash.ofTensors(List.of(other, weight)))
                        .isNotEqualTo(REFERENCE));
    }

    /** The example of FIPS 180-2, appendix B.1. */
    @Test
    void hashesFiles(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("abc"), "abc");

        assertThat(LpipsDownloadHash.ofFile(file))
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
