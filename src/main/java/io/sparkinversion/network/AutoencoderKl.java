package io.sparkinversion.network;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The variational autoencoder of Stable Diffusion (diffusers' {@code AutoencoderKL}) as a program of these methods, all
 * in float32 and all in unscaled latents ({@code h = H / downsampling}):
 *
 * <ul>
 *   <li>{@code encode(pixels [B, 3, H, W] in [-1, 1]) -> [mean, log variance]}, each {@code [B, latent, h, w]};
 *   <li>{@code decode(latent [B, latent, h, w]) -> [B, 3, H, W]}, about [-1, 1], not clamped;
 *   <li>{@code encoder_checkpoints}, {@code decoder_checkpoints}: the same inputs, the named intermediate results.
 * </ul>
 */
public final class AutoencoderKl {
    public static final String ENCODE = "encode";
    public static final String DECODE = "decode";
    public static final String ENCODER_CHECKPOINTS = "encoder_checkpoints";
    public static final String DECODER_CHECKPOINTS = "decoder_checkpoints";

    /** The attention layers' names in uploads from before diffusers 0.15, and today's. */
    public static final Map<String, String> OLD_ATTENTION_NAMES =
            Map.of(".query.", ".to_q.", ".key.", ".to_k.", ".value.", ".to_v.", ".proj_attn.", ".to_out.0.");

    private static final double EPSILON = 1e-6;

    private final VaeConfig config;
    private final ResnetBlock resnet;

    public AutoencoderKl(VaeConfig config) {
        this.config = config;
        this.resnet = ResnetBlock.withoutTime(config.normNumGroups(), EPSILON);
    }

    public Program program(Target target) {
        return new ProgramBuilder("vae", target, ScalarType.FLOAT32)
                .method(ENCODE, graph -> graph.returnsList(encode(graph)))
                .method(DECODE, graph -> graph.returns(decode(graph)))
                .build();
    }

    /** {@code encoder_checkpoints} and {@code decoder_checkpoints} alone, on weights of {@link #program}. */
    public Program checkpointProgram(Target target) {
        return new ProgramBuilder("vae_checkpoints", target, ScalarType.FLOAT32)
                .checkpoints(ENCODER_CHECKPOINTS, this::encode)
                .checkpoints(DECODER_CHECKPOINTS, this::decode)
                .build();
    }

    private List<Value> encode(Graph graph) {
        List<Integer> channels = config.blockOutChannels();
        int latent = config.latentChannels();
        Value x = graph.conv2d(graph.input("pixels"), "encoder.conv_in", 3, channels.get(0), 3, 1, 1);
        int in = channels.get(0);
        for (int level = 0; level < channels.size(); level++) {
            String block = "encoder.down_blocks." + level;
            int out = channels.get(level);
            for (int layer = 0; layer < config.layersPerBlock(); layer++) {
                x = resnet.apply(graph, x, block + ".resnets." + layer, layer == 0 ? in : out, out);
            }
            if (level < channels.size() - 1) {
                x = graph.padRightAndBelow(x, 1);
                x = graph.conv2d(x, block + ".downsamplers.0.conv", out, out, 3, 2, 0);
            }
            graph.checkpoint("enc.down" + level, x);
            in = out;
        }
        x = graph.checkpoint("enc.mid", mid(graph, x, "encoder.mid_block", in));
        x = output(graph, x, "encoder", in, 2 * latent);
        x = graph.conv2d(x, "quant_conv", 2 * latent, 2 * latent, 1, 1, 0);
        x = graph.channelsFirst(x);
        Value logVariance = graph.slice(x, 1, latent, 2 * latent);
        return List.of(graph.slice(x, 1, 0, latent), graph.expression("torch.clamp(%s, -30., 20.)", logVariance));
    }

    private Value decode(Graph graph) {
        List<Integer> channels = new ArrayList<>(config.blockOutChannels());
        Collections.reverse(channels);
        int latent = config.latentChannels();
        Value x = graph.conv2d(graph.input("latent"), "post_quant_conv", latent, latent, 1, 1, 0);
        x = graph.checkpoint("dec.conv_in", graph.conv2d(x, "decoder.conv_in", latent, channels.get(0), 3, 1, 1));
        x = graph.checkpoint("dec.mid", mid(graph, x, "decoder.mid_block", channels.get(0)));
        int in = channels.get(0);
        for (int level = 0; level < channels.size(); level++) {
            String block = "decoder.up_blocks." + level;
            int out = channels.get(level);
            for (int layer = 0; layer <= config.layersPerBlock(); layer++) {
                x = resnet.apply(graph, x, block + ".resnets." + layer, layer == 0 ? in : out, out);
            }
            if (level < channels.size() - 1) {
                x = graph.conv2d(graph.upsampleTwice(x), block + ".upsamplers.0.conv", out, out, 3, 1, 1);
            }
            in = out;
        }
        return output(graph, x, "decoder", in, 3);
    }

    private Value output(Graph graph, Value x, String half, int in, int out) {
        x = graph.silu(graph.groupNorm(x, half + ".conv_norm_out", config.normNumGroups(), in, EPSILON));
        return graph.channelsFirst(graph.conv2d(x, half + ".conv_out", in, out, 3, 1, 1));
    }

    private Value mid(Graph graph, Value x, String block, int channels) {
        x = resnet.apply(graph, x, block + ".resnets.0", channels, channels);
        x = attention(graph, x, block + ".attentions.0", channels);
        return resnet.apply(graph, x, block + ".resnets.1", channels, channels);
    }

    /** Self-attention over all pixels with one head. */
    private Value attention(Graph graph, Value x, String name, int channels) {
        Value normed = graph.groupNorm(x, name + ".group_norm", config.normNumGroups(), channels, EPSILON);
        Value tokens = graph.toTokens(normed);
        Value q = graph.splitHeads(graph.linear(tokens, name + ".to_q", channels, channels), 1, channels);
        Value k = graph.splitHeads(graph.linear(tokens, name + ".to_k", channels, channels), 1, channels);
        Value v = graph.splitHeads(graph.linear(tokens, name + ".to_v", channels, channels), 1, channels);
        Value attended = graph.joinHeads(graph.scaledDotProductAttention(q, k, v, channels));
        Value image = graph.toImage(graph.linear(attended, name + ".to_out.0", channels, channels), x);
        // The image first: a sum lies in memory as its first term does.
        return graph.add(x, image);
    }
}
