package io.sparkinversion.metrics;

import io.sparkinversion.weights.Sha256;
import io.sparkinversion.weights.WeightTensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** SHA-256 of files, and of weights whatever file they are in; in lower-case hex. */
final class LpipsDownloadHash {
    private static final int CHUNK_BYTES = 1 << 20;

    private LpipsDownloadHash() {}

    static String ofFile(Path file) throws IOException {
        MessageDigest digest = Sha256.digest();
        byte[] chunk = new byte[CHUNK_BYTES];
        try (InputStream input = Files.newInputStream(file)) {
            for (int read = input.read(chunk); read >= 0; read = input.read(chunk)) {
                digest.update(chunk, 0, read);
            }
        }
        return Sha256.hex(digest.digest());
    }

    /**
     * The tensors in the order of their names, each as: bytes of the name (int32), name (UTF-8), number of dimensions
     * (int32), dimensions (int64), elements (float32), all little-endian.
     *
     * @throws io.sparkinversion.weights.WeightsException if a tensor is not of floating-point numbers
     */
    static String ofTensors(Collection<WeightTensor> tensors) {
        MessageDigest digest = Sha256.digest();
        List<WeightTensor> sorted = tensors.stream()
                .sorted(Comparator.comparing(WeightTensor::name))
                .toList();
        for (WeightTensor tensor : sorted) {
            byte[] name = tensor.name().getBytes(StandardCharsets.UTF_8);
            long[] shape = tensor.shape();
            ByteBuffer head = ByteBuffer.allocate(2 * Integer.BYTES + name.length + shape.length * Long.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(name.length)
                    .put(name)
                    .putInt(shape.length);
            for (long dimension : shape) {
                head.putLong(dimension);
            }
            digest.update(head.flip());
            digest.update(tensor.toFloat32());
        }
        return Sha256.hex(digest.digest());
    }
}
