package io.sparkinversion.cli;

import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import java.util.List;
import picocli.CommandLine.Option;

/** What is done with each image. */
final class MethodOptions {
    @Option(
            names = "--method",
            split = ",",
            defaultValue = "negative-prompt",
            description = "One or more, with commas between: negative-prompt, ddim, ddim-cfg.")
    private List<String> names;

    @Option(names = "--steps", defaultValue = "50", description = "DDIM steps, 1 to 1000.")
    private int steps;

    @Option(names = "--guidance", defaultValue = "7.5", description = "Classifier-free guidance scale.")
    private double guidance;

    @Option(names = "--resolution", defaultValue = "0", description = "Pixels of the square; 0 takes the model's own.")
    private int resolution;

    @Option(names = "--resize", defaultValue = "bicubic", description = "bicubic, lanczos, bilinear or box.")
    private String resize;

    List<Method> methods() {
        return names.stream().map(Method::of).toList();
    }

    int steps() {
        if (steps < 1 || steps > 1000) {
            throw new IllegalArgumentException("--steps is " + steps + "; it must be 1 to 1000");
        }
        return steps;
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
