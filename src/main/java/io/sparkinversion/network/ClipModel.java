package io.sparkinversion.network;

import io.sparkinversion.torchscript.Graph;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.Value;
import java.util.Set;

/**
 * CLIP (arXiv 2103.00020, transformers' {@code CLIPModel}) in float32 as a program of these methods:
 *
 * <ul>
 *   <li>{@code image_embedding(pixels [B, 3, size, size], normalised) -> [B, projection]};
 *   <li>{@code text_embedding(ids [B, 77] int64) -> [B, projection]}: of the state at the end of text.
 * </ul>
 *
 * Neither is brought to length 1.
 */
public final class ClipModel {
    public static final String IMAGE_EMBEDDING = "image_embedding";
    public static final String TEXT_EMBEDDING = "text_embedding";

    /** Stored beside the weights: what training scales similarities by, and what is derived here. */
    public static final Set<String> IGNORED_WEIGHTS =
            Set.of("logit_scale", "text_model.embeddings.position_ids", "vision_model.embeddings.position_ids");

    private final ClipConfig config;

    public ClipModel(ClipConfig config) {
        this.config = config;
    }

    public Program program(Target target) {
        return new ProgramBuilder("clip", target, ScalarType.FLOAT32)
                .method(IMAGE_EMBEDDING, graph -> graph.returns(image(graph, graph.input("pixels"))))
                .method(TEXT_EMBEDDING, graph -> graph.returns(text(graph, graph.input("ids"))))
                .build();
    }

    private Value image(Graph graph, Value pixels) {
        Value pooled = new ClipVisionEncoder(config.vision()).pooled(graph, pixels);
        return graph.linearWithoutBias(
                pooled, "visual_projection", config.vision().hiddenSize(), config.projectionDim());
    }

    private Value text(Graph graph, Value ids) {
        int width = config.text().hiddenSize();
        Value states = new ClipTextEncoder(config.text(), ScalarType.FLOAT32).states(graph, ids);
        Value ends = config.endToken() == ClipConfig.LARGEST_ID
                ? ids
                : graph.expression("torch.mul(torch.eq(%s, %d), 1)", ids, config.endToken());
        // The first of several equal ones.
        Value position = graph.appendDimensions(graph.expression("torch.argmax(%s, 1, True)", ends), 1);
        Value state = graph.expression(
                "torch.select(torch.gather(%s, 1, torch.expand(%s, [-1, -1, %d])), 1, 0)", states, position, width);
        return graph.linearWithoutBias(state, "text_projection", width, config.projectionDim());
    }
}
