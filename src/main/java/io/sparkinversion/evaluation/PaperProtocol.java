package io.sparkinversion.evaluation;

import io.sparkinversion.UserException;
import io.sparkinversion.image.ResizeMode;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * The settings of the experiments of negative-prompt inversion (arXiv 2305.16807): 100 images of 512x512, 50 DDIM steps,
 * guidance 7.5, one image at a time.
 */
public final class PaperProtocol {
    public static final long SAMPLE = 100;
    /** Two images at once would share the processor and its memory. */
    public static final String LOCAL_MASTER = "local[1]";

    private static final int STEPS = 50;
    private static final double GUIDANCE = 7.5;
    private static final int BATCH_SIZE = 1;
    private static final Precision PRECISION = Precision.FLOAT32;

    private final Predicate<String> given;

    /** @param given whether the user set the option of that name, such as {@code batch size} */
    public PaperProtocol(Predicate<String> given) {
        this.given = given;
    }

    /**
     * The paper's step count.
     *
     * @throws UserException if the user gave others
     */
    public List<Integer> steps(List<Integer> asked) {
        List<Integer> wanted = List.of(STEPS);
        require("steps", asked, wanted);
        return wanted;
    }

    /**
     * The settings, replaced by the paper's where it names them; the warm-up is a whole image.
     *
     * @param trained pixels of the square that the model was trained at; a smaller one keeps its size
     * @throws UserException if the user gave an option that contradicts the paper
     */
    public WorkerSettings worker(WorkerSettings asked, int trained) {
        int resolution = Math.min(Protocol.PAPER_RESOLUTION, trained);
        require("guidance", asked.guidance(), GUIDANCE);
        require("resolution", asked.resolution(), resolution);
        require("resize", asked.sizing().mode().label(), ResizeMode.CROP.label());
        require("restore size", asked.restoresSize(), false);
        require("batch size", asked.batchSize(), BATCH_SIZE);
        require("dtype", label(asked.precision()), label(PRECISION));
        return asked.toBuilder()
                .precision(PRECISION)
                .steps(STEPS)
                .guidance(GUIDANCE)
                .resolution(resolution)
                .batchSize(BATCH_SIZE)
                .warmUp(STEPS)
                .timesAlone(true)
                .build();
    }

    /** One line for the terminal. */
    public static String text(WorkerSettings settings) {
        int side = settings.resolution();
        String size = side + "x" + side;
        return "protocol paper: " + STEPS + " steps, guidance " + GUIDANCE + ", " + label(PRECISION)
                + ", one image at a time, " + size
                + (side < Protocol.PAPER_RESOLUTION ? " (the model's own size; the paper's is 512x512)" : "");
    }

    private void require(String option, Object asked, Object wanted) {
        if (given.test(option) && !asked.equals(wanted)) {
            throw new UserException("protocol paper requires " + option + " " + text(wanted) + ", not " + text(asked)
                    + "; omit it, or choose protocol throughput");
        }
    }

    private static String text(Object value) {
        return value instanceof List<?> list
                ? String.join(",", list.stream().map(String::valueOf).toList())
                : value.toString();
    }

    private static String label(Precision precision) {
        return precision.name().toLowerCase(Locale.ROOT);
    }
}
