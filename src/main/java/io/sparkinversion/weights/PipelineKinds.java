package io.sparkinversion.weights;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Pipelines that {@code model_index.json} names and that are other models than Stable Diffusion. */
final class PipelineKinds {
    private record Kind(String pipeline, String name, String why) {}

    private static final String TRANSFORMER = "its network is a transformer trained as a flow model, not a UNet";
    private static final String SECOND_IMAGE =
            "it needs a second picture; inversion starts from an image and its caption";

    /** By parts of the pipelines' names; the first that fits counts. */
    private static final List<Kind> KINDS = List.of(
            new Kind("StableDiffusion3", "Stable Diffusion 3", TRANSFORMER),
            new Kind("Flux", "Flux", TRANSFORMER),
            new Kind("PixArt", "PixArt", "its network is a transformer, not a UNet"),
            new Kind("AuraFlow", "AuraFlow", TRANSFORMER),
            new Kind("Sana", "Sana", TRANSFORMER),
            new Kind("QwenImage", "Qwen-Image", TRANSFORMER),
            new Kind("HunyuanDiT", "HunyuanDiT", "its network is a transformer, not a UNet"),
            new Kind("Kandinsky", "Kandinsky", "its UNet reads image embeddings of a prior"),
            new Kind("StableCascade", "Stable Cascade", "it has two stages with other latents"),
            new Kind("Wuerstchen", "Würstchen", "it has two stages with other latents"),
            new Kind("StableVideoDiffusion", "a video model", "it makes frames from a picture"),
            new Kind("AnimateDiff", "a video model", "it makes frames"),
            new Kind("IFPipeline", "DeepFloyd IF", "it works on pixels"),
            new Kind("LatentConsistencyModel", "a latent consistency model (LCM)", "it is distilled to a few steps"),
            new Kind("UnCLIP", "an unCLIP model", SECOND_IMAGE),
            new Kind("InstructPix2Pix", "an instruct-pix2pix model", SECOND_IMAGE),
            new Kind("Depth2Img", "a depth-to-image model", "it needs a depth map"),
            new Kind("Upscale", "an upscaler", "it needs a smaller picture"),
            new Kind("AltDiffusion", "AltDiffusion", "its text encoder is XLM-RoBERTa"));

    private PipelineKinds() {}

    /**
     * @param index of {@code model_index.json}
     * @throws WeightsException naming the kind of model
     */
    static void refuseOthers(byte[] index, String address) {
        String pipeline;
        try {
            pipeline = new ObjectMapper().readTree(index).path("_class_name").asText();
        } catch (IOException e) {
            throw new WeightsException(
                    "model_index.json of " + address + " is not valid JSON: " + Message.of(e.getMessage()), e);
        }
        Optional<Kind> kind = KINDS.stream()
                .filter(each -> pipeline.contains(each.pipeline()))
                .findFirst();
        if (kind.isPresent()) {
            throw new WeightsException(
                    "the model at " + address + " is " + kind.get().name() + " (" + pipeline
                            + "), which is not supported: " + kind.get().why()
                            + "; take a Stable Diffusion 1.x, 2.x or XL model");
        }
    }
}
