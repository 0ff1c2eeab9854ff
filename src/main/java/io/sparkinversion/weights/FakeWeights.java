package io.sparkinversion.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Invented weights for an architecture whose real ones are not at hand: the network runs at full size and full cost,
 * stays finite, and gives noise. A tensor's values depend on the seed, its name and its shape, not on what was read
 * before.
 *
 * <ul>
 *   <li>{@code *.weight} of one dimension (a norm's gain): 1; {@code *.bias}: 0
 *   <li>{@code *embedding.weight}: uniform with mean 0 and standard deviation 0.02, as CLIP initialises them
 *   <li>everything else: uniform with mean 0 and standard deviation 1/sqrt(fan-in), which keeps the variance of a
 *       layer's input (LeCun initialisation); fan-in is the product of all dimensions after the first
 * </ul>
 *
 * <p>The generator is SplitMix64 (Steele, Lea and Flood, OOPSLA 2014), two values a draw.
 */
public final class FakeWeights implements WeightSource {

    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;
    private static final double EMBEDDING_DEVIATION = 0.02;
    private static final int CHUNK = 8192;

    private final Map<String, long[]> shapes;
    private final long seed;

    /**
     * @param shapes tensor name to shape; copied
     */
    public FakeWeights(Map<String, long[]> shapes, long seed) {
        Map<String, long[]> copy = new LinkedHashMap<>();
        shapes.forEach((name, shape) -> copy.put(name, shape.clone()));
        this.shapes = Collections.unmodifiableMap(copy);
        this.seed = seed;
    }

    @Override
    public Set<String> names() {
        return shapes.keySet();
    }

    @Override
    public long[] shape(String name) {
        return find(name).clone();
    }

    @Override
    public WeightType type(String name) {
        find(name);
        return WeightType.F32;
    }

    @Override
    public WeightTensor read(String name) {
        long[] shape = find(name);
        String subject = "tensor '" + name + "' of " + description();
        int bytes = Shapes.bufferSize(Shapes.bytes(shape, WeightType.F32, subject), subject);
        ByteBuffer data = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer floats = data.asFloatBuffer();
        if (name.endsWith(".weight") && shape.length == 1) {
            while (floats.hasRemaining()) {
                floats.put(1.0f);
            }
        } else if (!name.endsWith(".bias")) {
            fill(floats, deviation(name, shape), mix(seed ^ mix(hash(name))));
        }
        return new WeightTensor(name, WeightType.F32, shape, data);
    }

    @Override
    public String description() {
        return "fake weights (seed " + seed + ")";
    }

    @Override
    public void close() {}

    private long[] find(String name) {
        long[] shape = shapes.get(name);
        if (shape == null) {
            throw MissingTensor.exception(name, description(), names());
        }
        return shape;
    }

    private static double deviation(String name, long[] shape) {
        if (name.endsWith("embedding.weight")) {
            return EMBEDDING_DEVIATION;
        }
        double fanIn = 1;
        for (int i = 1; i < shape.length; i++) {
            fanIn *= shape[i];
        }
        return 1 / Math.sqrt(fanIn);
    }

    private static void fill(FloatBuffer floats, double deviation, long key) {
        // A uniform variable on [-a, a] has the standard deviation a / sqrt(3); an int covers [-2^31, 2^31).
        float scale = (float) (deviation * Math.sqrt(3) * 0x1p-31);
        float[] chunk = new float[CHUNK];
        long state = key;
        while (floats.hasRemaining()) {
            for (int i = 0; i < CHUNK; i += 2) {
                state += GOLDEN_GAMMA;
                long bits = mix(state);
                chunk[i] = (int) bits * scale;
                chunk[i + 1] = (int) (bits >>> 32) * scale;
            }
            floats.put(chunk, 0, Math.min(CHUNK, floats.remaining()));
        }
    }

    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /** 64-bit FNV-1a. */
    private static long hash(String name) {
        long hash = 0xcbf29ce484222325L;
        for (byte value : name.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (value & 0xff)) * 0x100000001b3L;
        }
        return hash;
    }
}
