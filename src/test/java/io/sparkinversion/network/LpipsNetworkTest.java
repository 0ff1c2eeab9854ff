package io.sparkinversion.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.network.LpipsNetwork.Backbone;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.weights.FakeWeights;
import io.sparkinversion.weights.WeightsException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The three backbones in the shapes of torchvision's models, whose parameter counts are published. */
class LpipsNetworkTest {
    private final Map<String, long[]> shapes = new LinkedHashMap<>();

    private LpipsNetworkTest layer(String name, int in, int out, int kernel) {
        shapes.put(name + ".weight", new long[] {out, in, kernel, kernel});
        shapes.put(name + ".bias", new long[] {out});
        return this;
    }

    private void heads(int... channels) {
        for (int i = 0; i < channels.length; i++) {
            shapes.put("lin" + i + ".model.1.weight", new long[] {1, channels[i], 1, 1});
        }
    }

    private LpipsNetwork network() {
        return new LpipsNetwork(new FakeWeights(shapes, 1));
    }

    private long parametersWithoutHeads(Program program) {
        return program.parameterCount()
                - program.weights().stream()
                        .filter(spec -> spec.name().startsWith("lin"))
                        .mapToLong(spec -> spec.shape()[1])
                        .sum();
    }

    @Test
    void knowsAlexNet() {
        layer("features.0", 3, 64, 11)
                .layer("features.3", 64, 192, 5)
                .layer("features.6", 192, 384, 3)
                .layer("features.8", 384, 256, 3)
                .layer("features.10", 256, 256, 3)
                .heads(64, 192, 384, 256, 256);

        assertThat(network().backbone()).isEqualTo(Backbone.ALEX);
        assertThat(parametersWithoutHeads(network().program(Target.portable()))).isEqualTo(2_469_696);
    }

    @Test
    void knowsVgg16() {
        int[] numbers = {0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28};
        int[] channels = {64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512};
        for (int i = 0; i < numbers.length; i++) {
            layer("features." + numbers[i], i == 0 ? 3 : channels[i - 1], channels[i], 3);
        }
        heads(64, 128, 256, 512, 512);

        assertThat(network().backbone()).isEqualTo(Backbone.VGG);
        assertThat(parametersWithoutHeads(network().program(Target.portable()))).isEqualTo(14_714_688);
    }

    @Test
    void knowsSqueezeNet() {
        layer("features.0", 3, 64, 3);
        int[] numbers = {3, 4, 6, 7, 9, 10, 11, 12};
        int[] squeezed = {16, 16, 32, 32, 48, 48, 64, 64};
        int in = 64;
        for (int i = 0; i < numbers.length; i++) {
            String fire = "features." + numbers[i];
            layer(fire + ".squeeze", in, squeezed[i], 1)
                    .layer(fire + ".expand1x1", squeezed[i], 4 * squeezed[i], 1)
                    .layer(fire + ".expand3x3", squeezed[i], 4 * squeezed[i], 3);
            in = 8 * squeezed[i];
        }
        heads(64, 128, 256, 384, 384, 512, 512);

        assertThat(network().backbone()).isEqualTo(Backbone.SQUEEZE);
        assertThat(network().program(Target.portable()).weights())
                .extracting(WeightSpec::name)
                .contains("lin6.model.1.weight");
        assertThat(parametersWithoutHeads(network().program(Target.portable()))).isEqualTo(722_496);
    }

    @Test
    void otherWeightsAreRefusedWithWhatWasLookedFor() {
        layer("features.0", 3, 64, 11).layer("conv_in", 4, 320, 3);

        assertThatThrownBy(this::network)
                .isInstanceOf(WeightsException.class)
                .hasMessageContainingAll(
                        "holds no LPIPS backbone",
                        "features.3.squeeze.weight",
                        "features.28.weight",
                        "features.10.weight");
    }

    @Test
    void aMissingHeadIsNamed() {
        layer("features.0", 3, 64, 11)
                .layer("features.3", 64, 192, 5)
                .layer("features.6", 192, 384, 3)
                .layer("features.8", 384, 256, 3)
                .layer("features.10", 256, 256, 3)
                .heads(64, 192, 384, 256);

        assertThatThrownBy(() -> network().program(Target.portable()))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("lin4.model.1.weight");
    }

    @Test
    void aLayerThatIsNoSquareConvolutionIsNamed() {
        knowsAlexNet();
        shapes.put("features.6.weight", new long[] {384, 192});

        assertThatThrownBy(() -> network().program(Target.portable()))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("features.6.weight is no square convolution");
    }
}
