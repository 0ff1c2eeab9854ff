package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.network.UNet2DCondition;
import io.sparkinversion.torchscript.CompiledProgram;

/**
 * Derivatives of losses of the UNet's prediction.
 *
 * @param program with the methods that differentiate
 */
record UNetGradients(CompiledProgram program) {

    /**
     * How far {@code factor} x the prediction is from {@code rest}, image by image, and what a change of the prompt's
     * embedding would do to that.
     *
     * @param owner of the results
     * @param scope of what is needed on the way
     * @param inputs latents {@code [B, C, h, w]} and what goes with them
     * @param embedding {@code [B, 77, D]}
     * @param rest {@code [B, C, h, w]}
     */
    LossGradient byEmbedding(
            NDManager owner, NDManager scope, UNetInputs inputs, NDArray embedding, NDArray rest, float factor) {
        return call(owner, UNet2DCondition.NULL_TEXT_GRADIENT, inputs.and(embedding, rest, number(scope, factor)));
    }

    /**
     * How far {@code own} x a latent is from {@code known} + {@code factor} x the prediction for it, image by image, and
     * what a change of the latent would do to that.
     *
     * @param inputs latents {@code [B, C, h, w]} and what goes with them
     * @param embedding {@code [B, 77, D]}
     * @param known {@code [B, C, h, w]}
     */
    LossGradient byLatent(
            NDManager owner,
            NDManager scope,
            UNetInputs inputs,
            NDArray embedding,
            float own,
            NDArray known,
            float factor) {
        return call(
                owner,
                UNet2DCondition.LATENT_GRADIENT,
                inputs.and(embedding, known, number(scope, own), number(scope, factor)));
    }

    private LossGradient call(NDManager owner, String method, NDArray... arguments) {
        NDList results = program.callWithAutograd(owner, method, arguments);
        return new LossGradient(results.get(0), results.get(1));
    }

    private static NDArray number(NDManager scope, float value) {
        return scope.create(new float[] {value});
    }
}
