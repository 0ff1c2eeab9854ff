package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class StridedCopyTest {

    @Test
    void knowsRowMajorViews() {
        assertThat(StridedCopy.isRowMajor(new long[] {}, new long[] {})).isTrue();
        assertThat(StridedCopy.isRowMajor(new long[] {2, 3}, new long[] {3, 1})).isTrue();
        assertThat(StridedCopy.isRowMajor(new long[] {2, 3}, new long[] {1, 2})).isFalse();
        assertThat(StridedCopy.isRowMajor(new long[] {2, 3}, new long[] {4, 1})).isFalse();
    }

    /** PyTorch gives a dimension of size 1 any stride, 0 after expand(). */
    @Test
    void stridesOfSingleElementsDoNotMatter() {
        assertThat(StridedCopy.isRowMajor(new long[] {1, 77}, new long[] {0, 1}))
                .isTrue();
        assertThat(StridedCopy.isRowMajor(new long[] {3, 1, 2}, new long[] {2, 999, 1}))
                .isTrue();
    }

    @Test
    void copiesATransposedView() {
        ByteBuffer source = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        for (short i = 0; i < 6; i++) {
            source.putShort(i);
        }
        ByteBuffer copy = StridedCopy.rowMajor(source.flip(), new long[] {3, 2}, new long[] {1, 3}, 2, 6);

        short[] values = new short[6];
        copy.asShortBuffer().get(values);
        assertThat(values).containsExactly((short) 0, (short) 3, (short) 1, (short) 4, (short) 2, (short) 5);
    }
}
