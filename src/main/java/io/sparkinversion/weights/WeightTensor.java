package io.sparkinversion.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * One tensor of a checkpoint.
 *
 * @param name as the checkpoint names it, such as {@code conv_in.weight}
 * @param type of the elements
 * @param shape row-major; empty for a scalar
 * @param data little-endian, position 0, exactly the tensor's bytes. Direct (and read-only where it is a mapped part of
 *     a file) when it comes from a {@link WeightSource}. Every call gives an own position on the same memory
 */
public record WeightTensor(String name, WeightType type, long[] shape, ByteBuffer data) {

    /**
     * @throws WeightsException if the bytes are not as many as shape and type say
     */
    public WeightTensor {
        Objects.requireNonNull(name, "name");
        shape = shape.clone();
        // slice(): native readers take a buffer's base address and ignore its position.
        data = data.slice().order(ByteOrder.LITTLE_ENDIAN);
        long expected = Shapes.bytes(shape, type, "tensor '" + name + "'");
        if (expected != data.remaining()) {
            throw new WeightsException("tensor '" + name + "' of type " + type + " and shape " + Arrays.toString(shape)
                    + " needs " + expected + " bytes and was given " + data.remaining());
        }
    }

    /** A tensor of 32-bit floats that are copied. */
    public static WeightTensor ofFloats(String name, long[] shape, float... values) {
        ByteBuffer data = ByteBuffer.allocateDirect(Math.multiplyExact(values.length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return new WeightTensor(name, WeightType.F32, shape, data);
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    @Override
    public ByteBuffer data() {
        return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    public long elements() {
        return data.remaining() / type.bytes();
    }

    /**
     * The elements as little-endian float32 in a direct buffer at position 0. F32 data that is direct and aligned is
     * returned as it is, without a copy; F16 and BF16 widen exactly; F64 rounds to the nearest.
     *
     * @throws WeightsException for integers and booleans, and where the result would exceed 2 GiB
     */
    public ByteBuffer toFloat32() {
        String subject = "tensor '" + name + "'";
        if (!type.isFloatingPoint()) {
            throw new WeightsException(subject + " is of type " + type + "; only floating-point weights widen to F32");
        }
        ByteBuffer source = data();
        // Safetensors and old PyTorch files need not align their tensors; native kernels expect them to be.
        if (type == WeightType.F32 && source.isDirect() && source.alignmentOffset(0, Float.BYTES) == 0) {
            return source;
        }
        int size = Shapes.bufferSize(elements() * Float.BYTES, subject + " as F32");
        ByteBuffer result = ByteBuffer.allocateDirect(size).order(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer floats = result.asFloatBuffer();
        switch (type) {
            case F32 -> floats.put(source.asFloatBuffer());
            case F64 -> {
                var doubles = source.asDoubleBuffer();
                for (int i = 0; i < floats.capacity(); i++) {
                    floats.put(i, (float) doubles.get(i));
                }
            }
            case BF16 -> {
                ShortBuffer halves = source.asShortBuffer();
                for (int i = 0; i < floats.capacity(); i++) {
                    floats.put(i, Float.intBitsToFloat(halves.get(i) << 16));
                }
            }
            default -> {
                ShortBuffer halves = source.asShortBuffer();
                for (int i = 0; i < floats.capacity(); i++) {
                    floats.put(i, half(halves.get(i)));
                }
            }
        }
        return result;
    }

    /** {@link #toFloat32()} as an array. */
    public float[] toFloats() {
        FloatBuffer floats = toFloat32().asFloatBuffer();
        float[] values = new float[floats.remaining()];
        floats.get(values);
        return values;
    }

    /** The value of a binary16. */
    static float half(short bits) {
        int sign = (bits & 0x8000) << 16;
        int magnitude = bits & 0x7fff;
        if (magnitude >= 0x7c00) {
            return Float.intBitsToFloat(sign | 0x7f800000 | (magnitude & 0x3ff) << 13);
        }
        // Shifted into a float32's fields the exponent is short by 127 - 15; the product is exact, subnormals included.
        float value = Float.intBitsToFloat(magnitude << 13) * 0x1p112f;
        return sign == 0 ? value : -value;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WeightTensor tensor
                && name.equals(tensor.name)
                && type == tensor.type
                && Arrays.equals(shape, tensor.shape)
                && data.equals(tensor.data);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, type, Arrays.hashCode(shape));
    }

    @Override
    public String toString() {
        return "WeightTensor[" + name + " " + type + Arrays.toString(shape) + "]";
    }
}
