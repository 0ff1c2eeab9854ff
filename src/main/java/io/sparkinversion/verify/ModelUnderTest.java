package io.sparkinversion.verify;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A fixture's model on the CPU in float32, and conversions between goldens and its arrays. */
public record ModelUnderTest(StableDiffusion model, NDManager scope) implements AutoCloseable {

    public static ModelUnderTest load(Path folder) {
        return load(new DiffusersFolder(folder));
    }

    public static ModelUnderTest load(ModelComponents components) {
        StableDiffusion model = StableDiffusion.load(components, Device.cpu(), ScalarType.FLOAT32);
        return new ModelUnderTest(model, model.newScope());
    }

    public NDArray array(Golden golden) {
        return scope.create(golden.values(), new Shape(golden.shape()));
    }

    /** Pixels [-1, 1] {@code [1, 3, H, W]} of an 8-bit image {@code [H, W, 3]}. */
    public NDArray pixels(Golden image) {
        NDArray hwc = scope.create(image.values(), new Shape(image.shape()));
        return hwc.transpose(2, 0, 1).expandDims(0).div(127.5f).sub(1);
    }

    /** The values of arrays, one after the other. */
    public static float[] values(List<NDArray> arrays) {
        List<float[]> parts = new ArrayList<>();
        int size = 0;
        for (NDArray array : arrays) {
            parts.add(array.toFloatArray());
            size += parts.get(parts.size() - 1).length;
        }
        float[] all = new float[size];
        int offset = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, offset, part.length);
            offset += part.length;
        }
        return all;
    }

    @Override
    public void close() {
        scope.close();
        model.close();
    }
}
