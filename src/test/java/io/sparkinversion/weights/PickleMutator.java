package io.sparkinversion.weights;

import io.sparkinversion.fuzz.ByteMutator;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Takes pickles apart into instructions and puts them together in ways that Python never writes. */
final class PickleMutator {
    private final ByteMutator bytes;
    private final List<byte[]> instructions = new ArrayList<>();

    /** @param pickles what instructions are taken from, besides those of attacks */
    PickleMutator(List<byte[]> pickles) {
        this.bytes =
                new ByteMutator(pickles, "cos\nsystem\n", "cbuiltins\neval\n", "(ios\nsystem\n", "\u0093", "R", "b");
        pickles.forEach(pickle -> instructions.addAll(split(pickle, Integer.MAX_VALUE)));
        instructions.addAll(List.of(
                new PickleBytes().global("builtins", "eval").bytes(),
                new PickleBytes().global("collections", "OrderedDict").bytes(),
                new PickleBytes().global("torch._utils", "_rebuild_tensor_v2").bytes(),
                new PickleBytes().op('(').tuple("1,2,3").op('t').bytes(),
                new PickleBytes().op(0x82, 1).bytes(),
                new PickleBytes().op(0x84).int32(-1).bytes(),
                new PickleBytes().op(0x8b).int32(Integer.MAX_VALUE).bytes(),
                new PickleBytes().op(0x8d).int64(Long.MAX_VALUE).bytes(),
                new PickleBytes().op(0x8e).int64(-1).bytes(),
                new PickleBytes().op('r').int32(-1).bytes(),
                new PickleBytes().op('j').int32(0).bytes()));
        for (int simple : "(NRQbosaeudtl012.]})\u0081\u0085\u0086\u0087\u0088\u0089\u008f\u0090\u0091\u0093\u0094"
                .toCharArray()) {
            instructions.add(new byte[] {(byte) simple});
        }
    }

    byte[] mutate(byte[] pickle, Random random) {
        if (random.nextInt(3) == 0) {
            return bytes.mutate(pickle, random);
        }
        List<byte[]> program = split(pickle, Integer.MAX_VALUE);
        for (int count = 1 + random.nextInt(4); count > 0; count--) {
            int at = random.nextInt(program.size());
            switch (random.nextInt(5)) {
                case 0 -> program.remove(at);
                case 1 -> program.add(at, program.get(random.nextInt(program.size())));
                case 2 -> program.set(at, ByteMutator.any(instructions, random));
                case 3 -> {
                    byte[] repeated = ByteMutator.any(instructions, random);
                    for (int i = random.nextInt(random.nextInt(8) == 0 ? 3_000 : 8); i >= 0; i--) {
                        program.add(at, repeated);
                    }
                }
                default -> program.add(at, ByteMutator.any(instructions, random));
            }
            if (program.isEmpty()) {
                program.add(new byte[] {'.'});
            }
        }
        return joined(program);
    }

    /** So many pickles in a row, each ended by its stop, as instructions; the rest is the last one. */
    static List<byte[]> split(byte[] pickles, int stops) {
        List<byte[]> program = new ArrayList<>();
        int at = 0;
        int found = 0;
        while (at < pickles.length && found < stops) {
            int end = Math.min(pickles.length, at + length(pickles, at));
            program.add(Arrays.copyOfRange(pickles, at, end));
            found += pickles[at] == '.' ? 1 : 0;
            at = end;
        }
        if (at < pickles.length) {
            program.add(Arrays.copyOfRange(pickles, at, pickles.length));
        }
        return program;
    }

    static byte[] joined(List<byte[]> program) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        program.forEach(out::writeBytes);
        return out.toByteArray();
    }

    /** Of the instruction with its argument. */
    private static int length(byte[] pickle, int at) {
        byte[] next = Arrays.copyOfRange(pickle, at + 1, at + 9);
        ByteBuffer argument = ByteBuffer.wrap(next).order(ByteOrder.LITTLE_ENDIAN);
        return switch (pickle[at] & 0xff) {
            case 'K', 'q', 'h', 0x80 -> 2;
            case 'M' -> 3;
            case 'J', 'r', 'j' -> 5;
            case 'G', 0x95 -> 9;
            case 'U', 'C', 0x8a, 0x8c -> 2 + (argument.get(0) & 0xff);
            case 'X', 'T', 'B', 0x8b -> 5 + argument.getInt(0);
            case 0x8d, 0x8e -> 9 + (int) argument.getLong(0);
            case 'c', 'i' -> {
                int end = at;
                for (int lines = 0; lines < 2 && end < pickle.length; end++) {
                    lines += pickle[end] == '\n' ? 1 : 0;
                }
                yield end - at;
            }
            default -> 1;
        };
    }
}
