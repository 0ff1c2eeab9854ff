package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.Stream;

/** Goldens of the pictures that a run's last latents decode to, [0, 1] {@code [B, 3, H, W]}. */
final class FinalImages {
    private FinalImages() {}

    static boolean isOne(String tensor) {
        return tensor.endsWith(".image") || tensor.endsWith(".images");
    }

    /** Those that the file has of a run. */
    static List<String> names(GoldenFile golden, String run, int steps) {
        return Stream.of(run, run + "_" + steps)
                .flatMap(name -> Stream.of(name + ".image", name + ".images"))
                .filter(golden::has)
                .toList();
    }

    /** @param last latents {@code [K, C, h, w]}; a golden may hold the pictures of the first ones only */
    static void compare(
            ModelUnderTest model,
            GoldenFile golden,
            Suite.Cases cases,
            String run,
            int steps,
            NDArray last,
            double tolerance) {
        for (String name : names(golden, run, steps)) {
            long count = Math.min(golden.shape(name)[0], last.getShape().get(0));
            NDArray decoded = model.model().decode(model.scope(), last.get("0:" + count));
            cases.compare(name, unit(decoded), tolerance);
        }
    }

    /** Decoder output, about [-1, 1], as pictures are stored. */
    static float[] unit(NDArray decoded) {
        return decoded.div(2).add(0.5f).clip(0, 1).toFloatArray();
    }
}
