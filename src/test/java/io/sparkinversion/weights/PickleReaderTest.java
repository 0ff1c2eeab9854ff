package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.weights.PickleReader.Tuple;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class PickleReaderTest {

    private static final String FILE = "w.pth";

    private static Object read(byte[] pickle) {
        return new PickleReader(ByteBuffer.wrap(pickle), new TorchGlobals(FILE, false), FILE).read();
    }

    private static Object read(PickleBytes pickle) {
        return read(pickle.bytes());
    }

    private static PickleBytes pickle() {
        return new PickleBytes().op(0x80, 2);
    }

    /**
     * CPython 3.11's {@code pickle.dumps} of {@code [None, True, False, 0, 255, 65535, -1, 2**40, -2**70, 1.5, 'ü', (),
     * (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), {'a': [], 2: {}}, [7], {'k': 'a'}]} with protocols 2, 3 and 4.
     */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "80025d7100284e88894b004bff4dffff4affffffff8a060000000000018a090000000000000000c0473ff80000000000005802000000c3"
                        + "bc7101294b018571024b014b028671034b014b024b03877104284b014b024b034b047471057d7106285801000000617107"
                        + "5d71084b027d7109755d710a4b07617d710b58010000006b710c680773652e",
                "80035d7100284e88894b004bff4dffff4affffffff8a060000000000018a090000000000000000c0473ff80000000000005802000000c3"
                        + "bc7101294b018571024b014b028671034b014b024b03877104284b014b024b034b047471057d7106285801000000617107"
                        + "5d71084b027d7109755d710a4b07617d710b58010000006b710c680773652e",
                "8004956f000000000000005d94284e88894b004bff4dffff4affffffff8a060000000000018a090000000000000000c0473ff800000000"
                        + "00008c02c3bc94294b0185944b014b0286944b014b024b038794284b014b024b034b0474947d94288c0161945d944b027d"
                        + "94755d944b07617d948c016b94680773652e"
            })
    void readsWhatPythonWrites(String hex) {
        assertThat(read(HexFormat.of().parseHex(hex)))
                .isEqualTo(Arrays.asList(
                        null,
                        true,
                        false,
                        0L,
                        255L,
                        65535L,
                        -1L,
                        1L << 40,
                        BigInteger.TWO.pow(70).negate(),
                        1.5,
                        "ü",
                        new Tuple(List.of()),
                        new Tuple(List.of(1L)),
                        new Tuple(List.of(1L, 2L)),
                        new Tuple(List.of(1L, 2L, 3L)),
                        new Tuple(List.of(1L, 2L, 3L, 4L)),
                        Map.of("a", List.of(), 2L, Map.of()),
                        List.of(7L),
                        Map.of("k", "a")));
    }

    @Test
    void oneListTwiceIsOneList() {
        // pickle.dumps([l, l], 2) with l = [1]
        List<?> list = (List<?>) read(HexFormat.of().parseHex("80025d7100285d71014b01616801652e"));

        assertThat(list.get(0)).isSameAs(list.get(1)).isEqualTo(List.of(1L));
    }

    @Test
    void readsOrderedDictsOfBothPythons() {
        PickleBytes python2 = pickle().global("collections", "OrderedDict")
                .op(']', ']')
                .text("k")
                .op('a')
                .integer(3);
        python2.op('a', 'a', 0x85, 'R', '.');
        PickleBytes python3 =
                pickle().global("collections", "OrderedDict").op(')', 'R').text("k");
        python3.integer(3).op('s', '.');

        assertThat(read(python2)).isEqualTo(Map.of("k", 3L)).isEqualTo(read(python3));
    }

    @ParameterizedTest
    @CsvSource({
        "os, system",
        "builtins, eval",
        "__builtin__, getattr",
        "torch, load",
        "torch._utils, _rebuild_tensor",
        "torch, QUInt8Storage",
        "collections, defaultdict",
        "numpy.core.multiarray, _reconstruct"
    })
    void refusesOtherGlobalsByName(String module, String name) {
        String message = "w.pth: the pickle refers to '" + module + "." + name + "', which is refused";

        assertThatThrownBy(() -> read(pickle().global(module, name).op('.')))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(message);
        assertThatThrownBy(() -> read(pickle().text(module).text(name).op(0x93, '.')))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(message);
        // INST names and calls at once
        byte[] instance = pickle().op('(').global(module, name).op('.').bytes();
        instance[3] = 'i';
        assertThatThrownBy(() -> read(instance))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource({
        "8d ffffffffffffff7f, claims a value of 9223372036854775807 bytes",
        "8d ffffffffffffffff, claims a value of 18446744073709551615 bytes",
        "8e 0000000001000000, claims a value of 4294967296 bytes",
        "58 ffffffff, claims a value of 4294967295 bytes",
        "54 ffffffff, claims a value of 18446744073709551615 bytes",
        "8b ffffff7f, has an integer of 2147483647 bytes",
        "8b ffffffff, claims a value",
        "95 ffffffffffffff7f, has a frame of 9223372036854775807 bytes",
        "8005, is of protocol 5",
        "4b, claims a value of 1 bytes and ends after 0",
        "2e, takes a value from an empty stack",
        "86, takes a value from an empty stack",
        "32, takes a value from an empty stack",
        "74, closes a group that it did not open",
        "28 30, takes a value from an empty stack",
        "4b01 4b01 61, appends to something that is no list",
        "4b01 4e 4e 73, sets an item of something that is no dict",
        "7d 28 4e 75, has a dict key without a value",
        "7d 5d 4e 73, has a dict key that is neither text nor a number",
        "68 05, refers to value 5",
        "4b01 29 52, calls something that is no function",
        "4b01 7d 62, sets attributes of something that is no OrderedDict",
        "4e 51, refers to a storage in an unknown way",
        "4b01 29 81, has the instruction 0x81",
        "82 01, has the instruction 0x82",
        "49 310a, has the instruction 0x49"
    })
    void refusesDamagedPickles(String hex, String message) {
        byte[] pickle = HexFormat.of().parseHex("8002" + hex.replace(" ", ""));

        assertThatThrownBy(() -> read(pickle))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith("w.pth: the pickle ")
                .hasMessageContaining(message)
                .hasMessageEndingWith("the file is damaged or no PyTorch checkpoint");
    }

    /** Python's dicts could not have such keys either; here their hash codes would never end. */
    @Test
    void refusesAListThatContainsItselfAsAKey() {
        PickleBytes bytes = pickle().op('}').op(']', 'q', 0, 'h', 0, 'a').op('N', 's', '.');

        assertThatThrownBy(() -> read(bytes)).hasMessageContaining("dict key that is neither text nor a number");
    }

    @Test
    void readsAListThatContainsItself() {
        List<?> list = (List<?>) read(pickle().op(']', 'q', 0, 'h', 0, 'a', '.'));

        assertThat(list.get(0)).isSameAs(list);
    }

    @Test
    void aMemoIndexCostsNothing() {
        assertThat(read(pickle().op('N', 'r').int32(-1).op('0', 'j').int32(-1).op('.')))
                .isNull();
    }

    @Test
    void boundsTheNumberOfInstructions() {
        byte[] bytes = new byte[PickleReader.MAX_INSTRUCTIONS + 10];
        Arrays.fill(bytes, (byte) '}');

        assertThatThrownBy(() -> read(bytes))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("has more than 1000000 instructions");
    }

    /** A short pickle that copies a long list again and again would otherwise need the square of its length. */
    @Test
    void boundsTheCopiesOfOneList() {
        PickleBytes bytes = pickle().op(']', ']').text("k").op('a', 'N', 'a', 'q', 0, '0', 'q', 1, '(');
        for (int i = 0; i < 10_000; i++) {
            bytes.op('h', 0);
        }
        bytes.op('e', '0').global("collections", "OrderedDict").op('q', 2);
        for (int i = 0; i < 1_000; i++) {
            bytes.op('h', 2, 'h', 1, 0x85, 'R', '0');
        }

        assertThatThrownBy(() -> read(bytes.op('.')))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("makes too many dicts");
    }
}
