package io.sparkinversion.verify.models;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.diffusion.AdaptedModel;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.ModelAdditions;
import io.sparkinversion.diffusion.ModelAdditions.Lora;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.diffusion.ModelNetworks;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.verify.CaseReport;
import io.sparkinversion.verify.GoldenFile;
import io.sparkinversion.verify.GoldenFile.Golden;
import io.sparkinversion.verify.GoldenFolder;
import io.sparkinversion.verify.ModelUnderTest;
import io.sparkinversion.weights.WeightSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * LoRAs in a fixture's {@code lora/MODEL}, by the goldens in {@code goldens/lora-MODEL}: merged weights, sums of all
 * others, and what the UNet and the text encoders make of them.
 */
public record LoraCases(Path fixtures, List<Path> models, CaseReport report) {
    private static final String PREFIX = "lora-";
    private static final String LORAS = "lora";
    private static final String MERGED = "merged";
    private static final String UNET = "unet";
    private static final String END_TO_END = "end_to_end";
    private static final double MERGED_WEIGHT = 1e-6;
    private static final double UNET_OUTPUT = 5e-5;
    private static final double TEXT = 3e-5;
    private static final double SUM = 1e-4;
    private static final int TIMESTEP = 501;

    /** A file and its scale in a tensor's name: {@code kohya.s0.7.unet}. */
    private static final Pattern ALONE = Pattern.compile("(.+)\\.s(-?\\d+(?:\\.\\d+)?)");

    private static final Pattern OUTPUT = Pattern.compile("(.+)\\.(unet|(?:text_encoder(?:_2)?)\\.\\w+)");

    public static boolean matches(String folder) {
        return folder.startsWith(PREFIX);
    }

    public void verify(GoldenFolder folder) {
        String name = folder.name().substring(PREFIX.length());
        Path model = models.stream()
                .filter(path -> path.getFileName().toString().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("no folder models/" + name + " in or beside " + fixtures));
        for (String file : folder.files()) {
            try (GoldenFile golden = GoldenFile.open(folder, file)) {
                if (file.equals(MERGED)) {
                    merged(folder, golden, model);
                } else {
                    outputs(folder, golden, model);
                }
            }
        }
        if (Files.isRegularFile(folder.path().resolve("checksums.json"))) {
            checksums(folder, model);
        }
        unnamed(folder, model);
    }

    private ModelComponents adapted(Path model, List<Lora> stack) {
        ModelAdditions additions = new ModelAdditions(null, null, null, stack, List.of());
        return AdaptedModel.of(new DiffusersFolder(model), additions, Path::of);
    }

    private Lora lora(Path model, String file, double scale) {
        Path folder = fixtures.resolve(LORAS).resolve(model.getFileName());
        return new Lora(folder.resolve(file + ".safetensors").toString(), scale);
    }

    private void guarded(String name, Runnable body) {
        try {
            body.run();
        } catch (RuntimeException e) {
            report.fail(name, e.toString());
        }
    }

    // ---- weights ------------------------------------------------------------------------------------------------

    private void merged(GoldenFolder folder, GoldenFile golden, Path model) {
        Map<String, List<String>> byFile = new TreeMap<>();
        golden.names().forEach(name -> byFile.computeIfAbsent(
                        name.substring(0, Math.max(0, name.indexOf('|'))), file -> new ArrayList<>())
                .add(name));
        byFile.forEach((file, names) -> guarded(folder.name() + "/" + MERGED + "/" + file, () -> {
            ModelComponents components = adapted(model, List.of(lora(model, file, 1)));
            for (String name : names) {
                String[] parts = name.split("\\|");
                Golden expected = golden.read(name);
                float[] actual =
                        weights(components, Map.of(parts[1], Set.of(parts[2]))).get(parts[1] + "|" + parts[2]);
                report.compare(folder.name() + "/" + MERGED + "/" + name, actual, expected.values(), MERGED_WEIGHT);
            }
        }));
    }

    /** Weights by component and name, from the components' folders' names. */
    private static Map<String, float[]> weights(ModelComponents model, Map<String, Set<String>> wanted) {
        ModelNetworks networks = ModelNetworks.of(model, ScalarType.FLOAT32);
        Map<String, float[]> values = new TreeMap<>();
        for (Component component : networks.components()) {
            Set<String> names = wanted.getOrDefault(component.folder(), Set.of());
            if (!names.isEmpty()) {
                Program program = networks.program(component, Target.portable());
                try (WeightSource source = networks.weights(model, component, program)) {
                    names.forEach(name -> values.put(
                            component.folder() + "|" + name, source.read(name).toFloats()));
                }
            }
        }
        return values;
    }

    private void checksums(GoldenFolder folder, Path model) {
        JsonNode files;
        try {
            files = new ObjectMapper()
                    .readTree(folder.path().resolve("checksums.json").toFile())
                    .path("files");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        files.properties()
                .forEach(file -> guarded(folder.name() + "/checksums/" + file.getKey(), () -> {
                    Map<String, Set<String>> wanted = new TreeMap<>();
                    file.getValue().fieldNames().forEachRemaining(key -> wanted.computeIfAbsent(
                                    key.substring(0, key.indexOf('|')), component -> new TreeSet<>())
                            .add(key.substring(key.indexOf('|') + 1) + ".weight"));
                    Map<String, float[]> values =
                            weights(adapted(model, List.of(lora(model, file.getKey(), 1))), wanted);
                    float[] actual = new float[2 * values.size()];
                    float[] expected = new float[actual.length];
                    int next = 0;
                    for (Map.Entry<String, float[]> weight : values.entrySet()) {
                        double sum = 0;
                        double squares = 0;
                        for (float value : weight.getValue()) {
                            sum += value;
                            squares += (double) value * value;
                        }
                        JsonNode stored = file.getValue().path(weight.getKey().replaceFirst("\\.weight$", ""));
                        actual[next] = (float) sum;
                        expected[next++] = (float) stored.get(0).asDouble();
                        actual[next] = (float) squares;
                        expected[next++] = (float) stored.get(1).asDouble();
                    }
                    report.compare(folder.name() + "/checksums/" + file.getKey(), actual, expected, SUM);
                }));
    }

    // ---- outputs ------------------------------------------------------------------------------------------------

    private void outputs(GoldenFolder folder, GoldenFile golden, Path model) {
        Map<String, List<String>> stacks = new TreeMap<>();
        for (String name : golden.names()) {
            Matcher output = OUTPUT.matcher(name);
            if (output.matches()) {
                stacks.computeIfAbsent(output.group(1), stack -> new ArrayList<>())
                        .add(name);
            } else {
                report.notSupported(
                        folder.name() + "/" + golden.name() + "/" + name, "no case for a tensor of this name");
            }
        }
        stacks.forEach((stack, names) -> guarded(folder.name() + "/" + golden.name() + "/" + stack, () -> {
            try (ModelUnderTest loaded = ModelUnderTest.load(adapted(model, stack(golden, model, stack)))) {
                Outputs outputs = new Outputs(loaded, sibling(folder, model));
                for (String name : names) {
                    String kind = name.substring(stack.length() + 1);
                    float[] actual =
                            stack.equals(END_TO_END) ? outputs.endToEnd() : outputs.of(kind, golden.shape(name)[0]);
                    report.compare(
                            folder.name() + "/" + golden.name() + "/" + name,
                            actual,
                            golden.read(name).values(),
                            kind.equals(UNET) ? UNET_OUTPUT : TEXT);
                }
            }
        }));
    }

    /** The goldens of the model without LoRAs, whose inputs these share. */
    private static GoldenFolder sibling(GoldenFolder folder, Path model) {
        return GoldenFolder.of(folder.path().resolveSibling(model.getFileName().toString()));
    }

    private List<Lora> stack(GoldenFile golden, Path model, String stack) {
        List<Lora> loras = new ArrayList<>();
        golden.parameter(stack + "." + UNET, "stack")
                .forEach(pair ->
                        loras.add(lora(model, pair.get(0).asText(), pair.get(1).asDouble())));
        if (!loras.isEmpty()) {
            return loras;
        }
        if (stack.equals(END_TO_END)) {
            // The kohya file, whatever the naming of its blocks.
            String kohya = GoldenFolder.list(fixtures.resolve(LORAS).resolve(model.getFileName())).stream()
                    .map(file -> file.getFileName().toString())
                    .filter(file -> file.matches("kohya(_orig)?\\.safetensors"))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("there is no kohya file"));
            return List.of(lora(model, kohya.replace(".safetensors", ""), 1));
        }
        Matcher alone = ALONE.matcher(stack);
        if (!alone.matches()) {
            throw new IllegalArgumentException("index.json gives no stack for it");
        }
        return List.of(lora(model, alone.group(1), Double.parseDouble(alone.group(2))));
    }

    /** Files without goldens of their own: another naming of one that has some, or its text half. */
    private void unnamed(GoldenFolder folder, Path model) {
        for (String[] pair :
                new String[][] {{"kohya_diff", "kohya_orig"}, {"text_only", "kohya"}, {"text_only", "kohya_orig"}}) {
            Path file = Path.of(lora(model, pair[0], 1).address());
            Path other = Path.of(lora(model, pair[1], 1).address());
            if (Files.exists(file) && Files.exists(other) && folder.has(LORAS)) {
                guarded(folder.name() + "/" + pair[0], () -> likeAnother(folder, model, pair[0], pair[1]));
            }
        }
    }

    private void likeAnother(GoldenFolder folder, Path model, String file, String other) {
        try (GoldenFile golden = GoldenFile.open(folder, LORAS);
                ModelUnderTest loaded = ModelUnderTest.load(adapted(model, List.of(lora(model, file, 1))))) {
            Outputs outputs = new Outputs(loaded, sibling(folder, model));
            String prefix = other + ".s1.";
            boolean textOnly = file.equals("text_only");
            for (String name : golden.names()) {
                if (name.startsWith(prefix)) {
                    String kind = name.substring(prefix.length());
                    boolean unet = kind.equals(UNET);
                    float[] expected = unet && textOnly
                            ? sibling(folder, model)
                                    .tensor(UNET, "sq.t" + TIMESTEP)
                                    .orElseThrow()
                                    .values()
                            : golden.read(name).values();
                    report.compare(
                            folder.name() + "/" + file + "/" + kind,
                            outputs.of(kind, golden.shape(name)[0]),
                            expected,
                            unet ? UNET_OUTPUT : TEXT);
                }
            }
        }
    }

    /** What a model makes of the inputs that the goldens of its folder have. */
    private record Outputs(ModelUnderTest loaded, GoldenFolder inputs) {

        private Golden input(String tensor) {
            return inputs.tensor(UNET, tensor)
                    .orElseThrow(() -> new IllegalArgumentException("goldens/" + inputs.name() + " has no " + tensor));
        }

        /** The model's own goldens have them. */
        private List<String> prompts(int count) {
            List<String> prompts = Stream.of("ids_1", "ids")
                    .map(tensor -> inputs.prompts("text", tensor))
                    .filter(found -> !found.isEmpty())
                    .findFirst()
                    .orElseGet(() -> inputs.prompts("tokenizer", "ids"));
            if (prompts.size() < count) {
                throw new IllegalArgumentException("the goldens of the model that the LoRA is merged into give "
                        + prompts.size() + " prompts in text and tokenizer, and " + count + " are needed");
            }
            return prompts.subList(0, count);
        }

        private float[] of(String kind, long rows) {
            if (kind.equals(UNET)) {
                NDArray context = loaded.array(input("context"));
                NDArray embedding = loaded.model().hasAddition()
                        ? loaded.model().embedding(loaded.scope(), context, loaded.array(input("text_embeds")))
                        : context;
                return predict(embedding);
            }
            NDArray embedding = loaded.model().embed(loaded.scope(), prompts((int) rows));
            if (!loaded.model().hasAddition()) {
                return embedding.toFloatArray();
            }
            XlModel xl = XlModel.of(loaded);
            int first = loaded.model().firstTextWidth();
            return switch (kind) {
                case "text_encoder.penultimate" ->
                    embedding.get(":, :-1, :" + first).toFloatArray();
                case "text_encoder_2.penultimate" ->
                    embedding.get(":, :-1, " + first + ":").toFloatArray();
                case "text_encoder_2.pooled" -> xl.pooled(embedding);
                default -> throw new IllegalArgumentException("no case for outputs '" + kind + "'");
            };
        }

        private float[] endToEnd() {
            int rows = (int) input("sq.sample").shape()[0];
            return predict(loaded.model().embed(loaded.scope(), prompts(rows)));
        }

        private float[] predict(NDArray embedding) {
            Conditioning text = loaded.model().condition(loaded.scope(), embedding);
            NDArray latent = loaded.array(input("sq.sample"));
            int[] timestep = {TIMESTEP};
            return loaded.model().hasAddition()
                    ? loaded.model()
                            .predict(
                                    loaded.scope(),
                                    latent,
                                    timestep,
                                    text,
                                    input("sq.time_ids").values())
                            .toFloatArray()
                    : loaded.model()
                            .predict(loaded.scope(), latent, timestep, text)
                            .toFloatArray();
        }
    }
}
