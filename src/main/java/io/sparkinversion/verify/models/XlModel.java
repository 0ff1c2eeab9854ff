package io.sparkinversion.verify.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.verify.GoldenFile.Golden;
import io.sparkinversion.verify.ModelUnderTest;
import java.util.List;

/**
 * A Stable Diffusion XL model, whose goldens have the text encoders' states and the pooled embedding apart.
 *
 * @param width of the pooled embedding
 */
record XlModel(ModelUnderTest loaded, int width) {

    static XlModel of(ModelUnderTest loaded) {
        return new XlModel(loaded, loaded.model().pooledWidth());
    }

    StableDiffusion model() {
        return loaded.model();
    }

    NDManager scope() {
        return loaded.scope();
    }

    NDArray embed(List<String> prompts) {
        return model().embed(scope(), prompts);
    }

    /** {@code [B, 77, D]} of an embedding. */
    float[] states(NDArray embedding) {
        return embedding.get(":, :-1").toFloatArray();
    }

    /** {@code [B, P]} of an embedding. */
    float[] pooled(NDArray embedding) {
        return embedding.get(":, -1, :" + width).toFloatArray();
    }

    /** What the UNet reads, from a golden's states and pooled embeddings. */
    Conditioning condition(Golden states, Golden pooled) {
        return model().condition(scope(), model().embedding(scope(), loaded.array(states), loaded.array(pooled)));
    }

    Conditioning condition(List<String> prompts) {
        return model().condition(scope(), embed(prompts));
    }
}
