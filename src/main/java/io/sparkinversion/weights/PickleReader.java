package io.sparkinversion.weights;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads Python pickles of protocols 2 to 4 as data. A pickle is a program for a stack machine that can call any
 * function of any Python module; this machine has no such functions. What a name or a call means is asked of {@link
 * Globals}, which knows a fixed few and refuses the rest.
 *
 * <p>Python's values become: None {@code null}, bool {@link Boolean}, int {@link Long} or {@link BigInteger}, float
 * {@link Double}, str {@link String}, bytes {@code byte[]}, list {@link List}, tuple {@link Tuple}, dict {@link Map}.
 *
 * <p>Memory and time are bounded: every operation costs at least a byte of input, there is a bound on their number, and
 * no length is believed before that many bytes are there.
 *
 * @see <a href="https://docs.python.org/3/library/pickletools.html">the instructions</a>
 */
final class PickleReader {

    /** A bound far above what checkpoints need: some 30 instructions a tensor. */
    static final int MAX_INSTRUCTIONS = 1_000_000;

    private static final int MAX_INTEGER_BYTES = 64;
    private static final int MAX_LINE = 1000;

    private final ByteBuffer input;
    private final Globals globals;
    private final String file;
    private final List<Object> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Long, Object> memo = new HashMap<>();

    /** A Python tuple; lists are plain {@link List}s. */
    record Tuple(List<Object> items) {}

    /** What a pickle's names stand for. All methods throw {@link WeightsException} to refuse. */
    interface Globals {

        Object find(String module, String name);

        Object call(Object function, List<Object> arguments);

        Object persistent(Object id);

        void setState(Object target, Object state);
    }

    /**
     * @param input read from its position on; each {@link #read} leaves it behind the pickle that it read
     * @param file for messages
     */
    PickleReader(ByteBuffer input, Globals globals, String file) {
        this.input = input.order(ByteOrder.LITTLE_ENDIAN);
        this.globals = globals;
        this.file = file;
    }

    /**
     * Reads one pickle.
     *
     * @throws WeightsException if it is damaged, too long, or asks for anything but plain data and {@link Globals}
     */
    Object read() {
        stack.clear();
        marks.clear();
        memo.clear();
        for (int count = 0; count < MAX_INSTRUCTIONS; count++) {
            int instruction = unsignedByte();
            if (instruction == '.') {
                return pop();
            }
            if (!readNumberOrText(instruction) && !readContainer(instruction) && !readObject(instruction)) {
                throw error("has the instruction 0x" + Integer.toHexString(instruction)
                        + ", which plain checkpoints do not use");
            }
        }
        throw error("has more than " + MAX_INSTRUCTIONS + " instructions");
    }

    private boolean readNumberOrText(int instruction) {
        switch (instruction) {
            case 'N' -> push(null);
            case 0x88 -> push(true);
            case 0x89 -> push(false);
            case 'J' -> push((long) need(4).getInt());
            case 'K' -> push((long) unsignedByte());
            case 'M' -> push((long) Short.toUnsignedInt(need(2).getShort()));
            case 0x8a -> push(integer(unsignedByte()));
            case 0x8b -> push(integer(need(4).getInt()));
            case 'G' -> push(Double.longBitsToDouble(Long.reverseBytes(need(8).getLong())));
            case 'X' -> push(text(unsignedInt(), StandardCharsets.UTF_8));
            case 0x8c -> push(text(unsignedByte(), StandardCharsets.UTF_8));
            case 0x8d -> push(text(need(8).getLong(), StandardCharsets.UTF_8));
            // Python 2's str, whose bytes have no encoding.
            case 'T' -> push(text(need(4).getInt(), StandardCharsets.ISO_8859_1));
            case 'U' -> push(text(unsignedByte(), StandardCharsets.ISO_8859_1));
            case 'B' -> push(bytes(unsignedInt()));
            case 'C' -> push(bytes(unsignedByte()));
            case 0x8e -> push(bytes(need(8).getLong()));
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean readContainer(int instruction) {
        switch (instruction) {
            case '(' -> marks.add(stack.size());
            case '0' -> pop();
            case '1' -> popToMark();
            case '2' -> push(peek());
            case ')' -> push(new Tuple(List.of()));
            case 0x85 -> push(new Tuple(popMany(1)));
            case 0x86 -> push(new Tuple(popMany(2)));
            case 0x87 -> push(new Tuple(popMany(3)));
            case 't' -> push(new Tuple(popToMark()));
            case ']' -> push(new ArrayList<>());
            case 'l' -> push(popToMark());
            case 'a' -> {
                Object item = pop();
                list().add(item);
            }
            case 'e' -> {
                List<Object> items = popToMark();
                list().addAll(items);
            }
            case '}' -> push(new LinkedHashMap<>());
            case 'd' -> {
                List<Object> items = popToMark();
                push(new LinkedHashMap<>());
                putAll(items);
            }
            case 's' -> putAll(popMany(2));
            case 'u' -> putAll(popToMark());
            case 'q' -> memo.put((long) unsignedByte(), peek());
            case 'r' -> memo.put(unsignedInt(), peek());
            case 0x94 -> memo.put((long) memo.size(), peek());
            case 'h' -> push(remembered(unsignedByte()));
            case 'j' -> push(remembered(unsignedInt()));
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean readObject(int instruction) {
        switch (instruction) {
            case 0x80 -> {
                int protocol = unsignedByte();
                if (protocol < 2 || protocol > 4) {
                    throw error("is of protocol " + protocol + "; 2 to 4 are supported");
                }
            }
            case 0x95 -> {
                long length = need(8).getLong();
                if (length < 0 || length > input.remaining()) {
                    throw error("has a frame of " + Long.toUnsignedString(length) + " bytes and ends before");
                }
            }
            case 'c' -> push(globals.find(line(), line()));
            case 0x93 -> {
                Object name = pop();
                Object module = pop();
                if (!(name instanceof String nameText) || !(module instanceof String moduleText)) {
                    throw error("names a global by something that is no text");
                }
                push(globals.find(moduleText, nameText));
            }
            case 'i' -> {
                // Calls by name; the name is what the reader of the message wants to know.
                globals.find(line(), line());
                return false;
            }
            case 0x81 -> {
                // Makes an object of a class; none that is known has any.
                Object arguments = pop();
                if (!(peek() instanceof TorchGlobals.Unknown) || !(arguments instanceof Tuple tuple)) {
                    return false;
                }
                push(globals.call(pop(), tuple.items()));
            }
            case 'R' -> {
                Object arguments = pop();
                Object function = pop();
                if (!(arguments instanceof Tuple tuple)) {
                    throw error("calls a function with something that is no tuple");
                }
                push(globals.call(function, tuple.items()));
            }
            case 'b' -> {
                Object state = pop();
                globals.setState(peek(), state);
            }
            case 'Q' -> push(globals.persistent(pop()));
            default -> {
                return false;
            }
        }
        return true;
    }

    private void push(Object value) {
        stack.add(value);
    }

    private int floor() {
        return marks.isEmpty() ? 0 : marks.get(marks.size() - 1);
    }

    private Object peek() {
        if (stack.size() <= floor()) {
            throw error("takes a value from an empty stack");
        }
        return stack.get(stack.size() - 1);
    }

    private Object pop() {
        Object value = peek();
        stack.remove(stack.size() - 1);
        return value;
    }

    private List<Object> popMany(int count) {
        if (stack.size() - count < floor()) {
            throw error("takes a value from an empty stack");
        }
        return cut(stack.size() - count);
    }

    private List<Object> popToMark() {
        if (marks.isEmpty()) {
            throw error("closes a group that it did not open");
        }
        return cut(marks.remove(marks.size() - 1));
    }

    private List<Object> cut(int begin) {
        List<Object> tail = stack.subList(begin, stack.size());
        List<Object> items = new ArrayList<>(tail);
        tail.clear();
        return items;
    }

    @SuppressWarnings("unchecked")
    private List<Object> list() {
        if (peek() instanceof List<?> list) {
            return (List<Object>) list;
        }
        throw error("appends to something that is no list");
    }

    @SuppressWarnings("unchecked")
    private void putAll(List<Object> items) {
        if (!(peek() instanceof Map<?, ?> map)) {
            throw error("sets an item of something that is no dict");
        }
        if (items.size() % 2 != 0) {
            throw error("has a dict key without a value");
        }
        for (int i = 0; i < items.size(); i += 2) {
            Object key = items.get(i);
            // A container could contain itself, and its hash code would never end.
            if (!(key == null || key instanceof String || key instanceof Number || key instanceof Boolean)) {
                throw error("has a dict key that is neither text nor a number");
            }
            ((Map<Object, Object>) map).put(key, items.get(i + 1));
        }
    }

    private Object remembered(long index) {
        if (!memo.containsKey(index)) {
            throw error("refers to value " + index + ", which it did not store");
        }
        return memo.get(index);
    }

    private ByteBuffer need(long count) {
        if (count < 0 || count > input.remaining()) {
            throw error(
                    "claims a value of " + Long.toUnsignedString(count) + " bytes and ends after " + input.remaining());
        }
        return input;
    }

    private int unsignedByte() {
        return need(1).get() & 0xff;
    }

    private long unsignedInt() {
        return Integer.toUnsignedLong(need(4).getInt());
    }

    private byte[] bytes(long count) {
        need(count);
        byte[] bytes = new byte[(int) count];
        input.get(bytes);
        return bytes;
    }

    private String text(long count, Charset charset) {
        return new String(bytes(count), charset);
    }

    private Object integer(int count) {
        if (count > MAX_INTEGER_BYTES) {
            throw error("has an integer of " + count + " bytes");
        }
        byte[] bytes = bytes(count);
        for (int i = 0, j = count - 1; i < j; i++, j--) {
            byte swapped = bytes[i];
            bytes[i] = bytes[j];
            bytes[j] = swapped;
        }
        BigInteger value = count == 0 ? BigInteger.ZERO : new BigInteger(bytes);
        if (value.bitLength() < Long.SIZE) {
            return value.longValue();
        }
        return value;
    }

    private String line() {
        StringBuilder line = new StringBuilder();
        for (int value = unsignedByte(); value != '\n'; value = unsignedByte()) {
            if (line.length() == MAX_LINE) {
                throw error("has a global with a name of more than " + MAX_LINE + " characters");
            }
            line.append((char) value);
        }
        return line.toString();
    }

    private WeightsException error(String what) {
        return new WeightsException(file + ": the pickle " + what + " (at byte " + input.position()
                + "); the file is damaged or no PyTorch checkpoint");
    }
}
