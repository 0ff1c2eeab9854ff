package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchCheckpointTest {

    @TempDir
    private Path folder;

    /** Files that PyTorch 1.13 wrote: channels-last and transposed views, windows, expanded buffers, parameters. */
    @ParameterizedTest
    @ValueSource(strings = {"torch_zip.pth", "torch_legacy.pth"})
    void readsWhatPyTorchWrote(String name) throws IOException {
        JsonNode expected = Checkpoints.expected("torch_expected.json");
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(Checkpoints.resource(name))) {
            assertThat(checkpoint.names()).hasSize(18).containsExactlyElementsOf(expected::fieldNames);
            for (String tensor : checkpoint.names()) {
                Checkpoints.assertTensor(checkpoint.read(tensor), expected.path(tensor));
            }
        }
    }

    /** All storage types and strides, other protocols, and the state dict inside of another dict. */
    @ParameterizedTest
    @ValueSource(strings = {"zip.pth", "zip_protocol4.pth", "legacy.pth", "nested_zip.ckpt", "nested_legacy.ckpt"})
    void readsEveryStorageTypeAndStride(String name) throws IOException {
        JsonNode expected = Checkpoints.expected("expected.json");
        Path path = Checkpoints.resource(name);
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(path)) {
            assertThat(checkpoint.names()).hasSize(19).contains("conv.channels_last", "parameter", "bool");
            assertThat(checkpoint.description()).isEqualTo(path.toString());
            for (String tensor : checkpoint.names()) {
                assertThat(checkpoint.shape(tensor))
                        .isEqualTo(checkpoint.read(tensor).shape());
                assertThat(checkpoint.type(tensor).name())
                        .isEqualTo(expected.path(tensor).path("type").asText());
                Checkpoints.assertTensor(checkpoint.read(tensor), expected.path(tensor));
                assertThat(checkpoint.read(tensor).data().isDirect()).isTrue();
            }
        }
    }

    @Test
    void readsViewsOfStoragesInVeryOldFiles() throws IOException {
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(Checkpoints.resource("legacy_view.pth"))) {
            Checkpoints.assertTensor(
                    checkpoint.read("viewed"),
                    Checkpoints.expected("expected.json").path("viewed"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"attack_zip.pth", "attack_protocol4.pth", "attack_legacy.pth"})
    void refusesAnAttackByNameAndExecutesNothing(String name) {
        Path path = Checkpoints.resource(name);

        assertThatThrownBy(() -> TorchCheckpoint.open(path))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(path + ": the pickle refers to 'posix.system', which is refused")
                .hasMessageContaining("Nothing was executed");
        assertThat(Path.of("executed-by-a-pickle")).doesNotExist();
    }

    @Test
    void aMissingTensorIsNamedWithTheNearestOnes() {
        Path path = Checkpoints.resource("zip.pth");
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(path)) {
            assertThatThrownBy(() -> checkpoint.read("conv.weights"))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageStartingWith("no tensor 'conv.weights' in " + path + "; nearest: conv.weight, ");
        }
    }

    @ParameterizedTest
    @CsvSource({"zip.pth, begins like a zip archive", "legacy.pth, it is damaged or incomplete"})
    void saysThatAFileIsCutShort(String name, String message) throws IOException {
        byte[] bytes = Files.readAllBytes(Checkpoints.resource(name));
        Path path = Files.write(folder.resolve(name), Arrays.copyOf(bytes, bytes.length - 30));

        assertThatThrownBy(() -> TorchCheckpoint.open(path))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(path.toString())
                .hasMessageContaining(message);
    }

    @Test
    void refusesOtherFiles() throws IOException {
        Path text = Files.writeString(folder.resolve("model.bin"), "version of something else");
        Path zip = folder.resolve("zip.bin");
        writeZip(zip, ZipEntry.STORED, "readme.txt", new byte[3]);

        assertThatThrownBy(() -> TorchCheckpoint.open(text))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(text + " is no PyTorch checkpoint");
        assertThatThrownBy(() -> TorchCheckpoint.open(zip))
                .isInstanceOf(WeightsException.class)
                .hasMessage(zip + " is a zip archive with 0 entries NAME/data.pkl where a PyTorch checkpoint has one");
    }

    @Test
    void refusesCompressedEntriesAndBigEndianFiles() throws IOException {
        Path compressed = folder.resolve("compressed.bin");
        writeZip(compressed, ZipEntry.DEFLATED, "archive/data.pkl", new byte[100]);
        Path bigEndian = folder.resolve("big.bin");
        writeZip(bigEndian, ZipEntry.STORED, "archive/data.pkl", new byte[3], "archive/byteorder", "big".getBytes());

        assertThatThrownBy(() -> TorchCheckpoint.open(compressed))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("entry 'archive/data.pkl' is compressed or encrypted");
        assertThatThrownBy(() -> TorchCheckpoint.open(bigEndian))
                .isInstanceOf(WeightsException.class)
                .hasMessage(bigEndian + " was written on a big-endian machine; save it again on another");
    }

    /** Protocol 2, dict {"w": tensor} whose numbers are given; storage "0" has 4 floats. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                // offset; shape; strides; message
                "1; 4; 1; exceeds its storage '0' of 4 elements",
                "-1; 2; 1; exceeds its storage",
                "0; 3; 2; exceeds its storage",
                "0; -3; 1; negative dimension",
                "3; 2; -1; negative stride",
                "0; 2147483647; 0; exceeds its storage",
                "0; 2147483647,2147483647,2147483647; 0,0,0; more bytes than any file can hold",
                "0; 2,2; 1; makes a tensor of 2 dimensions with 1 strides",
            })
    void refusesTensorsOutsideOfTheirStorage(int offset, String shape, String strides, String message)
            throws IOException {
        PickleBytes pickle = new PickleBytes().op(0x80, 2, '}').text("w");
        pickle.global("torch._utils", "_rebuild_tensor_v2").op('(', '(').text("storage");
        pickle.global("torch", "FloatStorage").text("0").text("cpu").integer(4);
        pickle.op('t')
                .op('Q')
                .integer(offset)
                .tuple(shape)
                .tuple(strides)
                .op('t')
                .op('R')
                .op('s')
                .op('.');
        Path path = folder.resolve("w.pth");
        writeZip(path, ZipEntry.STORED, "a/data.pkl", pickle.bytes(), "a/data/0", new byte[16]);

        assertThatThrownBy(() -> TorchCheckpoint.open(path))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(path.toString())
                .hasMessageContaining(message);
    }

    @Test
    void refusesAStorageThatIsShorterThanItsTensor() throws IOException {
        PickleBytes pickle = new PickleBytes().op(0x80, 2, '}').text("w");
        pickle.global("torch._utils", "_rebuild_tensor_v2").op('(', '(').text("storage");
        pickle.global("torch", "FloatStorage").text("0").text("cpu").integer(4);
        pickle.op('t')
                .op('Q')
                .integer(0)
                .tuple("4")
                .tuple("1")
                .op('t')
                .op('R')
                .op('s')
                .op('.');
        Path path = folder.resolve("w.pth");
        writeZip(path, ZipEntry.STORED, "a/data.pkl", pickle.bytes(), "a/data/0", new byte[15]);
        assertThatThrownBy(() -> TorchCheckpoint.open(path)).hasMessageContaining("exceeds its storage '0'");

        writeZip(path, ZipEntry.STORED, "a/data.pkl", pickle.bytes(), "a/data/1", new byte[16]);
        assertThatThrownBy(() -> TorchCheckpoint.open(path))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("tensor 'w' is in storage '0', which the file does not have");

        writeZip(path, ZipEntry.STORED, "a/data.pkl", pickle.bytes(), "a/data/0", new byte[16]);
        try (TorchCheckpoint checkpoint = TorchCheckpoint.open(path)) {
            assertThat(checkpoint.read("w").toFloats()).containsExactly(0, 0, 0, 0);
        }
    }

    @Test
    @Timeout(120)
    void damagedFilesGiveWeightsExceptionsOnly() throws IOException {
        List<String> names = List.of("zip.pth", "torch_legacy.pth", "zip_protocol4.pth", "legacy.pth", "torch_zip.pth");
        Random random = new Random(2);
        int refused = 0;
        for (int i = 0; i < 500; i++) {
            byte[] intact = Files.readAllBytes(Checkpoints.resource(names.get(i % names.size())));
            Path path = Files.write(folder.resolve("w.pth"), Mutations.of(intact, intact.length, random));
            try (TorchCheckpoint checkpoint = TorchCheckpoint.open(path)) {
                checkpoint.names().forEach(checkpoint::read);
            } catch (WeightsException e) {
                assertThat(e).as("mutation %d", i).hasMessageContaining("w.pth");
                refused++;
            }
        }
        assertThat(refused).isBetween(250, 500);
    }

    /** @param namesAndContents String and byte[] in turn */
    private static void writeZip(Path path, int method, Object... namesAndContents) throws IOException {
        try (OutputStream out = Files.newOutputStream(path);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (int i = 0; i < namesAndContents.length; i += 2) {
                ZipEntry entry = new ZipEntry((String) namesAndContents[i]);
                byte[] contents = (byte[]) namesAndContents[i + 1];
                CRC32 crc = new CRC32();
                crc.update(contents);
                entry.setMethod(method);
                entry.setSize(contents.length);
                entry.setCrc(crc.getValue());
                zip.putNextEntry(entry);
                zip.write(contents);
                zip.closeEntry();
            }
        }
    }
}
