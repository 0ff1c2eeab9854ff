package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.metrics.Lpips;
import io.sparkinversion.metrics.Psnr;
import io.sparkinversion.verify.GoldenFile.Golden;
import io.sparkinversion.weights.MergedWeights;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * LPIPS with every backbone that the fixture has weights of, and PSNR.
 *
 * @param weightFolders where weight files are looked for
 */
record LpipsSuite(List<Path> weightFolders, NDManager manager) implements Suite {
    private static final double DISTANCE = 1e-5;
    private static final double DECIBEL = 0.01;
    private static final double MEAN_SQUARED_ERROR = 1e-6;
    private static final double FEATURE = 5e-5;
    private static final Pattern SIZED = Pattern.compile("(?:(\\w+)\\.)?(\\d+x\\d+)\\.(\\w+)");
    private static final Pattern FEATURES = Pattern.compile("(\\w+)\\.feat(\\d+)");
    private static final Pattern PAIRS = Pattern.compile("lpips_(\\w+)_(\\d+)");

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        for (String name : golden.names()) {
            Matcher sized = SIZED.matcher(name);
            Matcher features = FEATURES.matcher(name);
            Matcher pairs = PAIRS.matcher(name);
            if (name.matches("[ab]\\d+")) {
                cases.input(name);
                continue;
            }
            cases.run(
                    () -> {
                        if (features.matches()) {
                            features(golden, name, features.group(1), Integer.parseInt(features.group(2)), cases);
                        } else if (sized.matches()) {
                            sized(golden, name, sized, cases);
                        } else if (pairs.matches()) {
                            pair(golden, name, "lpips-" + pairs.group(1), pairs.group(2), cases);
                        } else if (name.matches("psnr_\\d+")) {
                            String size = name.substring("psnr_".length());
                            cases.compare(
                                    name, psnr(unit(golden.read("a" + size)), unit(golden.read("b" + size))), DECIBEL);
                        }
                    },
                    name);
        }
    }

    private void sized(GoldenFile golden, String name, Matcher match, Cases cases) {
        String quantity = match.group(3);
        if (quantity.equals("a") || quantity.equals("b")) {
            cases.input(name);
            return;
        }
        Golden a = golden.read(match.group(2) + ".a");
        Golden b = golden.read(match.group(2) + ".b");
        switch (quantity) {
            case "psnr" -> cases.compare(name, psnr(unitOfBytes(a), unitOfBytes(b)), DECIBEL);
            case "mse" -> cases.compare(name, meanSquaredErrors(unitOfBytes(a), unitOfBytes(b)), MEAN_SQUARED_ERROR);
            case "distance" ->
                withNetwork(
                        name,
                        match.group(1),
                        cases,
                        (lpips, scope) ->
                                cases.compare(name, lpips.distances(images(scope, a), images(scope, b)), DISTANCE));
            case "per_layer" ->
                withNetwork(
                        name,
                        match.group(1),
                        cases,
                        (lpips, scope) -> cases.compare(
                                name,
                                lpips.perLayer(scope, images(scope, a), images(scope, b))
                                        .toFloatArray(),
                                DISTANCE));
            default -> {}
        }
    }

    private void features(GoldenFile golden, String name, String network, int layer, Cases cases) {
        withNetwork(name, network, cases, (lpips, scope) -> {
            NDArray first = images(scope, golden.read(firstImages(golden))).get("0:1");
            NDList features = lpips.features(scope, first);
            double tolerance = Checkpoints.tolerance(golden.read(name), FEATURE);
            cases.compare(name, features.get(layer).toFloatArray(), tolerance);
        });
    }

    /** Features are those of the smallest images. */
    private static String firstImages(GoldenFile golden) {
        return golden.names().stream()
                .filter(name -> name.matches("\\d+x\\d+\\.a"))
                .min(Comparator.comparingLong(name -> golden.shape(name)[1]))
                .orElseThrow(() -> new IllegalArgumentException("the file has no images, such as 64x64.a"));
    }

    private void pair(GoldenFile golden, String name, String network, String size, Cases cases) {
        withNetwork(name, network, cases, (lpips, scope) -> {
            Golden a = golden.read("a" + size);
            Golden b = golden.read("b" + size);
            NDArray first = scope.create(a.values(), new Shape(a.shape()));
            NDArray second = scope.create(b.values(), new Shape(b.shape()));
            cases.compare(name, lpips.distances(first, second), DISTANCE);
        });
    }

    private interface NetworkCase {
        void run(Lpips lpips, NDManager scope);
    }

    private void withNetwork(String name, String network, Cases cases, NetworkCase body) {
        List<Path> files = weightFiles(network);
        if (files.isEmpty()) {
            cases.notSupported(name, "no weights for '" + network + "' in " + weightFolders);
            return;
        }
        List<WeightSource> parts =
                files.stream().map(WeightFiles::openCheckpoint).toList();
        try (WeightSource weights = new MergedWeights(parts);
                NDManager scope = manager.newSubManager();
                Lpips lpips = Lpips.load(network, weights, scope)) {
            body.run(lpips, scope);
        }
    }

    /** One file of everything, as pairs are scored with, or backbone and heads apart. */
    private List<Path> weightFiles(String network) {
        for (Path folder : weightFolders) {
            if (!Files.isDirectory(folder)) {
                continue;
            }
            try (Stream<Path> files = Files.list(folder)) {
                List<Path> found = files.filter(file -> {
                            String name = file.getFileName().toString();
                            return network.startsWith("lpips-")
                                    ? name.startsWith(network)
                                    : name.startsWith(network + "_backbone") || name.startsWith(network + "_heads");
                        })
                        .sorted()
                        .toList();
                if (!found.isEmpty()) {
                    return found;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return List.of();
    }

    /** 8-bit images {@code [B, H, W, 3]} as {@code [B, 3, H, W]} in [-1, 1]. */
    private static NDArray images(NDManager scope, Golden golden) {
        NDArray bytes = scope.create(golden.values(), new Shape(golden.shape()));
        return bytes.transpose(0, 3, 1, 2).div(127.5f).sub(1);
    }

    private static List<float[]> unitOfBytes(Golden golden) {
        return scaled(golden, 1 / 255f, 0);
    }

    private static List<float[]> unit(Golden golden) {
        return scaled(golden, 0.5f, 0.5f);
    }

    private static List<float[]> scaled(Golden golden, float factor, float offset) {
        List<float[]> images = new ArrayList<>();
        for (int i = 0; i < golden.shape()[0]; i++) {
            float[] values = golden.row(i).values();
            for (int k = 0; k < values.length; k++) {
                values[k] = values[k] * factor + offset;
            }
            images.add(values);
        }
        return images;
    }

    private static float[] psnr(List<float[]> a, List<float[]> b) {
        float[] result = new float[a.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = (float) Psnr.ofFloats(a.get(i), b.get(i));
        }
        return result;
    }

    private static float[] meanSquaredErrors(List<float[]> a, List<float[]> b) {
        float[] result = new float[a.size()];
        for (int i = 0; i < result.length; i++) {
            double sum = 0;
            for (int k = 0; k < a.get(i).length; k++) {
                double difference = (double) a.get(i)[k] - b.get(i)[k];
                sum += difference * difference;
            }
            result[i] = (float) (sum / a.get(i).length);
        }
        return result;
    }
}
