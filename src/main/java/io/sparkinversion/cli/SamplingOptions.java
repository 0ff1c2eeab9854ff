package io.sparkinversion.cli;

import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import java.util.Arrays;
import java.util.Iterator;
import picocli.CommandLine.Option;

/** How each image is prepared and sampled, whatever the methods and step counts. */
abstract class SamplingOptions {
    @Option(names = "--guidance", defaultValue = "7.5", description = "Classifier-free guidance scale.")
    private double guidance;

    @Option(names = "--resolution", defaultValue = "0", description = "Width and height in pixels; 0: the model's own.")
    private int resolution;

    @Option(
            names = "--resize",
            defaultValue = "bicubic",
            description = "Resampling filter: bicubic, lanczos, bilinear or box.")
    private String resize;

    /** For the help: the names of all methods. */
    static final class MethodNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.asList(Method.names().split(", ")).iterator();
        }
    }

    double guidance() {
        if (!Double.isFinite(guidance) || guidance < 0) {
            throw new IllegalArgumentException("--guidance is " + guidance + "; it must be 0 or more");
        }
        return guidance;
    }

    /**
     * @param trained what the model was trained at
     * @param granule what the side must be a multiple of
     */
    int resolution(int trained, int granule) {
        int side = resolution == 0 ? trained : resolution;
        if (side < 2 * granule || side < 16 || side % granule != 0) {
            throw new IllegalArgumentException("--resolution is " + side + "; this model takes multiples of " + granule
                    + " from " + Math.max(16, 2 * granule));
        }
        return side;
    }

    Filter resize() {
        return Choice.of("--resize", Filter.class, resize);
    }
}
