package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Checkpoints made to harm whoever opens them. Nothing runs, little is allocated, and the message says what it was. */
@Timeout(60)
class MaliciousPickleTest {
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final String COMMAND = "touch executed-by-a-pickle";
    private static final int BUILD = 'b';

    @TempDir
    private Path folder;

    private static PickleBytes pickle() {
        return new PickleBytes().op(0x80, 2);
    }

    /** {@code name(COMMAND)}, as {@code __reduce__} has it. */
    private static PickleBytes call(String module, String name) {
        return pickle().global(module, name).text(COMMAND).op(0x85, 'R', '.');
    }

    static Stream<Arguments> attacks() {
        return Stream.of(
                attack("os.system", call("os", "system"), "'os.system', which is refused"),
                attack("posix.system", call("posix", "system"), "'posix.system', which is refused"),
                attack("nt.system", call("nt", "system"), "'nt.system', which is refused"),
                attack("eval", call("builtins", "eval"), "'builtins.eval', which is refused"),
                attack("exec of Python 2", call("__builtin__", "exec"), "'__builtin__.exec', which is refused"),
                attack("Popen", call("subprocess", "Popen"), "'subprocess.Popen', which is refused"),
                attack("import", call("importlib", "import_module"), "'importlib.import_module', which is refused"),
                attack("a Java class", call("java.lang.Runtime", "getRuntime"), "'java.lang.Runtime.getRuntime'"),
                attack("torch.load", call("torch", "load"), "'torch.load', which is refused"),
                attack("torch.hub", call("torch.hub", "load"), "'torch.hub.load', which is refused"),
                attack("a name with dots", call("torch", "serialization.os.system"), "'torch.serialization.os.system'"),
                attack("a storage's attribute", call("torch", "FloatStorage.__init__"), "FloatStorage.__init__'"),
                attack(
                        "a chain of getattr",
                        pickle().global("builtins", "getattr")
                                .global("builtins", "__import__")
                                .text("os")
                                .op(0x85, 'R')
                                .text("system")
                                .op(0x86, 'R')
                                .text(COMMAND)
                                .op(0x85, 'R', '.'),
                        "'builtins.getattr', which is refused"),
                attack(
                        "a global by texts on the stack",
                        new PickleBytes()
                                .op(0x80, 4)
                                .text("os")
                                .text("system")
                                .op(0x93)
                                .text(COMMAND)
                                .op(0x85, 'R', '.'),
                        "'os.system', which is refused"),
                attack(
                        "INST",
                        pickle().op('(')
                                .text(COMMAND)
                                .op('i')
                                .line("os")
                                .line("system")
                                .op('.'),
                        "'os.system'"),
                attack(
                        "OBJ",
                        pickle().op('(').global("os", "system").text(COMMAND).op('o', '.'),
                        "'os.system'"),
                attack(
                        "OBJ of a known name",
                        pickle().op('(')
                                .global("collections", "OrderedDict")
                                .text(COMMAND)
                                .op('o', '.'),
                        "has the instruction 0x6f"),
                attack(
                        "NEWOBJ",
                        pickle().global("collections", "OrderedDict").op(')', 0x81, '.'),
                        "has the instruction 0x81"),
                attack(
                        "NEWOBJ_EX",
                        pickle().global("collections", "OrderedDict").op(')', '}', 0x92, '.'),
                        "has the instruction 0x92"),
                attack("EXT1", pickle().op(0x82, 1, '.'), "has the instruction 0x82"),
                attack("EXT4", pickle().op(0x84).int32(1).op('.'), "has the instruction 0x84"),
                attack("PERSID", pickle().op('P').line("storage").op('.'), "has the instruction 0x50"),
                attack(
                        "a persistent id that is no storage",
                        pickle().text("x").op('Q', '.'),
                        "refers to a storage in an unknown way"),
                attack("BUILD nested a thousand deep", nestedBuild(), "sets attributes of something that is no"),
                attack(
                        "a reduced reduction",
                        pickle().global("collections", "OrderedDict").op(')', 'R', ')', 'R', '.'),
                        "calls something that is no function"),
                attack(
                        "LONG4 of 2 GiB",
                        pickle().op(0x8b).int32(Integer.MAX_VALUE).op('.'),
                        "has an integer of 2147483647 bytes"),
                attack(
                        "BINUNICODE8 of 8 EiB",
                        pickle().op(0x8d).int64(Long.MAX_VALUE).op('.'),
                        "claims a value of 9223372036854775807 bytes"),
                attack(
                        "BINBYTES8 of 16 EiB",
                        pickle().op(0x8e).int64(-1).op('.'),
                        "claims a value of 18446744073709551615 bytes"),
                attack("BYTEARRAY8", pickle().op(0x96).int64(Long.MAX_VALUE).op('.'), "has the instruction 0x96"),
                attack(
                        "FRAME of 8 EiB",
                        pickle().op(0x95).int64(Long.MAX_VALUE).op('.'),
                        "has a frame of 9223372036854775807 bytes"),
                attack("a thousand laughs a level", laughs(), "holds no dict"),
                attack("a huge shape, again and again", repeatedShape(), "no tuple of up to 64 integers"),
                attack(
                        "a huge shape as a dict's key",
                        pickle().op('}', '(', 't', 'N', 's', '.'),
                        "has a dict key that is neither text nor a number"));
    }

    private static Arguments attack(String name, PickleBytes pickle, String message) {
        return Arguments.of(name, pickle.bytes(), message);
    }

    private static PickleBytes nestedBuild() {
        PickleBytes bytes = pickle().global("collections", "OrderedDict").op(')', 'R');
        for (int i = 0; i < 1_000; i++) {
            bytes.op('}', BUILD);
        }
        return bytes.global("collections", "OrderedDict").op('}', BUILD, '.');
    }

    /** Fifty levels, each a tuple that has the level below it ten times: 10^50 laughs if anybody counted. */
    private static PickleBytes laughs() {
        PickleBytes bytes = pickle().text("ha").op('q', 0);
        for (int level = 1; level <= 50; level++) {
            bytes.op('(');
            for (int i = 0; i < 10; i++) {
                bytes.op('h', level - 1);
            }
            bytes.op('t', 'q', level);
        }
        return bytes.op('.');
    }

    /** A shape of 200,000 numbers, and 100,000 tensors of it at six bytes each. */
    private static PickleBytes repeatedShape() {
        PickleBytes bytes = pickle();
        bytes.op('(', '(')
                .text("storage")
                .global("torch", "FloatStorage")
                .text("0")
                .text("cpu")
                .integer(4);
        bytes.op('t', 'Q').integer(0).op('(');
        for (int i = 0; i < 200_000; i++) {
            bytes.op('K', 1);
        }
        bytes.op('t', 'q', 1, 'h', 1, 't', 'q', 2, '0')
                .global("torch._utils", "_rebuild_tensor_v2")
                .op('q', 3);
        for (int i = 0; i < 100_000; i++) {
            bytes.op('h', 3, 'h', 2, 'R', '0');
        }
        return bytes.op('.');
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("attacks")
    void isRefusedInEveryContainer(String name, byte[] pickle, String message) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("archive/data.pkl", pickle);
        entries.put("archive/data/0", new byte[16]);
        Path zip = Files.write(folder.resolve("zip.pth"), WeightsMutator.zip(entries));
        Path old = Files.write(folder.resolve("old.pth"), legacy(pickle));

        for (Path path : new Path[] {zip, old}) {
            long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
            assertThatThrownBy(() -> WeightFiles.openCheckpoint(path))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageStartingWith(path.toString())
                    .hasMessageContaining(message);
            assertThat(THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - before)
                    .as("bytes allocated for %d", pickle.length)
                    .isLessThan((16 << 20) + 100L * pickle.length);
        }
        assertThat(Path.of("executed-by-a-pickle")).doesNotExist();
    }

    /** In the place of the object, after the magic number, the protocol and the writer's system. */
    private static byte[] legacy(byte[] pickle) throws IOException {
        List<byte[]> program = PickleMutator.split(Files.readAllBytes(Checkpoints.resource("legacy.pth")), 3);
        byte[] before = PickleMutator.joined(program.subList(0, program.size() - 1));
        return PickleMutator.joined(
                List.of(before, pickle, pickle().op(']', '.').bytes()));
    }

    /** The format's own length field, which is nothing to believe. */
    @Test
    void aSafetensorsHeaderOfEightExbibytesIsRefused() throws IOException {
        for (long claim : new long[] {Long.MAX_VALUE, Long.MIN_VALUE, -1, 1L << 40, 100_000_001, 3}) {
            Path path = Files.write(
                    folder.resolve("w.safetensors"), Checkpoints.withLength(claim, new byte[] {'{', '}'}, new byte[0]));
            assertThatThrownBy(() -> SafetensorsFile.open(path))
                    .isInstanceOf(WeightsException.class)
                    .hasMessage(path + " claims a header of " + Long.toUnsignedString(claim)
                            + " bytes where at most 2 are possible; it is damaged or not a safetensors file");
        }
    }

    @Test
    void aShapeOfAMillionDimensionsIsRefused() throws IOException {
        Path path = Checkpoints.safetensors(
                folder.resolve("w.safetensors"),
                "{\"a\": {\"dtype\": \"F32\", \"shape\": [" + "1,".repeat(1_000_000) + "1], \"data_offsets\": [0, 4]}}",
                new byte[4]);
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(WeightsException.class)
                .hasMessage(path + ": tensor 'a' shape has more than 64 numbers");
    }
}
