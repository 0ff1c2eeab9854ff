package io.sparkinversion.verify;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sparkinversion.weights.SafetensorsFile;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightType;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tensors that the reference code computed, with what the fixture's {@code index.json} says of them.
 *
 * @param name the file's name without ending, such as {@code inv10}
 */
record GoldenFile(String name, SafetensorsFile tensors, JsonNode index) implements AutoCloseable {

    static GoldenFile open(Path folder, String name, JsonNode index) {
        JsonNode entries = index == null ? MissingNode.getInstance() : index.path(name);
        return new GoldenFile(name, SafetensorsFile.open(folder.resolve(name + ".safetensors")), entries);
    }

    Set<String> names() {
        return new TreeSet<>(tensors.names());
    }

    boolean has(String tensor) {
        return tensors.names().contains(tensor);
    }

    /** Elements as floats, whatever they are stored as. */
    Golden read(String tensor) {
        WeightTensor stored = tensors.read(tensor);
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
    JsonNode parameter(String tensor, String parameter) {
        return index.path(tensor).path("params").path(parameter);
    }

    List<String> prompts(String tensor) {
        List<String> prompts = new ArrayList<>();
        parameter(tensor, "prompts").forEach(prompt -> prompts.add(prompt.asText()));
        return prompts;
    }

    /** A timestep for all images, or one each. */
    int[] timesteps(String tensor) {
        JsonNode timestep = parameter(tensor, "timestep");
        if (!timestep.isArray()) {
            return new int[] {timestep.asInt()};
        }
        int[] timesteps = new int[timestep.size()];
        Arrays.setAll(timesteps, i -> timestep.get(i).asInt());
        return timesteps;
    }

    @Override
    public void close() {
        tensors.close();
    }

    /** A tensor of the reference. */
    record Golden(long[] shape, float[] values) {
        /** Row {@code i} of the first dimension. */
        Golden row(int i) {
            int size = values.length / (int) shape[0];
            return new Golden(
                    Arrays.copyOfRange(shape, 1, shape.length), Arrays.copyOfRange(values, i * size, (i + 1) * size));
        }

        /** Rows {@code from} (inclusive) to {@code to} (exclusive) of the first dimension. */
        Golden rows(int from, int to) {
            int size = values.length / (int) shape[0];
            long[] rowsShape = shape.clone();
            rowsShape[0] = to - from;
            return new Golden(rowsShape, Arrays.copyOfRange(values, from * size, to * size));
        }
    }
}
