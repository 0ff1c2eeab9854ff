package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelOutlineTest {
    @TempDir
    private Path folder;

    /** Gigabytes are not copied before it is known that they fit. */
    @Test
    void theOutlineOfARemoteModelHasNoMoreOfItsWeightsThanTheirHeaders() throws IOException {
        Path model = Checkpoints.model(folder.resolve("model"));
        Path cache = folder.resolve("cache");
        Path weights = model.resolve("unet/diffusion_pytorch_model.safetensors");
        byte[] header = "{\"large\":{\"dtype\":\"F32\",\"shape\":[8192,1024],\"data_offsets\":[0,33554432]}}"
                .getBytes(StandardCharsets.UTF_8);
        byte[] head = ByteBuffer.allocate(Long.BYTES + header.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
        Files.write(weights, head);
        try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
            file.setLength(head.length + 33_554_432L);
            file.seek(file.length() - 1);
            file.write(1);
        }

        Path outline;
        try (ModelFolder.Outline found = new ModelFolder(FakeFileSystem.configuration(), cache, WeightPrecision.FULL)
                .outline("fake://" + model)) {
            outline = found.folder();
            assertThat(ModelFolderTest.files(outline)).isEqualTo(ModelFolderTest.NEEDED);
            try (RandomAccessFile copy = new RandomAccessFile(
                    outline.resolve(model.relativize(weights)).toFile(), "r")) {
                byte[] copied = new byte[head.length];
                copy.readFully(copied);
                assertThat(copied).isEqualTo(head);
                assertThat(copy.length()).isEqualTo(Files.size(weights));
                copy.seek(copy.length() - 1);
                assertThat(copy.read()).isZero();
            }
        }
        assertThat(outline).doesNotExist();
        assertThat(cache).doesNotExist();
    }
}
