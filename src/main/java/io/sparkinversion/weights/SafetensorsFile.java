package io.sparkinversion.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * A safetensors file, memory-mapped: an 8-byte little-endian header length, a JSON header ({@link SafetensorsHeader})
 * and the tensors' bytes. Reading a tensor copies nothing; files of any size work.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public final class SafetensorsFile implements WeightSource {

    /** The format's own bound. */
    static final int MAX_HEADER_BYTES = 100_000_000;

    private final Path path;
    private final SafetensorsHeader header;
    private final long dataBegin;
    private volatile MappedFile file;

    private SafetensorsFile(MappedFile file, SafetensorsHeader header, long dataBegin) {
        this.path = file.path();
        this.file = file;
        this.header = header;
        this.dataBegin = dataBegin;
    }

    /**
     * Reads and checks the header only.
     *
     * @throws WeightsException if the file cannot be read, or its header is too long, no valid JSON, or at odds with
     *     the file's size
     */
    public static SafetensorsFile open(Path path) {
        MappedFile file = MappedFile.open(path);
        if (file.size() < Long.BYTES) {
            throw new WeightsException(path + " has " + file.size() + " bytes and is not a safetensors file");
        }
        long length = file.slice(0, Long.BYTES, "header length").getLong();
        long bound = Math.min(MAX_HEADER_BYTES, file.size() - Long.BYTES);
        if (length < 0 || length > bound) {
            throw new WeightsException(path + " claims a header of " + Long.toUnsignedString(length)
                    + " bytes where at most " + bound + " are possible; it is damaged or not a safetensors file");
        }
        byte[] json = new byte[(int) length];
        file.slice(Long.BYTES, length, "header").get(json);
        long dataBegin = Long.BYTES + length;
        return new SafetensorsFile(
                file, SafetensorsHeader.parse(json, file.size() - dataBegin, path.toString()), dataBegin);
    }

    /** The free-form {@code __metadata__} of the header, unmodifiable; empty where there is none. */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public Set<String> names() {
        return header.tensors().keySet();
    }

    @Override
    public long[] shape(String name) {
        return entry(name).shape().clone();
    }

    @Override
    public WeightType type(String name) {
        String dtype = entry(name).dtype();
        return WeightType.find(dtype)
                .orElseThrow(() -> new WeightsException("tensor '" + name + "' in " + path + " is of type " + dtype
                        + ", which is not supported; supported: " + WeightType.supported()));
    }

    @Override
    public WeightTensor read(String name) {
        SafetensorsHeader.Entry entry = entry(name);
        WeightType type = type(name);
        MappedFile opened = file;
        if (opened == null) {
            throw new WeightsException(path + " is closed; tensor '" + name + "' cannot be read any more");
        }
        ByteBuffer data = opened.slice(dataBegin + entry.begin(), entry.end() - entry.begin(), "tensor '" + name + "'");
        return new WeightTensor(name, type, entry.shape(), data);
    }

    @Override
    public String description() {
        return path.toString();
    }

    @Override
    public void close() {
        file = null;
    }

    private SafetensorsHeader.Entry entry(String name) {
        SafetensorsHeader.Entry entry = header.tensors().get(name);
        if (entry == null) {
            throw MissingTensor.exception(name, description(), names());
        }
        return entry;
    }
}
