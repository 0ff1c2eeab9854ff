package io.sparkinversion.network;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.Value;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightsException;
import java.util.ArrayList;
import java.util.List;

/**
 * LPIPS v0.1 (arXiv 1801.03924) as a program of these methods, over images {@code [B, 3, H, W]} in [-1, 1]:
 *
 * <ul>
 *   <li>{@code forward(a, b) -> [B]}: the distance, a sum over layers;
 *   <li>{@code per_layer(a, b) -> [B, layers]}: its terms;
 *   <li>{@code maps(a, b) -> [B, H, W]}: where the images differ: each layer's differences, brought to the images' size
 *       bilinearly, summed over layers;
 *   <li>{@code features(a) -> List}: the tapped activations, before normalisation.
 * </ul>
 *
 * The backbone (torchvision's AlexNet, VGG16 or SqueezeNet 1.1, named by {@code features.N}) and all channel counts are
 * read off the weights; narrower ones of the same layer numbers work too.
 */
public final class LpipsNetwork {
    public static final String FORWARD = "forward";
    public static final String PER_LAYER = "per_layer";
    public static final String MAPS = "maps";
    public static final String FEATURES = "features";

    private static final double NORM_EPSILON = 1e-10;
    private static final double[] SHIFT = {-0.030, -0.088, -0.188};
    private static final double[] SCALE = {0.458, 0.448, 0.450};

    /** The published backbones. */
    public enum Backbone {
        ALEX,
        VGG,
        SQUEEZE
    }

    private final WeightSource weights;
    private final Backbone backbone;

    /**
     * @throws WeightsException if the weights are of none of the three backbones
     */
    public LpipsNetwork(WeightSource weights) {
        this.weights = weights;
        this.backbone = backbone(weights);
    }

    private static Backbone backbone(WeightSource weights) {
        if (weights.names().contains("features.3.squeeze.weight")) {
            return Backbone.SQUEEZE;
        }
        if (weights.names().contains("features.28.weight")) {
            return Backbone.VGG;
        }
        if (weights.names().contains("features.10.weight") && weights.names().contains("features.8.weight")) {
            return Backbone.ALEX;
        }
        throw new WeightsException(weights.description() + " holds no LPIPS backbone: neither features.3.squeeze.weight"
                + " (SqueezeNet) nor features.28.weight (VGG16) nor features.8.weight and features.10.weight"
                + " (AlexNet)");
    }

    public Backbone backbone() {
        return backbone;
    }

    /**
     * @throws WeightsException naming a layer that the weights lack or that has another form
     */
    public void requireLayers() {
        program(Target.portable());
    }

    public Program program(Target target) {
        return new ProgramBuilder("lpips", target, ScalarType.FLOAT32)
                .method(
                        FORWARD,
                        graph -> graph.returns(graph.expression(
                                "torch.sum(%s, [1])", terms(graph, graph.input("a"), graph.input("b")))))
                .method(PER_LAYER, graph -> graph.returns(terms(graph, graph.input("a"), graph.input("b"))))
                .method(MAPS, graph -> graph.returns(map(graph, graph.input("a"), graph.input("b"))))
                .method(FEATURES, graph -> graph.returnsList(taps(graph, graph.input("a"))))
                .build();
    }

    private Value terms(Graph graph, Value a, Value b) {
        return graph.concatenate(
                1,
                differences(graph, a, b).stream()
                        .map(difference -> graph.expression("torch.mean(%s, [2, 3])", difference))
                        .toArray(Value[]::new));
    }

    private Value map(Graph graph, Value a, Value b) {
        Value sum = differences(graph, a, b).stream()
                .map(difference -> graph.expression(
                        "torch.upsample_bilinear2d(%s, [torch.size(%s, 2), torch.size(%s, 3)], False, None)",
                        difference, a, a))
                .reduce(graph::add)
                .orElseThrow();
        return graph.expression("torch.squeeze(%s, 1)", sum);
    }

    /** Each layer's weighted squared differences, {@code [B, 1, H', W']}. */
    private List<Value> differences(Graph graph, Value a, Value b) {
        List<Value> tapsOfA = taps(graph, a);
        List<Value> tapsOfB = taps(graph, b);
        List<Value> differences = new ArrayList<>();
        for (int layer = 0; layer < tapsOfA.size(); layer++) {
            String head = "lin" + layer + ".model.1.weight";
            int channels = (int) shape(head)[1];
            Value difference = graph.expression(
                    "torch.sub(%s, %s)", unit(graph, tapsOfA.get(layer)), unit(graph, tapsOfB.get(layer)));
            differences.add(graph.conv2dWithoutBias(graph.multiply(difference, difference), head, channels, 1, 1, 1));
        }
        return differences;
    }

    private static Value unit(Graph graph, Value features) {
        Value norm = graph.expression("torch.sqrt(torch.sum(torch.mul(%s, %s), [1], True))", features, features);
        return graph.expression("torch.div(%s, torch.add(%s, %s))", features, norm, NORM_EPSILON);
    }

    private List<Value> taps(Graph graph, Value image) {
        Value[] channels = new Value[SHIFT.length];
        for (int c = 0; c < SHIFT.length; c++) {
            Value channel = graph.slice(image, 1, c, c + 1);
            channels[c] = graph.expression("torch.div(torch.sub(%s, %s), %s)", channel, SHIFT[c], SCALE[c]);
        }
        Value x = graph.concatenate(1, channels);
        return switch (backbone) {
            case ALEX -> alex(graph, x);
            case VGG -> vgg(graph, x);
            case SQUEEZE -> squeeze(graph, x);
        };
    }

    private List<Value> alex(Graph graph, Value x) {
        List<Value> taps = new ArrayList<>();
        int[] layers = {0, 3, 6, 8, 10};
        int[] padding = {2, 2, 1, 1, 1};
        for (int i = 0; i < layers.length; i++) {
            if (i == 1 || i == 2) {
                x = maxPool(graph, x, 3, false);
            }
            x = graph.relu(convolution(graph, x, "features." + layers[i], i == 0 ? 4 : 1, padding[i]));
            taps.add(x);
        }
        return taps;
    }

    private List<Value> vgg(Graph graph, Value x) {
        List<Value> taps = new ArrayList<>();
        int[][] blocks = {{0, 2}, {5, 7}, {10, 12, 14}, {17, 19, 21}, {24, 26, 28}};
        for (int[] block : blocks) {
            if (!taps.isEmpty()) {
                x = maxPool(graph, x, 2, false);
            }
            for (int layer : block) {
                x = graph.relu(convolution(graph, x, "features." + layer, 1, 1));
            }
            taps.add(x);
        }
        return taps;
    }

    private List<Value> squeeze(Graph graph, Value x) {
        List<Value> taps = new ArrayList<>();
        x = graph.relu(convolution(graph, x, "features.0", 2, 0));
        taps.add(x);
        int[][] stages = {{3, 4}, {6, 7}, {9, 10, 11, 12}};
        for (int[] stage : stages) {
            x = maxPool(graph, x, 3, true);
            for (int layer : stage) {
                x = fire(graph, x, "features." + layer);
                boolean tapped = layer != 3 && layer != 6;
                if (tapped) {
                    taps.add(x);
                }
            }
        }
        return taps;
    }

    private Value fire(Graph graph, Value x, String name) {
        Value squeezed = graph.relu(convolution(graph, x, name + ".squeeze", 1, 0));
        Value narrow = graph.relu(convolution(graph, squeezed, name + ".expand1x1", 1, 0));
        Value wide = graph.relu(convolution(graph, squeezed, name + ".expand3x3", 1, 1));
        return graph.concatenate(1, narrow, wide);
    }

    private Value convolution(Graph graph, Value x, String name, int stride, int padding) {
        long[] shape = shape(name + ".weight");
        return graph.conv2d(x, name, (int) shape[1], (int) shape[0], (int) shape[2], stride, padding);
    }

    /** A square convolution's {@code [out, in, size, size]}. */
    private long[] shape(String name) {
        long[] shape = weights.shape(name);
        if (shape.length != 4 || shape[2] != shape[3]) {
            throw new WeightsException(weights.description() + ": " + name + " is no square convolution");
        }
        return shape;
    }

    private static Value maxPool(Graph graph, Value x, int size, boolean roundUp) {
        return graph.expression(
                "torch.max_pool2d(%s, [%d, %d], [2, 2], [0, 0], [1, 1], %s)",
                x, size, size, roundUp ? "True" : "False");
    }
}
