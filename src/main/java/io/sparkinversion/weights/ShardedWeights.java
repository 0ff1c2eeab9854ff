package io.sparkinversion.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Weights split over several files, described by an index such as {@code model.safetensors.index.json}: {@code
 * {"weight_map": {"tensor": "model-00001-of-00002.safetensors", ...}}}. A shard is opened when its first tensor is
 * asked for.
 */
public final class ShardedWeights implements WeightSource {

    /** Some 100,000 tensors; parsed, it takes many times that. */
    private static final long MAX_INDEX_BYTES = 16 << 20;

    private final Path index;
    private final Map<String, String> shardOf;
    private final Map<String, WeightSource> opened = new ConcurrentHashMap<>();
    private volatile boolean closed;

    private ShardedWeights(Path index, Map<String, String> shardOf) {
        this.index = index;
        this.shardOf = shardOf;
    }

    /**
     * @throws WeightsException if the index cannot be read, names a shard outside of its own folder, or a shard is
     *     missing
     */
    public static ShardedWeights open(Path index) {
        Map<String, String> shardOf;
        try {
            if (Files.size(index) > MAX_INDEX_BYTES) {
                throw new WeightsException(index + " is too large for an index of weights");
            }
            shardOf = weightMap(Files.readAllBytes(index), index.toString());
        } catch (IOException e) {
            throw new WeightsException("cannot read the index of weights " + index + ": " + e.getMessage(), e);
        }
        Set<String> missing = new TreeSet<>(shardOf.values());
        missing.removeIf(shard -> Files.isRegularFile(index.resolveSibling(shard)));
        if (!missing.isEmpty()) {
            throw new WeightsException(
                    index + " names shards that are not beside it: " + String.join(", ", missing) + "; fetch them too");
        }
        return new ShardedWeights(index, shardOf);
    }

    /** Tensor name to shard name, checked. */
    static Map<String, String> weightMap(byte[] json, String file) {
        JsonNode map;
        try {
            map = new ObjectMapper().readTree(json).path("weight_map");
        } catch (JsonProcessingException e) {
            throw new WeightsException(file + " is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new WeightsException(file + " cannot be decoded: " + e.getMessage(), e);
        }
        if (!map.isObject()) {
            throw new WeightsException(file + " has no 'weight_map' object; it is not an index of weights");
        }
        Map<String, String> shardOf = new LinkedHashMap<>();
        map.properties().forEach(entry -> {
            if (!entry.getValue().isTextual() || !staysInFolder(entry.getValue().textValue())) {
                throw new WeightsException(file + ": tensor '" + entry.getKey() + "' is said to be in "
                        + entry.getValue() + ", which is not a file beside the index");
            }
            shardOf.put(entry.getKey(), entry.getValue().textValue());
        });
        return Collections.unmodifiableMap(shardOf);
    }

    /** Lexically: hub caches link their files to a store elsewhere, and that is fine. */
    private static boolean staysInFolder(String shard) {
        try {
            Path path = Path.of(shard);
            return !shard.isEmpty()
                    && !shard.contains("\\")
                    && path.getNameCount() == 1
                    && !path.isAbsolute()
                    && !shard.equals("..")
                    && !shard.equals(".");
        } catch (InvalidPathException e) {
            return false;
        }
    }

    @Override
    public Set<String> names() {
        return shardOf.keySet();
    }

    @Override
    public long[] shape(String name) {
        return shard(name).shape(name);
    }

    @Override
    public WeightType type(String name) {
        return shard(name).type(name);
    }

    @Override
    public WeightTensor read(String name) {
        return shard(name).read(name);
    }

    @Override
    public String description() {
        return index.toString();
    }

    @Override
    public void close() {
        closed = true;
        opened.values().forEach(WeightSource::close);
    }

    private WeightSource shard(String name) {
        String shard = shardOf.get(name);
        if (shard == null) {
            throw MissingTensor.exception(name, description(), names());
        }
        if (closed) {
            throw new WeightsException(index + " is closed; tensor '" + name + "' cannot be read any more");
        }
        return opened.computeIfAbsent(shard, file -> WeightFiles.openCheckpoint(index.resolveSibling(file)));
    }
}
