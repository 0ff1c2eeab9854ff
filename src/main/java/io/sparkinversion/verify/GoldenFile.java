package io.sparkinversion.verify;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.weights.SafetensorsFile;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tensors that the reference code computed, with what the fixture's {@code index.json} says of them.
 *
 * @param name the file's name without ending, such as {@code inv10}
 * @param index the file's part of {@code index.json}; missing where there is none
 * @param read which tensors have been read, to be changed by whoever counts inputs
 */
public record GoldenFile(String name, SafetensorsFile tensors, JsonNode index, Set<String> read)
        implements AutoCloseable {
    private static final double GUIDANCE = 7.5;
    private static final Pattern NAMED_TIMESTEPS = Pattern.compile("(?:.*[._])?t(\\d+(?:_\\d+)*)");

    /**
     * @throws io.sparkinversion.weights.WeightsException if the file is missing or damaged
     */
    public static GoldenFile open(GoldenFolder folder, String name) {
        return new GoldenFile(
                name, SafetensorsFile.open(folder.file(name)), folder.index().path(name), new LinkedHashSet<>());
    }

    public Set<String> names() {
        return new TreeSet<>(tensors.names());
    }

    public boolean has(String tensor) {
        return tensors.names().contains(tensor);
    }

    /** A tensor's shape; looking at it does not count as reading. */
    public long[] shape(String tensor) {
        return tensors.shape(tensor);
    }

    /** Elements as floats, whatever they are stored as. */
    public Golden read(String tensor) {
        WeightTensor stored = tensors.read(tensor);
        read.add(tensor);
        return new Golden(stored.shape(), floats(stored));
    }

    private static float[] floats(WeightTensor tensor) {
        ByteBuffer data = tensor.data();
        float[] values = new float[(int) tensor.elements()];
        if (tensor.type().isFloatingPoint()) {
            tensor.toFloat32().asFloatBuffer().get(values);
            return values;
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = integer(data, tensor.type(), i);
        }
        return values;
    }

    private static long integer(ByteBuffer data, WeightType type, int index) {
        return switch (type) {
            case U8, BOOL -> Byte.toUnsignedInt(data.get(index));
            case I32 -> data.getInt(4 * index);
            case I64 -> data.getLong(8 * index);
            default -> throw new IllegalArgumentException("a golden of type " + type + " is not expected");
        };
    }

    /** A parameter that the index gives for a tensor; missing where it gives none. */
    public JsonNode parameter(String tensor, String parameter) {
        return index.path(tensor).path("params").path(parameter);
    }

    /** The scale of classifier-free guidance; the reference's is 7.5 where the index gives none. */
    public double guidance(String tensor) {
        JsonNode scale = parameter(tensor, "guidance_scale");
        return scale.isNumber()
                ? scale.asDouble()
                : parameter(tensor, "guidance").asDouble(GUIDANCE);
    }

    /** Empty where the index gives none. */
    public List<String> prompts(String tensor) {
        JsonNode given = parameter(tensor, "prompts");
        if (given.isTextual()) {
            return List.of(given.asText());
        }
        List<String> prompts = new ArrayList<>();
        given.forEach(prompt -> prompts.add(prompt.asText()));
        return prompts;
    }

    /**
     * What a tensor was computed for, the source first. An index may give the prompts with another tensor of the file
     * that shares them.
     *
     * @param prefix of the names of tensors that share them
     * @param count how many there must be at least
     * @throws IllegalArgumentException if the index gives fewer
     */
    public List<String> prompts(String tensor, String prefix, int count) {
        List<String> own = prompts(tensor);
        if (own.size() >= count) {
            return own;
        }
        if (!own.isEmpty()) {
            throw new IllegalArgumentException("index.json gives it " + own.size() + " of " + count + " prompts");
        }
        List<List<String>> others = names().stream()
                .filter(name -> name.startsWith(prefix))
                .map(this::prompts)
                .filter(prompts -> prompts.size() == count)
                .distinct()
                .toList();
        if (others.size() != 1) {
            throw new IllegalArgumentException("index.json gives no prompts for it; it is of " + count);
        }
        return others.get(0);
    }

    /**
     * A timestep for all images, or one each: as the index says or, where it does not, as the name ends, such as
     * {@code sq.t501} or {@code rect.t37_803}. Empty where neither tells one.
     */
    public int[] timesteps(String tensor) {
        JsonNode timestep = parameter(tensor, "timestep");
        if (timestep.isArray() || timestep.isNumber()) {
            int[] timesteps = new int[Math.max(1, timestep.size())];
            Arrays.setAll(timesteps, i -> timestep.isArray() ? timestep.path(i).asInt() : timestep.asInt());
            return timesteps;
        }
        Matcher named = NAMED_TIMESTEPS.matcher(tensor);
        return named.matches()
                ? Arrays.stream(named.group(1).split("_"))
                        .mapToInt(Integer::parseInt)
                        .toArray()
                : new int[0];
    }

    @Override
    public void close() {
        tensors.close();
    }

    /** A tensor of the reference. */
    public record Golden(long[] shape, float[] values) {
        /** Row {@code i} of the first dimension. */
        public Golden row(int i) {
            int size = values.length / (int) shape[0];
            return new Golden(
                    Arrays.copyOfRange(shape, 1, shape.length), Arrays.copyOfRange(values, i * size, (i + 1) * size));
        }

        /** Rows {@code from} (inclusive) to {@code to} (exclusive) of the first dimension. */
        public Golden rows(int from, int to) {
            int size = values.length / (int) shape[0];
            long[] rowsShape = shape.clone();
            rowsShape[0] = (long) to - from;
            return new Golden(rowsShape, Arrays.copyOfRange(values, from * size, to * size));
        }
    }
}
