package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {

    @TempDir
    private Path folder;

    @Test
    void theBytesAreThoseOfTheFormat() throws IOException {
        Path path = folder.resolve("w.safetensors");
        SafetensorsWriter.write(
                path,
                List.of(
                        new WeightTensor("z", WeightType.U8, new long[] {3}, ByteBuffer.wrap(new byte[] {1, 2, 3})),
                        WeightTensor.ofFloats("b\"ü", new long[] {}, 1),
                        WeightTensor.ofFloats("a", new long[] {1, 1}, 2)),
                Map.of("format", "pt"));

        String header = "{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},"
                + "\"b\\\"ü\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[4,8]},"
                + "\"z\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}}";
        int unpadded = header.getBytes(StandardCharsets.UTF_8).length;
        byte[] padded = (header + " ".repeat((8 - unpadded % 8) % 8)).getBytes(StandardCharsets.UTF_8);
        byte[] data = {0, 0, 0, 0x40, 0, 0, (byte) 0x80, 0x3f, 1, 2, 3};
        assertThat(Files.readAllBytes(path)).isEqualTo(Checkpoints.withLength(padded.length, padded, data));
        assertThat(Files.list(folder)).containsExactly(path);
    }

    @Test
    void theOrderOfTheTensorsDoesNotMatter() throws IOException {
        List<WeightTensor> tensors = new ArrayList<>(
                List.of(WeightTensor.ofFloats("a", new long[] {1}, 1), WeightTensor.ofFloats("b", new long[] {1}, 2)));
        SafetensorsWriter.write(folder.resolve("1"), tensors, Map.of("x", "1", "y", "2"));
        Collections.reverse(tensors);
        SafetensorsWriter.write(folder.resolve("2"), tensors, Map.of("y", "2", "x", "1"));

        assertThat(folder.resolve("1")).hasSameBinaryContentAs(folder.resolve("2"));
    }

    @Test
    void refusesTwoTensorsOfOneName() {
        List<WeightTensor> tensors =
                List.of(WeightTensor.ofFloats("a", new long[] {1}, 1), WeightTensor.ofFloats("a", new long[] {1}, 2));

        assertThatThrownBy(() -> SafetensorsWriter.write(folder.resolve("w"), tensors, Map.of()))
                .isInstanceOf(WeightsException.class)
                .hasMessage("two tensors for " + folder.resolve("w") + " have the name 'a'");
    }

    /** Files that the safetensors library wrote come out equal, tensor by tensor. */
    @Test
    void whatWasReadAndWrittenIsWhatWasThere() {
        Path original = Checkpoints.shared("fixtures/models/tiny-sd21v/vae/diffusion_pytorch_model.safetensors");
        Path copy = folder.resolve("copy.safetensors");
        try (SafetensorsFile source = SafetensorsFile.open(original)) {
            SafetensorsWriter.write(
                    copy, source.names().stream().map(source::read).collect(Collectors.toList()), source.metadata());
            try (SafetensorsFile written = SafetensorsFile.open(copy)) {
                assertThat(written.names())
                        .containsExactlyInAnyOrderElementsOf(source.names())
                        .hasSizeGreaterThan(50);
                assertThat(written.metadata()).isEqualTo(source.metadata());
                for (String name : source.names()) {
                    assertThat(written.read(name)).isEqualTo(source.read(name));
                }
            }
        }
    }
}
