package io.sparkinversion.cli;

import io.sparkinversion.api.InversionSettings;
import io.sparkinversion.api.SparkInversion;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.image.ResizeMode;
import io.sparkinversion.image.SizeConditioning;
import io.sparkinversion.inversion.Method;
import java.util.Arrays;
import java.util.Iterator;
import java.util.function.Predicate;
import picocli.CommandLine.Option;

/** How each image is prepared and sampled, whatever the methods and step counts. */
abstract class SamplingOptions {
    @Option(
            names = "--guidance",
            paramLabel = "SCALE",
            defaultValue = "" + InversionSettings.GUIDANCE,
            description = "Classifier-free guidance scale.")
    private double guidance;

    @Option(
            names = "--guidance-interval",
            paramLabel = "A:B",
            hidden = true,
            description =
                    "Guidance from A to B of the way from noise (0) to image (1) only, such as 0.2:0.8. Default: at"
                            + " every step.")
    private String guidanceInterval;

    @Option(
            names = "--reuse",
            paramLabel = "N",
            hidden = true,
            defaultValue = "" + InversionSettings.REUSE,
            description = "N consecutive steps share the UNet's deep features; 1: none. Faster; not for edits.")
    private int reuse;

    @Option(
            names = "--resolution",
            paramLabel = "PIXELS",
            defaultValue = "" + InversionSettings.RESOLUTION,
            description = "Width and height in pixels; 0: the model's own.")
    private int resolution;

    @Option(
            names = "--resize",
            paramLabel = "HOW",
            defaultValue = InversionSettings.RESIZE,
            description = "crop (square), fit (own aspect ratio), stretch or bucket.")
    private String resize;

    @Option(
            names = "--resize-filter",
            paramLabel = "FILTER",
            hidden = true,
            defaultValue = InversionSettings.RESIZE_FILTER,
            description = "Resampling filter: bicubic, lanczos, bilinear or box.")
    private String resizeFilter;

    @Option(names = "--restore-size", description = "Give reconstructions and edits the image's own size back.")
    private boolean restoreSize;

    @Option(
            names = "--size-conditioning",
            paramLabel = "NAME",
            hidden = true,
            defaultValue = InversionSettings.SIZE_CONDITIONING,
            description = "What a Stable Diffusion XL is told of an image's size: picture, its own and what was cropped"
                    + " off; or resized.")
    private String sizeConditioning;

    /** For the help: the names of all methods. */
    static final class MethodNames implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.asList(Method.names().split(", ")).iterator();
        }
    }

    /** @param given whether the user gave an option of that name */
    void apply(SparkInversion run, Predicate<String> given) {
        if (given.test("--guidance")) {
            run.guidance(guidance);
        }
        run.reuse(reuse);
        if (guidanceInterval != null) {
            run.guidanceInterval(guidanceInterval);
        }
        if (given.test("--resolution")) {
            run.resolution(resolution);
        }
        if (given.test("--resize")) {
            run.resize(Choice.of("--resize", ResizeMode.class, resize));
        }
        if (restoreSize) {
            run.restoreSize(true);
        }
        run.sizeConditioning(Choice.of("--size-conditioning", SizeConditioning.class, sizeConditioning));
        run.resizeFilter(Choice.of("--resize-filter", Filter.class, resizeFilter));
    }
}
