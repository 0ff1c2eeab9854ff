package io.sparkinversion.network;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Value;

/** How the UNet's transformers attend in one method of its program. */
interface Attention {
    /**
     * Where in the network a transformer stands.
     *
     * @param checkpoint the name under which its intermediate results are known, such as {@code down0.attn1}
     * @param level its resolution, 0 for the latent's own, each next one half of it
     * @param middle whether it stands between the way down and the way up
     * @param headSize d
     * @param type of queries, keys and values
     */
    record Layer(String checkpoint, int level, boolean middle, int headSize, ScalarType type) {
        /** One of the transformer's blocks. */
        Layer block(int depth) {
            return new Layer(checkpoint + ".block" + (depth == 0 ? "" : depth), level, middle, headSize, type);
        }
    }

    /** Pixels to pixels, all {@code [B, heads, H * W, d]}. */
    Value self(Layer layer, Value queries, Value keys, Value values);

    /**
     * Pixels {@code [B, heads, H * W, d]} to text {@code [B, heads, 77, d]}.
     *
     * @param image {@code [B, *, H, W]}
     */
    Value cross(Layer layer, Value image, Value queries, Value keys, Value values);

    /** Attention as the model was trained with it, by libtorch's fused kernels. */
    static Attention plain(Graph graph) {
        return new Attention() {
            @Override
            public Value self(Layer layer, Value queries, Value keys, Value values) {
                return graph.scaledDotProductAttention(queries, keys, values, layer.headSize(), layer.type());
            }

            @Override
            public Value cross(Layer layer, Value image, Value queries, Value keys, Value values) {
                return graph.scaledDotProductAttention(queries, keys, values, layer.headSize(), layer.type());
            }
        };
    }
}
