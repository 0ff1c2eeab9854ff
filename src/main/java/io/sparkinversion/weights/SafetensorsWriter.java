package io.sparkinversion.weights;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes safetensors files. Equal tensors give equal bytes: tensors are ordered by element size, largest first, then by
 * name, and the header is padded to a multiple of 8, so that every tensor is aligned.
 */
public final class SafetensorsWriter {

    private static final int ALIGNMENT = 8;

    private SafetensorsWriter() {}

    /**
     * @param file replaced if it exists, and only once the new one is complete
     * @param metadata the header's {@code __metadata__}; left out where empty
     * @throws WeightsException if two tensors have one name or the file cannot be written
     */
    public static void write(Path file, Collection<WeightTensor> tensors, Map<String, String> metadata) {
        List<WeightTensor> sorted = tensors.stream()
                .sorted(Comparator.comparingInt(
                                (WeightTensor tensor) -> -tensor.type().bytes())
                        .thenComparing(WeightTensor::name))
                .toList();
        Set<String> names = new HashSet<>();
        for (WeightTensor tensor : sorted) {
            if (!names.add(tensor.name())) {
                throw new WeightsException("two tensors for " + file + " have the name '" + tensor.name() + "'");
            }
        }
        Path partial = file.resolveSibling(file.getFileName() + ".partial");
        try {
            byte[] header = header(sorted, metadata);
            if (header.length > SafetensorsFile.MAX_HEADER_BYTES) {
                throw new WeightsException("the header of " + file + " would exceed what the format allows");
            }
            try (FileChannel channel = FileChannel.open(
                    partial,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                writeFully(
                        channel,
                        ByteBuffer.allocate(Long.BYTES)
                                .order(ByteOrder.LITTLE_ENDIAN)
                                .putLong(header.length)
                                .flip());
                writeFully(channel, ByteBuffer.wrap(header));
                for (WeightTensor tensor : sorted) {
                    writeFully(channel, tensor.data());
                }
            }
            Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new WeightsException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    private static byte[] header(List<WeightTensor> tensors, Map<String, String> metadata) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart("__metadata__");
                for (Map.Entry<String, String> entry : new TreeMap<>(metadata).entrySet()) {
                    json.writeStringField(entry.getKey(), entry.getValue());
                }
                json.writeEndObject();
            }
            long offset = 0;
            for (WeightTensor tensor : tensors) {
                long end = offset + tensor.data().remaining();
                json.writeObjectFieldStart(tensor.name());
                json.writeStringField("dtype", tensor.type().name());
                json.writeFieldName("shape");
                json.writeArray(tensor.shape(), 0, tensor.shape().length);
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {offset, end}, 0, 2);
                json.writeEndObject();
                offset = end;
            }
            json.writeEndObject();
        }
        while (bytes.size() % ALIGNMENT != 0) {
            bytes.write(' ');
        }
        return bytes.toByteArray();
    }

    private static void writeFully(FileChannel channel, ByteBuffer data) throws IOException {
        while (data.hasRemaining()) {
            channel.write(data);
        }
    }
}
