package io.sparkinversion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.torchscript.Argument;
import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.InMemoryWeights;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.weights.FakeWeights;
import io.sparkinversion.weights.RenamedWeights;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightsException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AutoencoderKlTest {
    private static final Program PROGRAM =
            new AutoencoderKl(VaeConfig.of(NetworkConfig.parse("vae/config.json", """
            {"block_out_channels": [8, 16], "norm_num_groups": 4,
             "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
             "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"]}
            """))).program(Target.portable());

    private static FakeWeights fakeWeights() {
        Map<String, long[]> shapes = new HashMap<>();
        for (WeightSpec spec : PROGRAM.weights()) {
            shapes.put(spec.name(), spec.shape());
        }
        return new FakeWeights(shapes, 3);
    }

    /** As uploads from before diffusers 0.15 name the attention's layers, their weights stored as 1x1 convolutions. */
    private static WeightSource oldUpload() {
        FakeWeights weights = fakeWeights();
        WeightTensor[] tensors = weights.names().stream()
                .map(name -> {
                    WeightTensor tensor = weights.read(name);
                    String old = name.replace(".to_q.", ".query.")
                            .replace(".to_k.", ".key.")
                            .replace(".to_v.", ".value.")
                            .replace(".to_out.0.", ".proj_attn.");
                    boolean matrix = tensor.shape().length == 2;
                    long[] shape = matrix ? new long[] {tensor.shape()[0], tensor.shape()[1], 1, 1} : tensor.shape();
                    return new WeightTensor(old, tensor.type(), shape, tensor.data());
                })
                .toArray(WeightTensor[]::new);
        return InMemoryWeights.of(tensors);
    }

    private static float[] decode(NDManager manager, WeightSource source) {
        try (DeviceWeights weights =
                        DeviceWeights.load(source, PROGRAM.weights(), Set.of(), manager, ScalarType.FLOAT32);
                CompiledProgram program = CompiledProgram.compile(PROGRAM, weights)) {
            NDArray latent = manager.arange(4 * 6 * 5)
                    .toType(DataType.FLOAT32, false)
                    .sin()
                    .reshape(1, 4, 6, 5);
            NDArray image = program.call(manager, AutoencoderKl.DECODE, Argument.of(latent));
            assertThat(image.getShape()).isEqualTo(new Shape(1, 3, 12, 10));
            return image.toFloatArray();
        }
    }

    @Test
    void oldAttentionNamesGiveTheSameNetwork() {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            float[] expected = decode(manager, fakeWeights());

            float[] renamed = decode(manager, new RenamedWeights(oldUpload(), AutoencoderKl.OLD_ATTENTION_NAMES));

            assertThat(renamed).isEqualTo(expected);
        }
    }

    @Test
    void withoutRenamingTheOldNamesAreRefused() {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            assertThatThrownBy(() -> decode(manager, oldUpload()))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContainingAll(
                            "16 missing: ",
                            "mid_block.attentions.0.to_q.weight[16, 16]",
                            "16 not part of the architecture: ",
                            "decoder.mid_block.attentions.0.key.bias");
        }
    }

    @Test
    void todaysNamesPassUnchanged() {
        RenamedWeights renamed = new RenamedWeights(fakeWeights(), AutoencoderKl.OLD_ATTENTION_NAMES);

        assertThat(renamed.names())
                .containsExactlyInAnyOrderElementsOf(
                        PROGRAM.weights().stream().map(WeightSpec::name).toList())
                .contains("encoder.mid_block.attentions.0.to_out.0.weight");
        assertThat(List.copyOf(AutoencoderKl.OLD_ATTENTION_NAMES.values())).doesNotHaveDuplicates();
    }
}
