package io.sparkinversion.worker;

import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import java.io.Serializable;
import java.util.List;

/**
 * All that an executor must know to work on images. Two runs with equal settings give equal results.
 *
 * @param model the diffusers folder: a local path or an {@code hdfs://} or {@code s3a://} address, or {@code fake:sd15}
 *     and the like
 * @param modelFingerprint SHA-256 over the model's configs and weights, which result rows are keyed by
 * @param lpipsWeights the LPIPS weight file, or null for no LPIPS
 * @param device {@code auto}, {@code cpu} or {@code gpu:N}; where Spark assigns GPUs, its assignment wins over auto
 * @param precision of the UNet and text encoder
 * @param methods what to reconstruct with
 * @param steps DDIM steps, 1 to 1000
 * @param guidance classifier-free guidance scale of the reconstruction
 * @param resolution pixels of the square that images are resized to, a multiple of 8
 * @param resize the filter of that
 * @param batchSize images per UNet evaluation
 * @param maxPixels images of more pixels are refused
 */
public record WorkerSettings(
        String model,
        String modelFingerprint,
        String lpipsWeights,
        String device,
        Precision precision,
        List<Method> methods,
        int steps,
        double guidance,
        int resolution,
        Filter resize,
        int batchSize,
        long maxPixels)
        implements Serializable {

    /** Arithmetic of the UNet and the text encoder; the VAE always runs in float32. */
    public enum Precision {
        FLOAT32,
        FLOAT16,
        BFLOAT16
    }
}
