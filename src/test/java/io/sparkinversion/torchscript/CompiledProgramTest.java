package io.sparkinversion.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.weights.FakeWeights;
import io.sparkinversion.weights.WeightTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class CompiledProgramTest extends WithManager {
    private CompiledProgram withoutWeights(ProgramBuilder builder) {
        return CompiledProgram.compile(builder.build(), DeviceWeights.none(manager));
    }

    private DeviceWeights fakeWeights(Program program) {
        Map<String, long[]> shapes = new HashMap<>();
        program.weights().forEach(spec -> shapes.put(spec.name(), spec.shape()));
        return DeviceWeights.load(new FakeWeights(shapes, 1), program.weights(), Set.of(), manager, ScalarType.FLOAT32);
    }

    private static ProgramBuilder arithmetic() {
        return new ProgramBuilder("arithmetic")
                .method("double", graph -> graph.returns(graph.multiply(graph.input("x"), 2)))
                .method("weigh", graph -> {
                    Value list = graph.inputList("terms");
                    Value weighted = graph.multiply(graph.element(list, 1), graph.inputNumber("factor"));
                    graph.returns(graph.add(graph.element(list, 0), weighted));
                })
                .method("swap", graph -> {
                    Value a = graph.input("a");
                    graph.returnsList(List.of(graph.input("b"), a));
                });
    }

    @Test
    void callsMethodsWithTensorsListsAndNumbers() {
        try (CompiledProgram program = withoutWeights(arithmetic())) {
            NDArray a = manager.create(new float[] {1, 2});
            NDArray b = manager.create(new float[] {10, -4});

            NDArray doubled = program.call(manager, "double", Argument.of(a));
            NDArray weighed = program.call(manager, "weigh", Argument.of(List.of(a, b)), Argument.of(0.25));
            NDList swapped = program.callForList(manager, "swap", Argument.of(a), Argument.of(b));

            assertThat(doubled.toFloatArray()).containsExactly(2, 4);
            assertThat(weighed.toFloatArray()).containsExactly(3.5f, 1);
            assertThat(swapped).hasSize(2);
            assertThat(swapped.get(0).toFloatArray()).containsExactly(10, -4);
            assertThat(swapped.get(1).toFloatArray()).containsExactly(1, 2);
        }
    }

    @Test
    void aMethodThatIsNotThereIsAnError() {
        try (CompiledProgram program = withoutWeights(arithmetic())) {
            NDArray x = manager.create(1f);

            assertThatThrownBy(() -> program.call(manager, "triple", Argument.of(x)))
                    .isInstanceOf(EngineException.class)
                    .hasMessageContaining("triple");
        }
    }

    @Test
    void anArgumentTooFewIsAnError() {
        try (CompiledProgram program = withoutWeights(arithmetic())) {
            NDArray x = manager.create(1f);

            assertThatThrownBy(() -> program.call(manager, "swap", Argument.of(x)))
                    .isInstanceOf(EngineException.class);
            assertThat(program.call(manager, "double", Argument.of(x)).getFloat())
                    .isEqualTo(2);
        }
    }

    @Test
    void anOperationThatLibtorchDoesNotKnowIsRefusedWithTheProgramsName() {
        ProgramBuilder unknown = new ProgramBuilder("inventive")
                .method("forward", graph -> graph.returns(graph.expression("torch.frobnicate(%s)", graph.input("x"))));

        assertThatThrownBy(() -> withoutWeights(unknown))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("libtorch refuses program inventive: ")
                .hasMessageContaining("frobnicate");
    }

    @Test
    void textThatIsNoTorchScriptIsRefusedWithTheProgramsName() {
        String text = "class Net(Module):\n  def forward(self";
        Program nonsense =
                new Program("nonsense", MemoryFormat.CHANNELS_FIRST, text, List.of(), List.of(), Map.of(), List.of());

        assertThatThrownBy(() -> CompiledProgram.compile(nonsense, DeviceWeights.none(manager)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("libtorch refuses program nonsense: ");
    }

    @Test
    void aWeightThatWasNotLoadedIsNamed() {
        Program program = new ProgramBuilder("dense")
                .method("forward", graph -> graph.returns(graph.linear(graph.input("x"), "dense", 2, 3)))
                .build();

        assertThatThrownBy(() -> CompiledProgram.compile(program, DeviceWeights.none(manager)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("weight dense.weight[3, 2] was not loaded");
    }

    @Test
    void checkpointsComeByNameInTheOrderOfTheirComputation() {
        ProgramBuilder builder = arithmetic().checkpoints("look", graph -> {
            Value doubled = graph.checkpoint("zz doubled", graph.multiply(graph.input("x"), 2));
            graph.checkpoint("aa quadrupled", graph.multiply(doubled, 2));
        });
        try (CompiledProgram program = withoutWeights(builder)) {
            Argument x = Argument.of(manager.create(3f));

            Map<String, NDArray> results = program.checkpoints(manager, "look", x);

            assertThat(results.keySet()).containsExactly("zz doubled", "aa quadrupled");
            assertThat(results.get("zz doubled").getFloat()).isEqualTo(6);
            assertThat(results.get("aa quadrupled").getFloat()).isEqualTo(12);
            assertThatThrownBy(() -> program.checkpoints(manager, "double", x))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("method double of program arithmetic", "[look]");
        }
    }

    @Test
    void programsShareWeightsThatOutliveThem() {
        ProgramBuilder once = new ProgramBuilder("once")
                .method("forward", graph -> graph.returns(graph.linearWithoutBias(graph.input("x"), "dense", 2, 2)));
        ProgramBuilder twice = new ProgramBuilder("twice").method("forward", graph -> {
            Value hidden = graph.linearWithoutBias(graph.input("x"), "dense", 2, 2);
            graph.returns(graph.linearWithoutBias(hidden, "dense", 2, 2));
        });
        WeightTensor swapAndDouble = WeightTensor.ofFloats("dense.weight", new long[] {2, 2}, 0, 1, 2, 0);
        InMemoryWeights source = InMemoryWeights.of(swapAndDouble);
        List<WeightSpec> specs = once.build().weights();
        Argument x = Argument.of(manager.create(new float[] {3, 5}));
        try (DeviceWeights weights = DeviceWeights.load(source, specs, Set.of(), manager, ScalarType.FLOAT32);
                CompiledProgram second = CompiledProgram.compile(twice.build(), weights)) {
            try (CompiledProgram first = CompiledProgram.compile(once.build(), weights)) {
                assertThat(first.call(manager, "forward", x).toFloatArray()).containsExactly(5, 6);
            }
            assertThat(second.call(manager, "forward", x).toFloatArray()).containsExactly(6, 10);
        }
    }

    @Test
    void resultsBelongToTheOwnerAndDieWithIt() {
        try (CompiledProgram program = withoutWeights(arithmetic())) {
            NDArray a = manager.create(new float[] {1, 2});
            int before = manager.getManagedArrays().size();

            for (int i = 0; i < 200; i++) {
                try (NDManager owner = manager.newSubManager()) {
                    NDArray result = program.call(owner, "double", Argument.of(a));
                    program.callForList(owner, "swap", Argument.of(a), Argument.of(result));

                    assertThat(result.getManager()).isSameAs(owner);
                    assertThat(owner.getManagedArrays()).hasSize(3);
                }
            }

            assertThat(manager.getManagedArrays()).hasSize(before);
            assertThat(a.toFloatArray()).containsExactly(1, 2);
        }
    }

    /** 200 results of 4 MiB, and as many lists and numbers around them. */
    @Test
    void callsLeaveNoNativeMemoryBehind() throws IOException {
        Path status = Path.of("/proc/self/status");
        assumeTrue(Files.exists(status), "this system does not tell a process's resident memory");
        try (CompiledProgram program = withoutWeights(arithmetic())) {
            NDArray a = manager.zeros(new Shape(1024, 1024));
            callAndDrop(program, a, 20);
            long before = residentKibibytes(status);

            callAndDrop(program, a, 200);

            assertThat(residentKibibytes(status) - before).isLessThan(300 * 1024);
        }
    }

    private void callAndDrop(CompiledProgram program, NDArray a, int times) {
        for (int i = 0; i < times; i++) {
            try (NDManager owner = manager.newSubManager()) {
                program.call(owner, "weigh", Argument.of(List.of(a, a)), Argument.of(i));
            }
        }
    }

    private static long residentKibibytes(Path status) throws IOException {
        return Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void fourThreadsAtOnceGetWhatOneGets() throws Exception {
        Program program = new ProgramBuilder("small")
                .method("forward", graph -> {
                    Value hidden = graph.conv2d(graph.input("x"), "conv_in", 4, 32, 3, 1, 1);
                    hidden = graph.silu(graph.groupNorm(hidden, "norm", 8, 32, 1e-5));
                    graph.returns(graph.conv2d(hidden, "conv_out", 32, 4, 3, 1, 1));
                })
                .build();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (DeviceWeights weights = fakeWeights(program);
                CompiledProgram compiled = CompiledProgram.compile(program, weights)) {
            List<Future<List<float[]>>> futures = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                // The program's first calls, the ones that compile it, are among these.
                Callable<List<float[]>> calls = () -> forward(compiled, 25);
                futures.add(threads.submit(calls));
            }
            List<float[]> expected = forward(compiled, 25);
            for (Future<List<float[]>> future : futures) {
                List<float[]> results = future.get();
                for (int i = 0; i < results.size(); i++) {
                    assertThat(results.get(i)).isEqualTo(expected.get(i));
                }
            }
            assertThat(expected.get(0)[0]).isNotCloseTo(expected.get(1)[0], within(1e-6f));
        } finally {
            threads.shutdownNow();
        }
    }

    private List<float[]> forward(CompiledProgram program, int times) {
        List<float[]> results = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            try (NDManager owner = manager.newSubManager()) {
                NDArray x = owner.arange(4 * 16 * 16).toType(DataType.FLOAT32, false);
                NDArray image = x.mul(0.01f * (i + 1)).sin().reshape(1, 4, 16, 16);
                results.add(program.call(owner, "forward", Argument.of(image)).toFloatArray());
            }
        }
        return results;
    }
}
