package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class WeightTensorTest {

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Every binary16 against the value that IEEE 754 gives its three fields. */
    @Test
    void widensEveryHalfExactly() {
        for (int bits = 0; bits <= 0xffff; bits++) {
            int exponent = bits >> 10 & 0x1f;
            int fraction = bits & 0x3ff;
            double magnitude = exponent == 31
                    ? (fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN)
                    : exponent == 0 ? fraction * 0x1p-24 : (1024 + fraction) * Math.pow(2, exponent - 25);
            float expected = (float) (bits >> 15 == 0 ? magnitude : -magnitude);
            float actual = WeightTensor.half((short) bits);
            if (Float.floatToIntBits(actual) != Float.floatToIntBits(expected)) {
                assertThat(actual).as("half 0x%04x", bits).isEqualTo(expected);
            }
        }
    }

    @Test
    void widensBfloat16ByItsUpperBits() {
        ByteBuffer data = direct(8);
        data.putShort((short) 0x3fc0)
                .putShort((short) 0xc000)
                .putShort((short) 0x7f80)
                .putShort((short) 0x0001);
        WeightTensor tensor = new WeightTensor("w", WeightType.BF16, new long[] {4}, data.flip());

        assertThat(tensor.toFloats()).containsExactly(1.5f, -2f, Float.POSITIVE_INFINITY, 0x1p-133f);
    }

    @Test
    void roundsDoublesToTheNearestFloat() {
        ByteBuffer data = direct(16).putDouble(1 / 3.0).putDouble(1e300).flip();

        assertThat(new WeightTensor("w", WeightType.F64, new long[] {2}, data).toFloats())
                .containsExactly(1 / 3.0f, Float.POSITIVE_INFINITY);
    }

    @Test
    void floatsAreNotCopied() {
        ByteBuffer data = direct(8).putFloat(1).putFloat(2).flip();
        ByteBuffer floats = new WeightTensor("w", WeightType.F32, new long[] {2}, data).toFloat32();
        data.putFloat(4, 7);

        assertThat(floats.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        assertThat(floats.position()).isZero();
        assertThat(floats.getFloat(4)).isEqualTo(7);
    }

    @Test
    void floatsAtAnOddAddressAreCopiedToAnAlignedOne() {
        ByteBuffer data =
                direct(9).put((byte) 0).putFloat(1.25f).putFloat(-3).flip().position(1);
        ByteBuffer floats = new WeightTensor("w", WeightType.F32, new long[] {2}, data).toFloat32();

        assertThat(floats.alignmentOffset(0, 4)).isZero();
        assertThat(floats.getFloat()).isEqualTo(1.25f);
        assertThat(floats.getFloat()).isEqualTo(-3);
    }

    @Test
    void everyReaderHasItsOwnPosition() {
        WeightTensor tensor = WeightTensor.ofFloats("w", new long[] {2}, 1, 2);
        tensor.data().getFloat();

        assertThat(tensor.data().position()).isZero();
    }

    @Test
    void refusesToWidenIntegers() {
        WeightTensor tensor = new WeightTensor("position_ids", WeightType.I64, new long[] {1}, direct(8));

        assertThatThrownBy(tensor::toFloat32)
                .isInstanceOf(WeightsException.class)
                .hasMessage("tensor 'position_ids' is of type I64; only floating-point weights widen to F32");
    }

    @Test
    void refusesBytesThatDoNotFitTheShape() {
        assertThatThrownBy(() -> new WeightTensor("w", WeightType.F32, new long[] {2, 3}, direct(20)))
                .isInstanceOf(WeightsException.class)
                .hasMessage("tensor 'w' of type F32 and shape [2, 3] needs 24 bytes and was given 20");
    }
}
