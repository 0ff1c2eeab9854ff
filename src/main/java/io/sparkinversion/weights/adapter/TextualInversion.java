package io.sparkinversion.weights.adapter;

import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A token that was learned by textual inversion (arXiv 2208.01618): one or more vectors for each text encoder of the
 * model that it is for.
 *
 * @param source the file, for messages
 * @param token its name in prompts
 * @param vectors of each text encoder, each {@code [n][width]}
 */
public record TextualInversion(String source, String token, List<float[][]> vectors) {
    private static final List<List<String>> TWO_ENCODERS =
            List.of(List.of("clip_l", "clip_g"), List.of("text_encoders_0", "text_encoders_1"));
    /** The web UI's files: the parameter's key is no name. */
    private static final String PARAMETERS = "string_to_param/";

    private static final String NAMELESS = "emb_params";

    private static final Map<Integer, String> FAMILIES = Map.of(
            768, "Stable Diffusion 1.x (or the first text encoder of XL)",
            1024, "Stable Diffusion 2.x",
            1280, "the second text encoder of Stable Diffusion XL");

    /**
     * Reads a file of diffusers ({@code {token: vectors}}), of the web UI ({@code .pt}, or {@code emb_params}), or of
     * Stable Diffusion XL ({@code clip_l} and {@code clip_g}).
     *
     * @param token its name; null for the one in the file or, where it has none, the file's own name
     * @throws WeightsException if it is none of these
     */
    public static TextualInversion read(Path path, String token) {
        try (WeightSource file = WeightFiles.openNested(path)) {
            Set<String> names = new TreeSet<>(file.names());
            for (List<String> two : TWO_ENCODERS) {
                if (names.containsAll(two)) {
                    return new TextualInversion(
                            path.toString(),
                            token == null ? stem(path) : token,
                            two.stream()
                                    .map(name -> rows(file.read(name), path))
                                    .toList());
                }
            }
            if (names.size() != 1) {
                throw new WeightsException(path + " is no embedding of one token: it holds " + names.size()
                        + " tensors, " + names.stream().limit(5).toList());
            }
            String name = names.iterator().next();
            boolean nameless = name.equals(NAMELESS) || TWO_ENCODERS.stream().anyMatch(two -> two.contains(name));
            String own = nameless
                    ? stem(path)
                    : name.startsWith(PARAMETERS)
                            ? Optional.ofNullable(WeightFiles.texts(file).get("name"))
                                    .orElse(stem(path))
                            : name;
            return new TextualInversion(
                    path.toString(), token == null ? own : token, List.<float[][]>of(rows(file.read(name), path)));
        }
    }

    private static String stem(Path path) {
        String name = path.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot <= 0 ? name : name.substring(0, dot);
    }

    private static float[][] rows(WeightTensor tensor, Path path) {
        long[] shape = tensor.shape();
        if (shape.length < 1 || shape.length > 2 || tensor.elements() == 0) {
            throw new WeightsException(
                    path + ": an embedding is one vector or a list of vectors, not of shape " + Arrays.toString(shape));
        }
        int width = (int) shape[shape.length - 1];
        float[] values = tensor.toFloats();
        for (float value : values) {
            if (!Float.isFinite(value)) {
                throw new WeightsException(path + ": an embedding's vector holds " + value + "; the file is damaged");
            }
        }
        List<float[]> rows = new ArrayList<>();
        for (int begin = 0; begin < values.length; begin += width) {
            rows.add(Arrays.copyOfRange(values, begin, begin + width));
        }
        return rows.toArray(float[][]::new);
    }

    /** How many vectors. */
    public int count() {
        return vectors.get(0).length;
    }

    /**
     * @param widths of the model's text encoders
     * @throws WeightsException if it is of another kind of model
     */
    public void requireFit(List<Integer> widths) {
        List<Integer> own = vectors.stream().map(rows -> rows[0].length).toList();
        if (!own.equals(widths)) {
            String family = FAMILIES.get(own.get(0));
            throw new WeightsException(
                    source + " does not fit the model: its vectors are " + own + " wide, the model's " + widths
                            + (own.size() == 1 && family != null ? "; it is of " + family : ""));
        }
        if (vectors.stream().anyMatch(rows -> rows.length != count())) {
            throw new WeightsException(source + " has unequal numbers of vectors for the two text encoders");
        }
    }

    /** The names of its vectors: its own stands for all, {@code token_1} and so on for one each. */
    public List<String> vectorNames() {
        List<String> names = new ArrayList<>();
        for (int i = 1; i < count(); i++) {
            names.add(token + "_" + i);
        }
        return names;
    }
}
