package io.sparkinversion.verify;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.metrics.ClipSimilarity;
import io.sparkinversion.metrics.PieBench;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Metrics of PIE-Bench's protocol: the decoded mask of the edited part (in the file {@code structure}, with the images
 * that the metrics are of) and CLIP scores (the file {@code clip}).
 *
 * @param models where a CLIP model is looked for, and a tokenizer for it
 */
record MetricsSuite(GoldenFolder folder, List<Path> models, NDManager manager) implements Suite {
    private static final String IMAGES = "structure";
    private static final double COSINE = 1e-4;
    private static final double SCORE = 0.01;
    private static final double EMBEDDING = 1e-4;
    private static final String RUNS = "mask.encoded";
    private static final Pattern FIRST_ROW = Pattern.compile("rows (\\d+)\\.\\.");

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        switch (golden.name()) {
            case IMAGES -> structure(golden, cases);
            case "clip" -> clip(golden, cases);
            default ->
                Suite.notSupported("no metric of this name is implemented").verify(golden, cases);
        }
    }

    private void structure(GoldenFile golden, Cases cases) {
        cases.input(RUNS);
        if (golden.has("mask.decoded")) {
            cases.run(() -> cases.exact("mask.decoded", zeroOrOne(mask(golden.read(RUNS)))), "mask.decoded");
        }
        if (golden.has("mask.ones_per_row")) {
            cases.run(
                    () -> {
                        PixelMask mask = mask(golden.read(RUNS));
                        float[] values = zeroOrOne(mask);
                        float[] ones = new float[mask.height()];
                        for (int i = 0; i < values.length; i++) {
                            ones[i / mask.width()] += values[i];
                        }
                        cases.exact("mask.ones_per_row", ones);
                    },
                    "mask.ones_per_row");
        }
        new StructureSuite(models, manager).verify(golden, cases);
    }

    private static PixelMask mask(Golden runs) {
        int[] values = new int[runs.values().length];
        Arrays.setAll(values, i -> (int) runs.values()[i]);
        return PieBench.editedPart(values);
    }

    private static float[] zeroOrOne(PixelMask mask) {
        float[] values = new float[mask.inside().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = mask.inside()[i] ? 1 : 0;
        }
        return values;
    }

    private void clip(GoldenFile golden, Cases cases) {
        try (ClipUnderTest clip = ClipUnderTest.find(models, manager)) {
            for (String name : golden.names()) {
                cases.run(() -> clip(golden, name, clip.similarity(), cases), name);
            }
        }
    }

    private void clip(GoldenFile golden, String name, ClipSimilarity clip, Cases cases) {
        switch (name) {
            case "cosine" -> cases.compare(name, cosines(golden, clip), COSINE);
            case "score" -> {
                float[] scores = cosines(golden, clip);
                for (int i = 0; i < scores.length; i++) {
                    scores[i] = Math.max(100 * scores[i], 0);
                }
                cases.compare(name, scores, SCORE);
            }
            case "cosine_other_sizes" -> {
                List<RgbImage> images = List.of(image("64.a"), image("nonsquare.a"), image("wide.a"));
                String prompt = prompt(golden, name);
                cases.compare(name, floats(clip.similarities(images, List.of(prompt, prompt, prompt))), COSINE);
            }
            case "image_embedding" -> cases.compare(name, clip.imageEmbeddings(List.of(image("512.a")))[0], EMBEDDING);
            case "masked_embedding" -> cases.compare(name, clip.imageEmbeddings(List.of(masked()))[0], EMBEDDING);
            case "text_embedding" ->
                cases.compare(name, clip.textEmbeddings(List.of(prompt(golden, name)))[0], EMBEDDING);
            case "pixels" -> {
                int rows = (int) golden.shape(name)[1];
                int width = (int) golden.shape(name)[2];
                Matcher first =
                        FIRST_ROW.matcher(golden.index().path(name).path("desc").asText());
                int from = first.find() ? Integer.parseInt(first.group(1)) : 0;
                float[] all = clip.prepared(masked());
                float[] values = new float[RgbImage.CHANNELS * rows * width];
                for (int channel = 0; channel < RgbImage.CHANNELS; channel++) {
                    System.arraycopy(
                            all, (channel * width + from) * width, values, channel * rows * width, rows * width);
                }
                cases.compare(name, values, EMBEDDING);
            }
            default -> cases.notSupported(name, "the CLIP score's code shows cosines and embeddings, no other values");
        }
    }

    /** By pair of prompts: the source, the edit, and the edited part of the edit. */
    private float[] cosines(GoldenFile golden, ClipSimilarity clip) {
        JsonNode pairs = golden.parameter("cosine", "prompts");
        if (pairs.isEmpty()) {
            throw new IllegalArgumentException("index.json gives no pairs of prompts for 'cosine'");
        }
        List<RgbImage> images = new ArrayList<>();
        List<String> prompts = new ArrayList<>();
        for (JsonNode pair : pairs) {
            images.addAll(List.of(image("512.a"), image("512.b"), masked()));
            String target = pair.path(1).asText();
            prompts.addAll(List.of(pair.path(0).asText(), target, target));
        }
        return floats(clip.similarities(images, prompts));
    }

    private static String prompt(GoldenFile golden, String name) {
        JsonNode prompt = golden.parameter(name, "prompt");
        if (!prompt.isTextual()) {
            throw new IllegalArgumentException("index.json gives no prompt for it");
        }
        return prompt.asText();
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private RgbImage masked() {
        return PieBench.blackened(image("512.b"), mask(stored(RUNS)).complement());
    }

    private RgbImage image(String name) {
        Golden golden = stored(name);
        byte[] pixels = new byte[golden.values().length];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (byte) golden.values()[i];
        }
        return new RgbImage((int) golden.shape()[1], (int) golden.shape()[0], pixels);
    }

    private Golden stored(String name) {
        return folder.tensor(IMAGES, name)
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no '" + name + "' in " + IMAGES + ".safetensors beside it"));
    }
}
