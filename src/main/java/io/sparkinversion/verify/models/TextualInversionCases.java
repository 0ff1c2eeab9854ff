package io.sparkinversion.verify.models;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.diffusion.AdaptedModel;
import io.sparkinversion.diffusion.ClipTokenizer;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.ModelAdditions;
import io.sparkinversion.diffusion.ModelAdditions.Embedding;
import io.sparkinversion.network.ClipTextConfig;
import io.sparkinversion.network.ClipTextEncoder;
import io.sparkinversion.network.NetworkConfig;
import io.sparkinversion.platform.Platform;
import io.sparkinversion.torchscript.Argument;
import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.verify.CaseReport;
import io.sparkinversion.verify.GoldenFile;
import io.sparkinversion.verify.GoldenFile.Golden;
import io.sparkinversion.verify.GoldenFolder;
import io.sparkinversion.verify.ModelUnderTest;
import io.sparkinversion.verify.TokenizerSuite;
import io.sparkinversion.weights.TextEncoderWeights;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.adapter.TextualInversion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Learned tokens: files in a fixture's {@code ti/MODEL}, and folders {@code models/MODEL} whose tokenizer has some, by
 * {@code goldens/ti/MODEL}.
 */
public record TextualInversionCases(Path fixtures, List<Path> models, CaseReport report) {
    private static final String FOLDER = "ti";
    private static final double TEXT = 3e-5;
    private static final int TOKENS = 77;
    private static final String ONLY = "only_a1111.";
    private static final String EXPANDED = "_expanded";

    public void verify(GoldenFolder folder) {
        for (String file : folder.files()) {
            try (GoldenFile golden = GoldenFile.open(folder, file)) {
                Path model = models.stream()
                        .filter(path -> path.getFileName().toString().equals(file))
                        .findFirst()
                        .orElseThrow(() -> new IllegalArgumentException("no folder models/" + file));
                if (Files.isDirectory(model.resolve("unet"))) {
                    files(golden, model);
                } else {
                    textEncoder(golden, model);
                }
            } catch (RuntimeException e) {
                report.fail(FOLDER + "/" + file, e.toString());
            }
        }
        sameVectors();
    }

    private JsonNode index() {
        try {
            return new ObjectMapper()
                    .readTree(fixtures.resolve(FOLDER).resolve("index.json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the index of " + FOLDER, e);
        }
    }

    // ---- files --------------------------------------------------------------------------------------------------

    private void files(GoldenFile golden, Path model) {
        List<String> order = new ArrayList<>();
        golden.names()
                .forEach(name -> golden.parameter(name, "load_order").forEach(token -> order.add(token.asText())));
        List<Embedding> all = order.isEmpty() ? embeddings(model, null) : new ArrayList<>();
        order.forEach(token -> all.add(embeddings(model, token).get(0)));
        Set<String> names = golden.names();
        load(model, all, loaded -> names.stream()
                .filter(name -> !name.startsWith(ONLY))
                .forEach(name -> compare(golden, name, "", loaded)));
        if (names.stream().anyMatch(name -> name.startsWith(ONLY))) {
            load(model, webUi(model), loaded -> names.stream()
                    .filter(name -> name.startsWith(ONLY))
                    .forEach(name -> compare(golden, name, ONLY, loaded)));
        }
    }

    /** Of a model's files those of a token, or all; a token may be stored in several formats. */
    private List<Embedding> embeddings(Path model, String token) {
        List<Embedding> found = new ArrayList<>();
        index().properties().forEach(entry -> {
            String own = entry.getValue().path("token").asText();
            boolean fits = entry.getValue()
                    .path("model")
                    .asText()
                    .equals(model.getFileName().toString());
            if (fits && (token == null || token.equals(own))) {
                found.add(new Embedding(path(entry.getKey()), own));
            }
        });
        return found;
    }

    private String path(String file) {
        return fixtures.resolve(FOLDER).resolve(file).toString();
    }

    private List<Embedding> webUi(Path model) {
        return index().properties().stream()
                .filter(entry -> entry.getValue()
                        .path("model")
                        .asText()
                        .equals(model.getFileName().toString()))
                .filter(entry -> entry.getValue().path("format").asText().equals("A1111 .pt"))
                .map(entry -> new Embedding(path(entry.getKey()), null))
                .limit(1)
                .toList();
    }

    private interface Cases {
        void run(ModelUnderTest loaded);
    }

    private void load(Path model, List<Embedding> embeddings, Cases cases) {
        ModelAdditions additions = new ModelAdditions(null, null, null, List.of(), embeddings);
        try (ModelUnderTest loaded =
                ModelUnderTest.load(AdaptedModel.of(new DiffusersFolder(model), additions, Path::of))) {
            cases.run(loaded);
        }
    }

    private void compare(GoldenFile golden, String name, String prefix, ModelUnderTest loaded) {
        String full = FOLDER + "/" + golden.name() + "/" + name;
        Golden expected = golden.read(name);
        List<String> prompts = prompts(golden, prefix);
        switch (name.substring(prefix.length())) {
            case "ids", "ids_1" ->
                report.exact(full, TokenizerSuite.ids(loaded.model().tokenizer(), prompts), expected.values());
            case "ids_2" ->
                report.exact(
                        full, longs(loaded.model().inspection().secondIds(loaded.scope(), prompts)), expected.values());
            case "last_hidden_state" ->
                report.compare(full, embed(loaded, prompts).toFloatArray(), expected.values(), TEXT);
            case "prompt_embeds" ->
                report.compare(full, XlModel.of(loaded).states(embed(loaded, prompts)), expected.values(), TEXT);
            case "pooled" ->
                report.compare(full, XlModel.of(loaded).pooled(embed(loaded, prompts)), expected.values(), TEXT);
            case "pooled_legacy_argmax" ->
                report.notSupported(full, "a known error of transformers: the embedding is pooled at the end of text");
            default -> report.notSupported(full, "no case for a tensor of this name");
        }
    }

    private static NDArray embed(ModelUnderTest loaded, List<String> prompts) {
        return loaded.model().embed(loaded.scope(), prompts);
    }

    private static List<String> prompts(GoldenFile golden, String prefix) {
        return golden.names().stream()
                .filter(name -> name.startsWith(prefix) && (!prefix.isEmpty() || !name.startsWith(ONLY)))
                .map(golden::prompts)
                .filter(prompts -> !prompts.isEmpty())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("index.json gives no prompts"));
    }

    private static float[] longs(NDArray ids) {
        long[] values = ids.toLongArray();
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values[i];
        }
        return floats;
    }

    /** Files of one token hold the same vectors, whatever their format. */
    private void sameVectors() {
        Map<String, TextualInversion> first = new HashMap<>();
        index().properties().forEach(entry -> {
            String name = FOLDER + "/" + entry.getKey();
            try {
                String token = entry.getValue().path("token").asText();
                TextualInversion read = TextualInversion.read(Path.of(path(entry.getKey())), token);
                TextualInversion same =
                        first.putIfAbsent(entry.getValue().path("model").asText() + " " + token, read);
                if (same != null) {
                    report.exact(name, values(read), values(same));
                } else {
                    report.exact(name, new float[] {read.count()}, new float[] {
                        entry.getValue().path("vectors").asInt()
                    });
                }
            } catch (RuntimeException e) {
                report.fail(name, e.toString());
            }
        });
    }

    private static float[] values(TextualInversion embedding) {
        float[][] rows = embedding.vectors().get(0);
        float[] values = new float[rows.length * rows[0].length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, values, i * rows[0].length, rows[0].length);
        }
        return values;
    }

    // ---- folders ------------------------------------------------------------------------------------------------

    private void textEncoder(GoldenFile golden, Path model) {
        Path tokenizer = model.resolve("tokenizer");
        List<String> prompts = prompts(golden, "");
        try (ClipTokenizer plain = ClipTokenizer.loadUnexpanded(tokenizer, TOKENS);
                ClipTokenizer expanding = ClipTokenizer.load(tokenizer, TOKENS)) {
            for (String name : golden.names()) {
                boolean expanded = name.endsWith(EXPANDED);
                String full = FOLDER + "/" + golden.name() + "/" + name;
                List<Integer> rows = new ArrayList<>();
                for (int row = 0; row < prompts.size(); row++) {
                    if (!expanded || !isQuirk(golden, row)) {
                        rows.add(row);
                    }
                }
                List<String> texts = rows.stream().map(prompts::get).toList();
                float[] ids = TokenizerSuite.ids(expanded ? expanding : plain, texts);
                Golden stored = golden.read(name);
                float[] expected = rows(stored, rows);
                if (name.startsWith("ids")) {
                    report.exact(full, ids, expected);
                } else {
                    report.compare(full, lastHiddenState(model, ids, texts.size()), expected, TEXT);
                }
            }
        }
    }

    /**
     * Whether diffusers' replacement in the whole prompt has expanded a token again that was written out already: it
     * then contains the name of a vector of a vector, such as {@code t_1_1}.
     */
    private static boolean isQuirk(GoldenFile golden, int row) {
        JsonNode converted = golden.parameter("ids" + EXPANDED, "converted");
        return converted.path(row).asText().matches("(?s).*_\\d+_\\d+.*");
    }

    private static float[] rows(Golden golden, List<Integer> rows) {
        int length = golden.values().length / (int) golden.shape()[0];
        float[] values = new float[rows.size() * length];
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(golden.row(rows.get(i)).values(), 0, values, i * length, length);
        }
        return values;
    }

    private static float[] lastHiddenState(Path model, float[] ids, int prompts) {
        Path folder = model.resolve("text_encoder");
        ClipTextConfig config = ClipTextConfig.of(NetworkConfig.read(folder.resolve("config.json")));
        ClipTextEncoder encoder = new ClipTextEncoder(config, ScalarType.FLOAT32);
        Program program = Platform.of(Device.cpu())
                .fit(encoder::program, MemoryFormat.CHANNELS_FIRST, 2)
                .program();
        long[] longs = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
            longs[i] = (long) ids[i];
        }
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
                WeightSource weights = TextEncoderWeights.of(
                        WeightFiles.open(folder, WeightFiles.TRANSFORMERS_STEM), config.numHiddenLayers(), false);
                DeviceWeights onDevice =
                        DeviceWeights.load(weights, program.weights(), Set.of(), manager, ScalarType.FLOAT32);
                CompiledProgram compiled = CompiledProgram.compile(program, onDevice)) {
            NDArray input = manager.create(longs, new Shape(prompts, TOKENS));
            return compiled.call(manager, ClipTextEncoder.FORWARD, Argument.of(input))
                    .toFloatArray();
        }
    }
}
