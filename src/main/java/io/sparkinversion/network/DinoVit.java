package io.sparkinversion.network;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.Value;
import java.util.Set;

/**
 * DINO's vision transformer (Caron et al., arXiv 2104.14294, the authors' {@code VisionTransformer}) up to the keys of its
 * last block, in float32, as a program of these methods for images of one size:
 *
 * <ul>
 *   <li>{@code tokens(pixels [B, 3, H, W], normalised) -> [B, 1 + patches, D]}: the input of the first block;
 *   <li>{@code keys(pixels) -> [B, 1 + patches, D]}: the keys of the last block's attention, its heads side by side;
 *   <li>{@code self_similarity(pixels) -> [B, 1 + patches, 1 + patches]}: the cosines of those keys.
 * </ul>
 */
public final class DinoVit {
    public static final String TOKENS = "tokens";
    public static final String KEYS = "keys";
    public static final String SELF_SIMILARITY = "self_similarity";

    /** Authors' ViT-B/8. */
    public static final Config VIT_B8 = new Config(8, 768, 12, 12, 224, 1e-6);

    private static final int CHANNELS = 3;
    private static final int MLP_RATIO = 4;
    private static final double SMALLEST_NORM_PRODUCT = 1e-8;

    private final Config config;
    private final int rows;
    private final int columns;

    /**
     * @param patchSize pixels
     * @param embedDim D
     * @param depth blocks
     * @param numHeads of each
     * @param imageSize side in pixels of the images that the position embedding is for
     */
    public record Config(int patchSize, int embedDim, int depth, int numHeads, int imageSize, double layerNormEps) {
        /** As a {@code config.json} says, ViT-B/8 where it does not. */
        public static Config of(NetworkConfig config) {
            Config result = new Config(
                    config.integer("patch_size", VIT_B8.patchSize),
                    config.integer("embed_dim", VIT_B8.embedDim),
                    config.integer("depth", VIT_B8.depth),
                    config.integer("num_heads", VIT_B8.numHeads),
                    config.integer("img_size", VIT_B8.imageSize),
                    config.number("layer_norm_eps", VIT_B8.layerNormEps));
            config.refuseUnknown();
            if (result.embedDim % result.numHeads != 0) {
                throw config.refused("num_heads", result.numHeads, "it must divide " + result.embedDim);
            }
            return result;
        }

        private int grid() {
            return imageSize / patchSize;
        }

        /** Weights beside those that the keys depend on: the rest of the last block, and what follows. */
        public Set<String> ignoredWeights() {
            String last = "blocks." + (depth - 1) + ".";
            return Set.of(
                    last + "attn.proj.weight",
                    last + "attn.proj.bias",
                    last + "norm2.weight",
                    last + "norm2.bias",
                    last + "mlp.fc1.weight",
                    last + "mlp.fc1.bias",
                    last + "mlp.fc2.weight",
                    last + "mlp.fc2.bias",
                    "norm.weight",
                    "norm.bias");
        }
    }

    /** For images of this height and width in pixels; what is left beyond a multiple of the patch is not seen. */
    public DinoVit(Config config, int height, int width) {
        this.config = config;
        this.rows = height / config.patchSize();
        this.columns = width / config.patchSize();
    }

    public Program program(Target target) {
        return new ProgramBuilder("dino", target, ScalarType.FLOAT32)
                .method(TOKENS, graph -> graph.returns(tokens(graph, graph.input("pixels"))))
                .method(KEYS, graph -> graph.returns(keys(graph, graph.input("pixels"))))
                .method(SELF_SIMILARITY, graph -> graph.returns(selfSimilarity(graph, graph.input("pixels"))))
                .build();
    }

    private Value tokens(Graph graph, Value pixels) {
        int width = config.embedDim();
        int patch = config.patchSize();
        Value patches = graph.toTokens(graph.conv2d(pixels, "patch_embed.proj", CHANNELS, width, patch, patch, 0));
        Value classToken = graph.expression(
                "torch.expand(%s, [torch.size(%s, 0), 1, %d])", graph.weight("cls_token", 1, 1, width), pixels, width);
        return graph.add(graph.concatenate(1, classToken, patches), positions(graph));
    }

    /** As they are at their own size, else bicubic; the scale, not the ratio of sizes, gives the coordinates. */
    private Value positions(Graph graph) {
        int grid = config.grid();
        int width = config.embedDim();
        Value positions = graph.weight("pos_embed", 1, 1L + (long) grid * grid, width);
        if (rows == grid && columns == grid) {
            return positions;
        }
        Value image = graph.expression(
                "torch.permute(torch.reshape(torch.slice(%s, 1, 1, %d, 1), [1, %d, %d, %d]), [0, 3, 1, 2])",
                positions, 1 + grid * grid, grid, grid, width);
        Value resized = graph.expression(
                "torch.upsample_bicubic2d(%s, [%d, %d], False, %s, %s)",
                image, rows, columns, (rows + 0.1) / grid, (columns + 0.1) / grid);
        return graph.concatenate(1, graph.slice(positions, 1, 0, 1), graph.toTokens(resized));
    }

    private Value keys(Graph graph, Value pixels) {
        int width = config.embedDim();
        Value x = tokens(graph, pixels);
        for (int block = 0; block < config.depth() - 1; block++) {
            String name = "blocks." + block;
            x = graph.add(x, attention(graph, norm(graph, x, name + ".norm1"), name + ".attn"));
            x = graph.add(x, feedForward(graph, norm(graph, x, name + ".norm2"), name + ".mlp"));
        }
        String last = "blocks." + (config.depth() - 1);
        return part(graph, norm(graph, x, last + ".norm1"), last + ".attn", width, 2 * width);
    }

    private Value norm(Graph graph, Value x, String name) {
        return graph.layerNorm(x, name, config.embedDim(), config.layerNormEps());
    }

    /** Queries, keys and values are one layer. */
    private Value part(Graph graph, Value x, String name, int from, int to) {
        return graph.linear(x, name + ".qkv", config.embedDim(), 3 * config.embedDim(), from, to);
    }

    private Value attention(Graph graph, Value x, String name) {
        int width = config.embedDim();
        int headSize = width / config.numHeads();
        Value[] parts = new Value[3];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = graph.splitHeads(part(graph, x, name, i * width, (i + 1) * width), config.numHeads(), headSize);
        }
        Value attended = graph.scaledDotProductAttention(parts[0], parts[1], parts[2], headSize);
        return graph.linear(graph.joinHeads(attended), name + ".proj", width, width);
    }

    private Value feedForward(Graph graph, Value x, String name) {
        int width = config.embedDim();
        Value hidden = graph.gelu(graph.linear(x, name + ".fc1", width, MLP_RATIO * width));
        return graph.linear(hidden, name + ".fc2", MLP_RATIO * width, width);
    }

    private Value selfSimilarity(Graph graph, Value pixels) {
        Value keys = keys(graph, pixels);
        Value transposed = graph.expression("torch.transpose(%s, 1, 2)", keys);
        Value norms = graph.expression("torch.sqrt(torch.sum(torch.mul(%s, %s), [2], True))", keys, keys);
        return graph.expression(
                "torch.div(torch.matmul(%s, %s), torch.clamp(torch.matmul(%s, torch.transpose(%s, 1, 2)), %s))",
                keys, transposed, norms, norms, SMALLEST_NORM_PRODUCT);
    }
}
