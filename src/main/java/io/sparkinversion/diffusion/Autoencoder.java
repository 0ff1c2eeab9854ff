package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.network.AutoencoderKl;
import io.sparkinversion.network.VaeConfig;
import io.sparkinversion.torchscript.Argument;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * A model's autoencoder. It computes in float32, a few images at a time, however many there are. Every result belongs to
 * the manager that the caller passes.
 */
public final class Autoencoder {
    /** Beyond this many pixels at once its activations outgrow the UNet's. */
    private static final long MOST_PIXELS = 4L * 512 * 512;

    private final LoadedNetwork network;
    private final VaeConfig config;
    private final Supplier<NDManager> scopes;

    /** @param scopes makes managers on the model's device */
    Autoencoder(LoadedNetwork network, VaeConfig config, Supplier<NDManager> scopes) {
        this.network = network;
        this.config = config;
        this.scopes = scopes;
    }

    /**
     * The latents of images: the posterior's mean times the scaling factor.
     *
     * @param pixels {@code [B, 3, H, W]} in [-1, 1]
     */
    public NDArray encode(NDManager owner, NDArray pixels) {
        return inChunks(
                owner,
                pixels,
                1,
                (scope, chunk) -> scale(scope, posterior(scope, chunk).get(0)));
    }

    /** The posterior's mean as the latents that the UNet takes. */
    public NDArray scale(NDManager owner, NDArray mean) {
        NDArray scaled = mean.mul((float) config.scalingFactor());
        scaled.attach(owner);
        return scaled;
    }

    /** Mean and log variance of the posterior, unscaled. */
    public NDList posterior(NDManager owner, NDArray pixels) {
        return network.program().callForList(owner, AutoencoderKl.ENCODE, Argument.of(pixels));
    }

    /**
     * The images of latents: {@code [B, 3, H, W]}, about [-1, 1], not clamped.
     *
     * @param latents {@code [B, C, h, w]}, scaled
     */
    public NDArray decode(NDManager owner, NDArray latents) {
        return inChunks(owner, latents, config.downsampling(), (scope, chunk) -> {
            NDArray unscaled = chunk.div((float) config.scalingFactor());
            return network.program().call(scope, AutoencoderKl.DECODE, Argument.of(unscaled));
        });
    }

    private interface ChunkFunction {
        NDArray apply(NDManager scope, NDArray chunk);
    }

    private NDArray inChunks(NDManager owner, NDArray batch, int pixelsPerElement, ChunkFunction function) {
        long pixels = batch.getShape().get(2) * batch.getShape().get(3) * pixelsPerElement * pixelsPerElement;
        long size = Math.max(1, MOST_PIXELS / pixels);
        long count = batch.getShape().get(0);
        try (NDManager scope = scopes.get()) {
            List<NDArray> results = new ArrayList<>();
            for (long from = 0; from < count; from += size) {
                NDArray chunk = batch.get(from + ":" + Math.min(count, from + size));
                chunk.attach(scope);
                results.add(function.apply(scope, chunk));
            }
            NDArray result = results.size() == 1 ? results.get(0) : NDArrays.concat(new NDList(results), 0);
            result.attach(owner);
            return result;
        }
    }
}
