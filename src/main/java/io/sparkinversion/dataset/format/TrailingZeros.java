package io.sparkinversion.dataset.format;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Counts the zero bytes that were read last; what is skipped does not count. By them the end of an archive is told from
 * an archive that is cut off.
 */
final class TrailingZeros extends FilterInputStream {
    private long zeros;

    TrailingZeros(InputStream in) {
        super(in);
    }

    /** How many zero bytes came last. */
    long zeros() {
        return zeros;
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        if (value >= 0) {
            zeros = value == 0 ? zeros + 1 : 0;
        }
        return value;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int count = super.read(target, offset, length);
        int last = count - 1;
        while (last >= 0 && target[offset + last] == 0) {
            last--;
        }
        if (count > 0) {
            zeros = last < 0 ? zeros + count : count - 1 - last;
        }
        return count;
    }
}
