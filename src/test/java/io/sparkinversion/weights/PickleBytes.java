package io.sparkinversion.weights;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes pickles instruction by instruction, so that tests can write what Python never would. */
final class PickleBytes {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    PickleBytes op(int... bytes) {
        for (int value : bytes) {
            out.write(value);
        }
        return this;
    }

    PickleBytes int32(int value) {
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
        return this;
    }

    PickleBytes int64(long value) {
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
        return this;
    }

    PickleBytes integer(int value) {
        return op('J').int32(value);
    }

    PickleBytes text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        op('X').int32(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    PickleBytes global(String module, String name) {
        out.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    PickleBytes line(String value) {
        out.writeBytes((value + "\n").getBytes(StandardCharsets.UTF_8));
        return this;
    }

    /** A tuple of integers, given as {@code 1,2,3}. */
    PickleBytes tuple(String numbers) {
        op('(');
        for (String number : numbers.split(",")) {
            integer(Integer.parseInt(number.strip()));
        }
        return op('t');
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
