package io.sparkinversion.network;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Value;

/**
 * The residual block of the UNet and the autoencoder: two 3x3 convolutions, each after GroupNorm and SiLU, around which
 * the input passes unchanged or, where the channel count changes, through a 1x1 convolution.
 *
 * @param time the timestep embedding after SiLU {@code [B or 1, timeWidth]}, added between the convolutions; null in
 *     the autoencoder
 * @param rows of the batch whose hidden state each row has, before its shortcut is added; null for its own
 */
record ResnetBlock(int groups, double epsilon, Value time, int timeWidth, Value rows) {

    static ResnetBlock withTime(int groups, double epsilon, Value time, int timeWidth) {
        return new ResnetBlock(groups, epsilon, time, timeWidth, null);
    }

    static ResnetBlock withoutTime(int groups, double epsilon) {
        return new ResnetBlock(groups, epsilon, null, 0, null);
    }

    ResnetBlock withRows(Value chosen) {
        return new ResnetBlock(groups, epsilon, time, timeWidth, chosen);
    }

    Value apply(Graph graph, Value x, String name, int in, int out) {
        Value hidden = graph.silu(graph.groupNorm(x, name + ".norm1", groups, in, epsilon));
        hidden = graph.conv2d(hidden, name + ".conv1", in, out, 3, 1, 1);
        if (time != null) {
            Value shift = graph.linear(time, name + ".time_emb_proj", timeWidth, out);
            hidden = graph.add(hidden, graph.appendDimensions(shift, 2));
        }
        hidden = graph.silu(graph.groupNorm(hidden, name + ".norm2", groups, out, epsilon));
        hidden = graph.conv2d(hidden, name + ".conv2", out, out, 3, 1, 1);
        if (rows != null) {
            hidden = graph.expression("torch.index_select(%s, 0, %s)", hidden, rows);
        }
        Value shortcut = in == out ? x : graph.conv2d(x, name + ".conv_shortcut", in, out, 1, 1, 0);
        return graph.add(shortcut, hidden);
    }
}
