package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.network.UNet2DCondition;
import io.sparkinversion.torchscript.Argument;
import io.sparkinversion.torchscript.CompiledProgram;
import java.util.Arrays;

/**
 * Evaluations of the UNet that keep what its deep layers make of a latent, and such as take that instead of computing
 * it (DeepCache, arXiv 2312.00858). From one step to the next those layers' output hardly changes.
 */
public final class DeepFeatures {
    private final StableDiffusion model;
    private final CompiledProgram program;

    DeepFeatures(StableDiffusion model, CompiledProgram program) {
        this.model = model;
        this.program = program;
    }

    /**
     * A full evaluation.
     *
     * @param prediction as {@link StableDiffusion#predict} gives it, {@code [B, C, h, w]}
     * @param feature what enters the last layer on the way up, {@code [B, channels, h, w]} in the UNet's type
     */
    public record Kept(NDArray prediction, NDArray feature) {}

    /**
     * A full evaluation.
     *
     * @param owner of both results
     */
    public Kept predict(NDManager owner, NDArray latent, int[] timesteps, Conditioning text) {
        model.begin(latent);
        try (NDManager scope = model.newScope()) {
            Argument[] arguments = model.unetArguments(scope, latent, timesteps, text);
            NDList results = program.callForList(owner, UNet2DCondition.FORWARD_KEEPING, arguments);
            return new Kept(results.get(0), results.get(1));
        }
    }

    /**
     * An evaluation of the first convolution and of the last layer on the way up alone.
     *
     * @param feature of another evaluation of the same batch; where it is of this one, the result is that of the full one
     */
    public NDArray predict(NDManager owner, NDArray latent, int[] timesteps, Conditioning text, NDArray feature) {
        model.begin(latent);
        try (NDManager scope = model.newScope()) {
            Argument[] common = model.unetArguments(scope, latent, timesteps, text);
            Argument[] arguments = Arrays.copyOf(common, common.length + 1);
            arguments[common.length] = Argument.of(feature);
            return program.call(owner, UNet2DCondition.FORWARD_SHALLOW, arguments);
        }
    }
}
