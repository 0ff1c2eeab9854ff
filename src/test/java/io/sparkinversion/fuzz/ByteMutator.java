package io.sparkinversion.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damages files without knowing their format: bits, lengths, cuts, copies and pieces of other files. */
public final class ByteMutator {
    private static final long[] EXTREMES = {
        0,
        1,
        2,
        0x7f,
        0x80,
        0xff,
        0x7fff,
        0x8000,
        0xffff,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        0xffffffffL,
        -1,
        -2,
        1L << 40,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        1L << 63 >>> 1
    };
    private static final int NEAR_THE_BEGINNING = 96;
    private static final int LONGEST_REPEAT = 2_000;

    private final List<byte[]> corpus;
    private final List<byte[]> tokens;

    /**
     * @param corpus what pieces are taken from
     * @param tokens words of the format, each character one byte
     */
    public ByteMutator(List<byte[]> corpus, String... tokens) {
        this.corpus = List.copyOf(corpus);
        this.tokens = Arrays.stream(tokens)
                .map(token -> token.getBytes(StandardCharsets.ISO_8859_1))
                .toList();
    }

    /** One to four changes. */
    public byte[] mutate(byte[] intact, Random random) {
        byte[] bytes = intact;
        for (int count = 1 + random.nextInt(4); count > 0; count--) {
            bytes = change(bytes, random);
        }
        return bytes;
    }

    /** A number that readers may not expect. */
    public static long extreme(Random random) {
        return random.nextInt(4) == 0 ? random.nextLong() : EXTREMES[random.nextInt(EXTREMES.length)];
    }

    public static <T> T any(List<T> list, Random random) {
        return list.get(random.nextInt(list.size()));
    }

    private byte[] change(byte[] file, Random random) {
        if (file.length == 0) {
            return any(corpus, random).clone();
        }
        byte[] bytes = file.clone();
        int at = place(bytes.length, random);
        int length = Math.min(1 << random.nextInt(10), bytes.length - at);
        return switch (random.nextInt(11)) {
            case 0, 1 -> {
                bytes[at] ^= (byte) (1 << random.nextInt(8));
                yield bytes;
            }
            case 2 -> {
                bytes[at] = (byte) extreme(random);
                yield bytes;
            }
            case 3, 4 -> number(bytes, at, random);
            case 5 -> Arrays.copyOf(bytes, random.nextInt(bytes.length));
            case 6 -> splice(bytes, at, at + length, new byte[0]);
            case 7 -> splice(bytes, at, at, Arrays.copyOfRange(bytes, at, at + length));
            case 8 -> {
                byte[] other = any(corpus, random);
                int from = random.nextInt(other.length + 1);
                byte[] piece = Arrays.copyOfRange(other, from, from + random.nextInt(other.length - from + 1));
                yield splice(bytes, at, random.nextBoolean() ? at : at + length, piece);
            }
            case 9 -> tokens.isEmpty() ? number(bytes, at, random) : splice(bytes, at, at, token(random));
            default -> {
                System.arraycopy(bytes, random.nextInt(bytes.length - length + 1), bytes, at, length);
                yield bytes;
            }
        };
    }

    /** Half of the damage goes to the beginning, where headers are, and some to the end, where directories are. */
    private static int place(int length, Random random) {
        return switch (random.nextInt(6)) {
            case 0, 1, 2 -> random.nextInt(Math.min(NEAR_THE_BEGINNING, length));
            case 3 -> length - 1 - random.nextInt(Math.min(NEAR_THE_BEGINNING, length));
            default -> random.nextInt(length);
        };
    }

    private byte[] token(Random random) {
        byte[] token = any(tokens, random);
        // Nesting as deep as it likes.
        int count = random.nextInt(6) == 0 ? 1 + random.nextInt(LONGEST_REPEAT) : 1;
        ByteArrayOutputStream repeated = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            repeated.writeBytes(token);
        }
        return repeated.toByteArray();
    }

    private static byte[] number(byte[] bytes, int at, Random random) {
        int size = 1 << random.nextInt(4);
        long value = random.nextInt(4) == 0 ? bytes.length + random.nextInt(5) - 2 : extreme(random);
        byte[] eight = ByteBuffer.allocate(8)
                .order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
                .putLong(value)
                .array();
        boolean big = size < 8 && eight[7] == (byte) value;
        System.arraycopy(eight, big ? 8 - size : 0, bytes, at, Math.min(size, bytes.length - at));
        return bytes;
    }

    private static byte[] splice(byte[] bytes, int from, int to, byte[] piece) {
        ByteArrayOutputStream spliced = new ByteArrayOutputStream();
        spliced.write(bytes, 0, from);
        spliced.writeBytes(piece);
        spliced.write(bytes, to, bytes.length - to);
        return spliced.toByteArray();
    }
}
