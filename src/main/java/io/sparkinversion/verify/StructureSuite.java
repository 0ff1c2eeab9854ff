package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.metrics.PieBench;
import io.sparkinversion.metrics.StructureDistance;
import io.sparkinversion.metrics.StructureDistance.Preparation;
import io.sparkinversion.metrics.StructureDistance.Prepared;
import io.sparkinversion.network.DinoVit;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Structure distances of pairs of pictures, {@code NAME.a} and {@code NAME.b}: {@code NAME.distance} in three
 * preparations, {@code NAME.distance_unedit_part}, and of the first picture the network's input, tokens, keys and
 * self-similarity.
 *
 * @param models where a folder of DINO's weights is looked for
 */
record StructureSuite(List<Path> models, NDManager manager) implements Suite {
    private static final double DISTANCE = 1e-3;
    private static final double KEYS = 2e-3;
    private static final double COSINE = 1e-4;
    /** Of values up to 1; the network's input, which is not divided by 255, goes up to 1,100. */
    private static final double INPUT = 1e-5;

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        Path folder = models.stream()
                .filter(model -> Files.exists(model.resolve("config.json"))
                        && model.getFileName().toString().contains("dino"))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no folder in models/ holds DINO's weights"));
        try (StructureDistance distance = StructureDistance.load(folder, manager)) {
            for (String name : golden.names()) {
                int dot = name.lastIndexOf('.');
                if (name.startsWith("mask.")) {
                    continue;
                }
                if (name.endsWith(".a") || name.endsWith(".b")) {
                    cases.input(name);
                } else {
                    cases.run(
                            () -> verify(
                                    golden, name, name.substring(0, dot), name.substring(dot + 1), distance, cases),
                            name);
                }
            }
        }
    }

    private static void verify(
            GoldenFile golden, String name, String pair, String quantity, StructureDistance distance, Cases cases) {
        RgbImage a = image(golden.read(pair + ".a"));
        if (quantity.startsWith("distance")) {
            RgbImage b = image(golden.read(pair + ".b"));
            if (quantity.equals("distance")) {
                float[] distances = new float[Preparation.values().length];
                for (Preparation preparation : Preparation.values()) {
                    distances[preparation.ordinal()] = (float) distance.distance(a, b, preparation);
                }
                cases.relative(name, "", distances, DISTANCE);
                return;
            }
            PixelMask edited = PieBench.editedPart(integers(golden.read("mask.encoded")));
            double outside = distance.distance(
                    PieBench.blackened(a, edited), PieBench.blackened(b, edited), Preparation.PIE_BENCH);
            cases.relative(name, "", new float[] {(float) outside}, DISTANCE);
            return;
        }
        Prepared prepared = StructureDistance.prepared(a, Preparation.PIE_BENCH);
        Golden expected = golden.read(name);
        try (NDManager scope = distance.newScope()) {
            switch (quantity) {
                case "input" -> {
                    int rows = (int) expected.shape()[1];
                    float[] values = new float[RgbImage.CHANNELS * rows * prepared.width()];
                    for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                        System.arraycopy(
                                prepared.values(),
                                channel * prepared.height() * prepared.width(),
                                values,
                                channel * rows * prepared.width(),
                                rows * prepared.width());
                    }
                    cases.compare(name, values, Checkpoints.tolerance(expected, INPUT));
                }
                case "tokens" ->
                    cases.compare(
                            name,
                            first(distance.run(scope, DinoVit.TOKENS, prepared), expected),
                            Checkpoints.tolerance(expected, INPUT));
                case "keys" -> cases.compare(name, first(distance.run(scope, DinoVit.KEYS, prepared), expected), KEYS);
                case "selfsim_rows" ->
                    cases.compare(
                            name, first(distance.run(scope, DinoVit.SELF_SIMILARITY, prepared), expected), COSINE);
                default -> cases.notSupported(name, "nothing of this name is known of a structure distance");
            }
        }
    }

    /** As many of the first rows as the golden has. */
    private static float[] first(NDArray result, Golden expected) {
        return Arrays.copyOf(result.toFloatArray(), expected.values().length);
    }

    private static int[] integers(Golden golden) {
        int[] values = new int[golden.values().length];
        Arrays.setAll(values, i -> (int) golden.values()[i]);
        return values;
    }

    private static RgbImage image(Golden golden) {
        byte[] pixels = new byte[golden.values().length];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) golden.values()[i];
        }
        return new RgbImage((int) golden.shape()[1], (int) golden.shape()[0], pixels);
    }
}
