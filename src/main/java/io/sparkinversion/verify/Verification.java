package io.sparkinversion.verify;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.diffusion.ClipTokenizer;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Walks a fixture folder ({@code models/NAME}, {@code goldens/NAME}, {@code goldens/shared}, {@code lpips},
 * {@code lpips-true}) and compares every golden tensor in it with what this code computes, on the CPU in float32.
 * Models are also looked for beside the folder, in {@code ../models}, LPIPS weights in {@code ../lpips}.
 */
public final class Verification {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int TOKENS = 77;

    private final Path fixtures;
    private final CaseReport report;

    private Verification(Path fixtures, CaseReport report) {
        this.fixtures = fixtures;
        this.report = report;
    }

    /**
     * @throws IllegalArgumentException if there is no {@code goldens} folder
     */
    public static CaseReport run(Path fixtures, PrintStream out) {
        if (!Files.isDirectory(fixtures.resolve("goldens"))) {
            throw new IllegalArgumentException(fixtures + " is no fixture folder: it has no folder 'goldens'");
        }
        CaseReport report = new CaseReport(out);
        Verification verification = new Verification(fixtures, report);
        for (Path folder : list(fixtures.resolve("goldens"))) {
            if (Files.isDirectory(folder)) {
                verification.folder(folder);
            }
        }
        Path trueLpips = fixtures.resolve("lpips-true");
        if (Files.isDirectory(trueLpips)) {
            verification.lpips(trueLpips, "lpips-true");
        }
        return report;
    }

    private void folder(Path folder) {
        String name = folder.getFileName().toString();
        switch (name) {
            case "shared" -> shared(folder);
            case "lpips" -> lpips(folder, name);
            default -> model(folder, name);
        }
    }

    private void model(Path folder, String name) {
        Path modelFolder = Stream.of(fixtures.resolve("models"), fixtures.resolveSibling("models"))
                .map(parent -> parent.resolve(name))
                .filter(Files::isDirectory)
                .findFirst()
                .orElse(null);
        if (modelFolder == null) {
            report.fail(name, "no folder models/" + name + " in or beside " + fixtures);
            return;
        }
        try (ModelUnderTest model = ModelUnderTest.load(modelFolder)) {
            JsonNode index = index(folder);
            for (String file : goldenFiles(folder)) {
                Suite suite = suite(folder, file, index, model);
                verify(name, folder, file, index, suite);
            }
        } catch (RuntimeException e) {
            report.fail(name, "the model does not load: " + e.getMessage());
        }
    }

    private static Suite suite(Path folder, String file, JsonNode index, ModelUnderTest model) {
        if (file.equals("text") || file.equals("tokenizer")) {
            String holder = file.equals("text") && index.path("text").has("ids") ? "text" : "tokenizer";
            List<String> prompts = new ArrayList<>();
            index.path(holder).path("ids").path("params").path("prompts").forEach(node -> prompts.add(node.asText()));
            return new TextSuite(model, prompts);
        }
        if (file.equals("vae")) {
            return new VaeSuite(model);
        }
        if (file.equals("unet")) {
            return new UNetSuite(model);
        }
        if (file.matches("inv\\d+")) {
            return inversion(folder, file, index, model);
        }
        if (file.matches("prox\\d+")) {
            return new ProximalSuite(model, new EditControllers(model));
        }
        if (file.matches("(p2p|extra)\\d+")) {
            return new PromptToPromptSuite(model, folder, index);
        }
        if (file.matches("nti_earlystop\\d+")) {
            String inversions = file.replace("nti_earlystop", "inv");
            return new NullTextSuite(model, caption(index), trajectory(folder, inversions, index));
        }
        return (golden, cases) -> { };
    }

    private static Suite inversion(Path folder, String file, JsonNode index, ModelUnderTest model) {
        JsonNode prompt = index.path(file).path("context").path("params").path("prompt");
        if (prompt.isTextual()) {
            NDArray start = startLatent(folder, index, model);
            return Suite.all(
                    new InversionSuite(model, List.of(prompt.asText()), start),
                    new NullTextSuite(model, prompt.asText(), trajectory(folder, file, index)),
                    new DirectSuite(model, new EditControllers(model)));
        }
        List<String> captions = new ArrayList<>();
        index.path("tokenizer").path("ids").path("params").path("prompts").forEach(node -> captions.add(node.asText()));
        try (GoldenFile golden = GoldenFile.open(folder, file, index)) {
            int images = (int) golden.read("ddim_traj").shape()[1];
            return new InversionSuite(model, captions.subList(0, images), null);
        }
    }

    /** The one image's caption, which the file with the image's inversions gives. */
    private static String caption(JsonNode index) {
        for (Map.Entry<String, JsonNode> file : index.properties()) {
            JsonNode prompt = file.getValue().path("context").path("params").path("prompt");
            if (file.getKey().startsWith("inv") && prompt.isTextual()) {
                return prompt.asText();
            }
        }
        throw new IllegalArgumentException("index.json gives no prompt for any inv file");
    }

    /** The reference's own inversion. */
    private static Golden trajectory(Path folder, String file, JsonNode index) {
        try (GoldenFile golden = GoldenFile.open(folder, file, index)) {
            return golden.read("ddim_traj");
        }
    }

    /** The first image's latent, which the inversion of the fixture starts from. */
    private static NDArray startLatent(Path folder, JsonNode index, ModelUnderTest model) {
        try (GoldenFile vae = GoldenFile.open(folder, "vae", index)) {
            NDArray pixels = model.pixels(vae.read("image_u8_0"));
            return model.model().encode(model.scope(), pixels);
        }
    }

    private void shared(Path folder) {
        JsonNode index = index(folder);
        List<ClipTokenizer> tokenizers = new ArrayList<>();
        for (Path model : list(fixtures.resolve("models"))) {
            tokenizers.add(ClipTokenizer.load(model.resolve("tokenizer"), TOKENS));
        }
        try {
            for (String file : goldenFiles(folder)) {
                Suite suite = switch (file) {
                    case "tokenizer" -> new TokenizerSuite(tokenizers);
                    case "scheduler" -> new SchedulerSuite();
                    case "seq_aligner" -> new AlignerSuite(tokenizers.get(0));
                    default -> (golden, cases) -> { };
                };
                verify("shared", folder, file, index, suite);
            }
        } finally {
            tokenizers.forEach(ClipTokenizer::close);
        }
    }

    private void lpips(Path folder, String name) {
        List<Path> weights = List.of(fixtures.resolve("lpips"), fixtures.resolveSibling("lpips"));
        JsonNode index = index(folder);
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
            for (String file : goldenFiles(folder)) {
                verify(name, folder, file, index, new LpipsSuite(weights, manager));
            }
        }
    }

    private void verify(String group, Path folder, String file, JsonNode index, Suite suite) {
        String prefix = group + "/" + file + "/";
        try (GoldenFile golden = GoldenFile.open(folder, file, index)) {
            ReportedCases cases = new ReportedCases(golden, prefix);
            try {
                suite.verify(golden, cases);
            } catch (RuntimeException e) {
                report.fail(prefix + "*", e.toString());
            }
            golden.names().stream()
                    .filter(tensor -> !cases.seen.contains(tensor))
                    .forEach(tensor -> report.notSupported(prefix + tensor, ""));
        }
    }

    private final class ReportedCases implements Suite.Cases {
        private final GoldenFile golden;
        private final String prefix;
        private final Set<String> seen = new HashSet<>();

        private ReportedCases(GoldenFile golden, String prefix) {
            this.golden = golden;
            this.prefix = prefix;
        }

        @Override
        public void compare(String tensor, float[] actual, double tolerance) {
            compare(tensor, "", actual, tolerance);
        }

        @Override
        public void compare(String tensor, String suffix, float[] actual, double tolerance) {
            report.compare(prefix + tensor + suffix, actual, expected(tensor), tolerance);
        }

        @Override
        public void exact(String tensor, float[] actual) {
            report.exact(prefix + tensor, actual, expected(tensor));
        }

        @Override
        public void relative(String tensor, String suffix, float[] actual, double tolerance) {
            report.relative(prefix + tensor + suffix, actual, expected(tensor), tolerance);
        }

        @Override
        public void rootMeanSquare(String tensor, String suffix, float[] actual, double tolerance) {
            report.rootMeanSquare(prefix + tensor + suffix, actual, expected(tensor), tolerance);
        }

        private float[] expected(String tensor) {
            seen.add(tensor);
            return golden.read(tensor).values();
        }

        @Override
        public void input(String... tensors) {
            seen.addAll(List.of(tensors));
        }

        @Override
        public void notSupported(String tensor, String why) {
            seen.add(tensor);
            report.notSupported(prefix + tensor, why);
        }
    }

    private static List<String> goldenFiles(Path folder) {
        String ending = ".safetensors";
        return list(folder).stream()
                .map(file -> file.getFileName().toString())
                .filter(file -> file.endsWith(ending))
                .map(file -> file.substring(0, file.length() - ending.length()))
                .toList();
    }

    private static JsonNode index(Path folder) {
        try {
            return JSON.readTree(folder.resolve("index.json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + folder.resolve("index.json") + ": " + e.getMessage(), e);
        }
    }

    private static List<Path> list(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder, e);
        }
    }
}
