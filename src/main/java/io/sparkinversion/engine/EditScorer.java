package io.sparkinversion.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.engine.Engine.DeviceScores;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.metrics.ClipSimilarity;
import io.sparkinversion.metrics.PieBench;
import io.sparkinversion.metrics.StructureDistance;
import io.sparkinversion.metrics.StructureDistance.Preparation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Measures the edits of one batch with the networks that are on the device. */
final class EditScorer {
    private final Judges judges;
    private final NDManager scope;
    private final Map<String, float[]> texts = new HashMap<>();

    /** @param scope of the batch */
    EditScorer(Judges judges, NDManager scope) {
        this.judges = judges;
        this.scope = scope;
    }

    /**
     * What all edits of a picture are compared with.
     *
     * @param clip the picture's embedding; null without CLIP
     * @param clipSource its similarity to its caption; NaN without CLIP
     * @param structure its self-similarity; null without DINO
     */
    record Original(RgbImage image, float[] clip, double clipSource, NDArray structure) {}

    Original original(RgbImage image, String caption) {
        float[] clip = null;
        double clipSource = Double.NaN;
        if (judges.clip() != null) {
            clip = judges.clip().imageEmbeddings(List.of(image))[0];
            clipSource = ClipSimilarity.cosine(clip, text(caption));
        }
        NDArray structure = judges.structure() == null
                ? null
                : judges.structure().selfSimilarity(scope, StructureDistance.prepared(image, Preparation.PIE_BENCH));
        return new Original(image, clip, clipSource, structure);
    }

    /**
     * @param whole the LPIPS distance of the whole pictures
     * @param mask the region that the masked scores go by; null for none
     */
    DeviceScores score(Original original, RgbImage edited, double whole, PixelMask mask, String prompt) {
        double outside = Double.NaN;
        double inside = Double.NaN;
        double pieBench = Double.NaN;
        if (judges.lpips() != null && mask != null) {
            try (NDManager pair = scope.newSubManager()) {
                NDArray a = DeviceImages.pixels(pair, List.of(original.image()));
                NDArray b = DeviceImages.pixels(pair, List.of(edited));
                inside = judges.lpips().distances(a, b, List.of(mask))[0];
                outside = judges.lpips().distances(a, b, List.of(mask.complement()))[0];
                pieBench = PieBench.lpips(judges.lpips(), a, b, List.of(mask))[0];
            }
        }
        double clip = Double.NaN;
        double clipOriginal = Double.NaN;
        double clipEdited = Double.NaN;
        if (judges.clip() != null) {
            float[] text = text(prompt);
            clip = ClipSimilarity.cosine(judges.clip().imageEmbeddings(List.of(edited))[0], text);
            clipOriginal = ClipSimilarity.cosine(original.clip(), text);
            if (mask != null) {
                RgbImage part = PieBench.blackened(edited, mask.complement());
                clipEdited = ClipSimilarity.cosine(judges.clip().imageEmbeddings(List.of(part))[0], text);
            }
        }
        double structure = original.structure() == null
                ? Double.NaN
                : judges.structure()
                        .distance(original.structure(), StructureDistance.prepared(edited, Preparation.PIE_BENCH));
        return new DeviceScores(
                whole, outside, inside, pieBench, clip, clipOriginal, original.clipSource(), clipEdited, structure);
    }

    private float[] text(String prompt) {
        return texts.computeIfAbsent(prompt, text -> judges.clip().textEmbeddings(List.of(text))[0]);
    }
}
