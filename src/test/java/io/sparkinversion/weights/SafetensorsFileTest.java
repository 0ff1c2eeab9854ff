package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {

    @TempDir
    private Path folder;

    private Path file(String header, int dataBytes) throws IOException {
        return Checkpoints.safetensors(folder.resolve("w.safetensors"), header, new byte[dataBytes]);
    }

    /** The example of the format's own description, byte by byte. */
    @Test
    void readsWhatTheFormatDescribes() throws IOException {
        byte[] data = ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) 0x3c00)
                .putShort((short) 0xc000)
                .putFloat(0.5f)
                .putFloat(-8)
                .array();
        Path path = Checkpoints.safetensors(
                folder.resolve("w.safetensors"),
                "{\"__metadata__\":{\"format\":\"pt\"},"
                        + "\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[4,12]},"
                        + "\"a\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[0,4]}}   ",
                data);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.names()).containsExactly("b", "a");
            assertThat(file.metadata()).isEqualTo(Map.of("format", "pt"));
            assertThat(file.description()).isEqualTo(path.toString());
            assertThat(file.shape("a")).containsExactly(1, 2);
            assertThat(file.type("a")).isEqualTo(WeightType.F16);
            assertThat(file.read("a").toFloats()).containsExactly(1, -2);
            assertThat(file.read("b").toFloats()).containsExactly(0.5f, -8);
            assertThat(file.read("b").data().isDirect()).isTrue();
        }
    }

    @Test
    void aMissingTensorIsNamedWithTheNearestOnes() throws IOException {
        String entry = "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
        Path path = file(
                "{\"conv_in.weight\":" + entry + ",\"conv_in.bias\":" + entry + ",\"a\":" + entry + ",\"zz\":" + entry
                        + "}",
                0);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThatThrownBy(() -> file.read("conv_in.wieght"))
                    .isInstanceOf(WeightsException.class)
                    .hasMessage("no tensor 'conv_in.wieght' in " + path + "; nearest: conv_in.weight, conv_in.bias, a");
        }
    }

    @Test
    void aTypeThatIsNotSupportedMattersOnlyWhenItIsRead() throws IOException {
        Path path = file(
                "{\"old\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[0,2]},"
                        + "\"new\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}",
                3);
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.read("new").elements()).isEqualTo(1);
            assertThatThrownBy(() -> file.read("old"))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageStartingWith("tensor 'old' in " + path + " is of type F8_E4M3, which is not supported");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "[]|should be START_OBJECT",
                "{|not valid JSON",
                "{\"a\":1}|tensor 'a' in the safetensors header should be START_OBJECT and is VALUE_NUMBER_INT",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}|needs a dtype, a shape and two data_offsets",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}}|two data_offsets",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}|needs 8 bytes and has 4",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}|the file has 8 bytes of data",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}|data_offsets [-8, 0]",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}|data_offsets [8, 0]",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}|negative dimension",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,8]}}|VALUE_NUMBER_FLOAT",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}|not valid JSON",
                // 2^62 x 4 bytes wraps round to 0
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,0]}}|more bytes than any file",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]}}|more bytes than any file",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"a\":{}}|Duplicate",
                "{\"__metadata__\":{\"a\":1}}|__metadata__ 'a'",
                "{}{}|goes on after its closing brace",
            })
    void refusesHeadersThatBreakTheFormat(String header, String message) throws IOException {
        Path path = file(header, 8);

        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(path.toString())
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({"9223372036854775807, 9223372036854775807", "-1, 18446744073709551615", "3, 3", "1000000000, 1000000000"
    })
    void refusesAHeaderLengthThatTheFileCannotHold(long length, String message) throws IOException {
        Path path = Files.write(
                folder.resolve("w.safetensors"),
                Checkpoints.withLength(length, "{}".getBytes(StandardCharsets.UTF_8), new byte[0]));

        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(WeightsException.class)
                .hasMessage(path + " claims a header of " + message
                        + " bytes where at most 2 are possible; it is damaged or not a safetensors file");
    }

    @Test
    void refusesFilesThatAreNotThere() throws IOException {
        Path missing = folder.resolve("missing.safetensors");
        Path empty = Files.createFile(folder.resolve("empty.safetensors"));

        assertThatThrownBy(() -> SafetensorsFile.open(missing)).hasMessage("there is no file " + missing);
        assertThatThrownBy(() -> SafetensorsFile.open(folder)).hasMessage(folder + " is not a file");
        assertThatThrownBy(() -> SafetensorsFile.open(empty))
                .isInstanceOf(WeightsException.class)
                .hasMessage(empty + " has 0 bytes and is not a safetensors file");
    }

    /** A sparse file: it claims 6 GiB and takes a few blocks. */
    @Test
    void readsTensorsBeyondTwoGibibytes() throws IOException {
        long gibibyte = 1L << 30;
        long size = 6 * gibibyte;
        String header = "{\"far\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[" + (size - 8) + "," + size + "]},"
                + "\"across\":{\"dtype\":\"U8\",\"shape\":[" + (gibibyte * 3 / 2) + "],\"data_offsets\":["
                + (gibibyte - 1000) + "," + (gibibyte * 5 / 2 - 1000) + "]},"
                + "\"huge\":{\"dtype\":\"F32\",\"shape\":[" + gibibyte + "],\"data_offsets\":[0,"
                + 4 * gibibyte + "]}}";
        Path path = file(header, 0);
        long dataBegin = Files.size(path);
        try (RandomAccessFile writer = new RandomAccessFile(path.toFile(), "rw")) {
            writer.setLength(dataBegin + size);
            writer.seek(dataBegin + size - 8);
            writer.write(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putFloat(42)
                    .putFloat(-1)
                    .array());
            writer.seek(dataBegin + gibibyte * 5 / 2 - 1001);
            writer.write(9);
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.read("far").toFloats()).containsExactly(42, -1);
            WeightTensor across = file.read("across");
            assertThat(across.data().get((int) across.elements() - 1)).isEqualTo((byte) 9);
            assertThatThrownBy(() -> file.read("huge"))
                    .isInstanceOf(WeightsException.class)
                    .hasMessage(path + ": tensor 'huge' has 4294967296 bytes;"
                            + " one tensor of 2 GiB or more is not supported");
        }
    }

    @Test
    void aClosedFileSaysSoAndLeavesWhatWasRead() throws IOException {
        Path path = folder.resolve("w.safetensors");
        SafetensorsWriter.write(path, List.of(WeightTensor.ofFloats("w", new long[] {1}, 5)), Map.of());
        SafetensorsFile file = SafetensorsFile.open(path);
        WeightTensor tensor = file.read("w");
        file.close();
        file.close();

        assertThat(tensor.toFloats()).containsExactly(5);
        assertThatThrownBy(() -> file.read("w"))
                .isInstanceOf(WeightsException.class)
                .hasMessage(path + " is closed; tensor 'w' cannot be read any more");
    }

    /** What a killed Spark task does to its thread; an open channel would be closed by it for all others. */
    @Test
    void anInterruptedThreadDoesNotSpoilTheFile() throws IOException {
        Path path = folder.resolve("w.safetensors");
        SafetensorsWriter.write(path, List.of(WeightTensor.ofFloats("w", new long[] {1}, 5)), Map.of());
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            Thread.currentThread().interrupt();
            try {
                assertThat(file.read("w").toFloats()).containsExactly(5);
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
            assertThat(file.read("w").toFloats()).containsExactly(5);
        }
    }

    @Test
    void severalThreadsReadAtOnce() {
        Path path = folder.resolve("w.safetensors");
        List<WeightTensor> tensors = IntStream.range(0, 200)
                .mapToObj(i -> WeightTensor.ofFloats("w" + i, new long[] {3}, i, -i, 0.5f * i))
                .toList();
        SafetensorsWriter.write(path, tensors, Map.of());
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(tensors.parallelStream()
                            .map(tensor -> file.read(tensor.name()))
                            .toList())
                    .isEqualTo(tensors);
        }
    }

    @Test
    @Timeout(120)
    void damagedHeadersGiveWeightsExceptionsOnly() throws IOException {
        Path path = folder.resolve("w.safetensors");
        SafetensorsWriter.write(
                path,
                List.of(
                        WeightTensor.ofFloats("conv_in.weight", new long[] {2, 2}, 1, 2, 3, 4),
                        WeightTensor.ofFloats("conv_in.bias", new long[] {2}, 1, 2),
                        new WeightTensor("ids", WeightType.I64, new long[] {1, 2}, ByteBuffer.allocate(16))),
                Map.of("format", "pt"));
        byte[] intact = Files.readAllBytes(path);
        int headerEnd = intact.length - 40;
        Random random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 500; i++) {
            Files.write(path, Mutations.of(intact, headerEnd, random));
            try (SafetensorsFile file = SafetensorsFile.open(path)) {
                file.names().forEach(file::read);
            } catch (WeightsException e) {
                assertThat(e).as("mutation %d", i).hasMessageContaining("w.safetensors");
                refused++;
            }
        }
        assertThat(refused).isBetween(250, 500);
    }
}
