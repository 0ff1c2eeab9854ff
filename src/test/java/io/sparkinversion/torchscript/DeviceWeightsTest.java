package io.sparkinversion.torchscript;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.sparkinversion.weights.FakeWeights;
import io.sparkinversion.weights.SafetensorsFile;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightType;
import io.sparkinversion.weights.WeightsException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceWeightsTest extends WithManager {
    private static final WeightSpec WEIGHT = new WeightSpec("dense.weight", new long[] {2, 3});
    private static final WeightSpec BIAS = new WeightSpec("dense.bias", new long[] {2});

    private static WeightTensor zeros(String name, long... shape) {
        long size = 1;
        for (long dimension : shape) {
            size *= dimension;
        }
        return WeightTensor.ofFloats(name, shape, new float[(int) size]);
    }

    private DeviceWeights load(InMemoryWeights source, List<WeightSpec> specs, String... ignored) {
        return DeviceWeights.load(source, specs, Set.of(ignored), manager, ScalarType.FLOAT32);
    }

    @Test
    void aMissingWeightIsNamedWithItsShape() {
        assertThatThrownBy(() -> load(InMemoryWeights.of(zeros("dense.weight", 2, 3)), List.of(WEIGHT, BIAS)))
                .isInstanceOf(WeightsException.class)
                .hasMessage("weights in memory does not fit its config.json: 1 missing: dense.bias[2]");
    }

    @Test
    void aSurplusWeightIsNamedUnlessItIsIgnored() {
        InMemoryWeights source = InMemoryWeights.of(zeros("dense.bias", 2), zeros("position_ids", 1, 77));

        assertThatThrownBy(() -> load(source, List.of(BIAS)))
                .isInstanceOf(WeightsException.class)
                .hasMessageEndingWith("1 not part of the architecture: position_ids");
        assertThatCode(() -> load(source, List.of(BIAS), "position_ids", "not even there")
                        .close())
                .doesNotThrowAnyException();
    }

    @Test
    void aMisshapedWeightIsNamedWithBothShapes() {
        assertThatThrownBy(() -> load(InMemoryWeights.of(zeros("dense.weight", 3, 2)), List.of(WEIGHT)))
                .isInstanceOf(WeightsException.class)
                .hasMessageEndingWith("1 of another shape or type: dense.weight[2, 3] is stored as [3, 2]");
    }

    @Test
    void allFaultsComeInOneMessageAndLongListsAreCut() {
        List<WeightSpec> specs = new ArrayList<>(List.of(WEIGHT));
        for (int i = 0; i < 8; i++) {
            specs.add(new WeightSpec("layer" + i, new long[] {1}));
        }

        assertThatThrownBy(() -> load(InMemoryWeights.of(zeros("dense.weight", 2), zeros("other", 1)), specs))
                .isInstanceOf(WeightsException.class)
                .hasMessageEndingWith("8 missing: layer0[1], layer1[1], layer2[1], layer3[1], layer4[1] and 3 more; "
                        + "1 of another shape or type: dense.weight[2, 3] is stored as [2]; "
                        + "1 not part of the architecture: other");
    }

    @Test
    void aRefusedSourceLeavesNothingOnTheDevice() {
        assertThatThrownBy(() -> load(InMemoryWeights.of(), List.of(WEIGHT))).isInstanceOf(WeightsException.class);

        assertThat(manager.getManagedArrays()).isEmpty();
    }

    @Test
    void integersAreNoWeights() {
        WeightTensor bytes =
                new WeightTensor("dense.bias", WeightType.U8, new long[] {2}, ByteBuffer.allocateDirect(2));

        assertThatThrownBy(() -> load(InMemoryWeights.of(bytes), List.of(BIAS)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll("dense.bias", "U8");
    }

    @Test
    void aLinearLayersWeightDoesForA1x1ConvolutionAndTheOtherWayRound() {
        Program linear = new ProgramBuilder("linear")
                .method("forward", graph -> graph.returns(graph.linear(graph.input("x"), "layer", 3, 2)))
                .build();
        Program convolution = new ProgramBuilder("convolution")
                .method("forward", graph -> graph.returns(graph.conv2d(graph.input("x"), "layer", 3, 2, 1, 1, 0)))
                .build();
        float[] values = {1, 2, 3, 4, 5, 6};
        WeightTensor flat = WeightTensor.ofFloats("layer.weight", new long[] {2, 3}, values);
        WeightTensor square = WeightTensor.ofFloats("layer.weight", new long[] {2, 3, 1, 1}, values);

        assertThat(forward(linear, square, manager.create(new float[] {1, 10, 100})))
                .containsExactly(321, 654);
        assertThat(forward(
                        convolution,
                        flat,
                        manager.create(new float[] {1, 10, 100}).reshape(1, 3, 1, 1)))
                .containsExactly(321, 654);
    }

    private float[] forward(Program program, WeightTensor weight, NDArray x) {
        InMemoryWeights source = InMemoryWeights.of(weight, zeros("layer.bias", 2));
        try (DeviceWeights weights = load(source, program.weights());
                CompiledProgram compiled = CompiledProgram.compile(program, weights)) {
            return compiled.call(manager, "forward", Argument.of(x)).toFloatArray();
        }
    }

    @ParameterizedTest
    @CsvSource({"FLOAT16, 0.004", "BFLOAT16, 0.03"})
    void halfPrecisionIsNearFloat32(ScalarType type, float tolerance) {
        float[] expected = smallNetwork(ScalarType.FLOAT32);

        float[] actual = smallNetwork(type);

        assertThat(actual).hasSameSizeAs(expected).isNotEqualTo(expected);
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow(actual[i] - expected[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        assertThat(Math.sqrt(error / norm)).isLessThan(tolerance);
    }

    private float[] smallNetwork(ScalarType type) {
        Program program = new ProgramBuilder("small")
                .method("forward", graph -> {
                    Value x = graph.cast(graph.input("x"), type);
                    x = graph.layerNorm(graph.linear(x, "first", 64, 128), "norm", 128, 1e-5);
                    x = graph.linear(graph.silu(x), "second", 128, 32);
                    graph.returns(graph.cast(x, ScalarType.FLOAT32));
                })
                .build();
        Map<String, long[]> shapes = new HashMap<>();
        program.weights().forEach(spec -> shapes.put(spec.name(), spec.shape()));
        FakeWeights source = new FakeWeights(shapes, 7);
        try (DeviceWeights weights = DeviceWeights.load(source, program.weights(), Set.of(), manager, type);
                CompiledProgram compiled = CompiledProgram.compile(program, weights)) {
            NDArray x = manager.arange(5 * 64)
                    .toType(DataType.FLOAT32, false)
                    .mul(0.37f)
                    .sin()
                    .reshape(5, 64);
            return compiled.call(manager, "forward", Argument.of(x)).toFloatArray();
        }
    }

    /** The embedded model's weights are stored as float16: those bits go to the device as they are. */
    @ParameterizedTest
    @CsvSource({"FLOAT16", "FLOAT32"})
    void storedFloat16ArrivesExactly(ScalarType type) {
        Path file = Path.of("data-samples/models/emoji-ldm/unet/diffusion_pytorch_model.safetensors");
        WeightSpec spec = new WeightSpec("conv_in.weight", new long[] {96, 4, 3, 3});
        Program program = new ProgramBuilder("look")
                .method("forward", graph -> {
                    graph.input("unused");
                    graph.returns(graph.cast(graph.weight(spec.name(), spec.shape()), ScalarType.FLOAT32));
                })
                .build();
        try (SafetensorsFile source = SafetensorsFile.open(file)) {
            Set<String> others = new HashSet<>(source.names());
            assertThat(source.type(spec.name())).isEqualTo(WeightType.F16);
            try (DeviceWeights weights = DeviceWeights.load(source, List.of(spec), others, manager, type);
                    CompiledProgram compiled = CompiledProgram.compile(program, weights)) {
                float[] onDevice = compiled.call(manager, "forward", Argument.of(manager.create(0f)))
                        .toFloatArray();

                assertThat(onDevice).isEqualTo(source.read(spec.name()).toFloats());
            }
        }
    }

    @Test
    void closingFreesTheWeightsAndNothingElse() {
        NDArray bystander = manager.create(1f);
        DeviceWeights weights = load(InMemoryWeights.of(zeros("dense.bias", 2)), List.of(BIAS));
        NDArray loaded = weights.array(BIAS);

        weights.close();

        assertThat(loaded.isReleased()).isTrue();
        assertThat(bystander.isReleased()).isFalse();
    }
}
