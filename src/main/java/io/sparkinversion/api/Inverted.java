package io.sparkinversion.api;

import io.sparkinversion.diffusion.SizeCondition;
import io.sparkinversion.engine.Engine.Latent;
import io.sparkinversion.engine.InvertedArray;
import io.sparkinversion.image.Restoration;
import io.sparkinversion.image.RgbImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** An inverted image. Holds no native memory, and outlives its {@link Inverter}. */
public final class Inverted {
    private final RgbImage original;
    private final String caption;
    private final Latent latent;
    private final RgbImage reconstruction;
    private final Scores scores;
    private final RgbImage ceiling;
    private final Scores ceilingScores;
    /** Null where results keep the size that was inverted. */
    private final Restoration restoration;
    /** What a Stable Diffusion XL is told; null for the size of the image that was inverted. */
    private final SizeCondition toldSize;
    /** What edits start from; replaced as a whole by an edit that had to compute it. */
    private volatile List<InvertedArray> starts;

    Inverted(
            RgbImage original,
            String caption,
            Latent latent,
            RgbImage reconstruction,
            Scores scores,
            RgbImage ceiling,
            Scores ceilingScores,
            List<InvertedArray> starts,
            SizeCondition toldSize,
            Restoration restoration) {
        this.original = original;
        this.caption = caption;
        this.latent = latent;
        this.reconstruction = reconstruction;
        this.scores = scores;
        this.ceiling = ceiling;
        this.ceilingScores = ceilingScores;
        this.starts = starts;
        this.toldSize = toldSize;
        this.restoration = restoration;
    }

    /** The image as it was inverted: resized, and cropped where the options say so. */
    public RgbImage original() {
        return original;
    }

    public String caption() {
        return caption;
    }

    /** z_T, float32, the last axis fastest; empty for a method that has none, such as {@code vae}. */
    public float[] latent() {
        if (latent == null) {
            return new float[0];
        }
        float[] values = new float[latent.bytes().length / Float.BYTES];
        ByteBuffer.wrap(latent.bytes())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }

    /** Channels, height and width of {@link #latent}: {@code [4, H/8, W/8]} for Stable Diffusion; empty without one. */
    public int[] latentShape() {
        return latent == null ? new int[0] : latent.shape().clone();
    }

    /** What the method makes of the latent; of the image's own size where sizes are restored. */
    public RgbImage reconstruction() {
        return restored(reconstruction);
    }

    /** Of the reconstruction at the size of {@link #original}. */
    public Scores scores() {
        return scores;
    }

    /** The image encoded and decoded by the VAE alone: the best that a reconstruction can be expected to be. */
    public RgbImage ceiling() {
        return ceiling;
    }

    public Scores ceilingScores() {
        return ceilingScores;
    }

    SizeCondition toldSize() {
        return toldSize;
    }

    /** A result in the image's own size, where sizes are restored. */
    RgbImage restored(RgbImage result) {
        return restoration == null ? result : restoration.apply(result);
    }

    List<InvertedArray> starts() {
        return starts;
    }

    void keep(List<InvertedArray> computed) {
        starts = List.copyOf(computed);
    }
}
