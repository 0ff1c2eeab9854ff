package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.network.TimestepFeatures;
import io.sparkinversion.network.UNetConfig;
import io.sparkinversion.network.UNetConfig.TextTime;
import io.sparkinversion.torchscript.Argument;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** What every method of a UNet's program begins with: latent, timesteps and, for Stable Diffusion XL, sizes. */
record UNetInputs(List<NDArray> arrays) {

    /**
     * @param owner of the features
     * @param timesteps one for all images, or one each
     * @param sizes likewise, six each, as {@link TimestepFeatures#ofSizes} takes them; ignored by models without
     */
    static UNetInputs of(NDManager owner, UNetConfig config, NDArray latent, int[] timesteps, float... sizes) {
        float[] time = TimestepFeatures.of(timesteps, config);
        List<NDArray> arrays = new ArrayList<>(List.of(latent, rows(owner, time, timesteps.length)));
        if (config.addition() != null) {
            float[] features = TimestepFeatures.ofSizes(sizes, config);
            arrays.add(rows(owner, features, sizes.length / TextTime.SIZES));
        }
        return new UNetInputs(arrays);
    }

    private static NDArray rows(NDManager owner, float[] values, int rows) {
        return owner.create(values, new Shape(rows, values.length / rows));
    }

    /** These and more. */
    Argument[] and(Argument... more) {
        List<Argument> all = new ArrayList<>();
        arrays.forEach(array -> all.add(Argument.of(array)));
        all.addAll(Arrays.asList(more));
        return all.toArray(Argument[]::new);
    }

    /** These and more arrays. */
    NDArray[] and(NDArray... more) {
        List<NDArray> all = new ArrayList<>(arrays);
        all.addAll(Arrays.asList(more));
        return all.toArray(NDArray[]::new);
    }
}
