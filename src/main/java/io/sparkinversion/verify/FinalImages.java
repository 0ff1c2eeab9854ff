package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.regex.Pattern;

/** Goldens of the pictures that a run's last latents decode to, [0, 1] {@code [B, 3, H, W]}. */
public final class FinalImages {
    private FinalImages() {}

    public static boolean isOne(String tensor) {
        return tensor.endsWith(".image") || tensor.endsWith(".images");
    }

    /** The name of the latents that a picture is decoded from; any other name as it is. */
    public static String run(String tensor) {
        return tensor.replaceFirst("(_\\d+)?\\.images?$", "");
    }

    /** Those that the file has of a run, whose number of steps may be part of their names. */
    public static List<String> names(GoldenFile golden, String run) {
        Pattern name = Pattern.compile(Pattern.quote(run) + "(_\\d+)?\\.images?");
        return golden.names().stream().filter(name.asMatchPredicate()).toList();
    }

    /** @param last latents {@code [K, C, h, w]}; a golden may hold the pictures of the first ones only */
    public static void compare(
            ModelUnderTest model, GoldenFile golden, Suite.Cases cases, String run, NDArray last, double tolerance) {
        for (String name : names(golden, run)) {
            long count = Math.min(golden.shape(name)[0], last.getShape().get(0));
            NDArray decoded = model.model().decode(model.scope(), last.get("0:" + count));
            cases.compare(name, unit(decoded), tolerance);
        }
    }

    /** Decoder output, about [-1, 1], as pictures are stored. */
    public static float[] unit(NDArray decoded) {
        return decoded.div(2).add(0.5f).clip(0, 1).toFloatArray();
    }
}
