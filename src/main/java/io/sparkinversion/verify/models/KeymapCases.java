package io.sparkinversion.verify.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.diffusion.FakeModel;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.diffusion.ModelNetworks;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.verify.CaseReport;
import io.sparkinversion.verify.GoldenFolder;
import io.sparkinversion.weights.FakeWeights;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightViews;
import io.sparkinversion.weights.WeightViews.Part;
import io.sparkinversion.weights.WeightViews.View;
import io.sparkinversion.weights.WeightsException;
import io.sparkinversion.weights.single.Architecture;
import io.sparkinversion.weights.single.SingleFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;

/**
 * The original names of the released models at full size, of which a fixture's {@code keymaps/} says what diffusers and
 * transformers call them: every one must be taken for the same, in the same way.
 */
public record KeymapCases(Path fixtures, CaseReport report) {
    private static final String FOLDER = "keymaps";
    private static final String ENDING = ".json.gz";
    private static final String REFINER = "refiner";

    /** All of the folder, if there is one. */
    public void verify() {
        Path folder = fixtures.resolve(FOLDER);
        if (!Files.isDirectory(folder)) {
            return;
        }
        for (Path file : GoldenFolder.list(folder)) {
            String name = file.getFileName().toString();
            if (name.endsWith(ENDING)) {
                String map = name.substring(0, name.length() - ENDING.length());
                try {
                    verify(map, read(file).path("keys"));
                } catch (RuntimeException e) {
                    report.fail(FOLDER + "/" + map, e.toString());
                }
            }
        }
    }

    private static JsonNode read(Path file) {
        try (InputStream input = new GZIPInputStream(Files.newInputStream(file))) {
            return new ObjectMapper().readTree(input);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    private void verify(String map, JsonNode keys) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        keys.properties().forEach(entry -> {
            long[] shape = new long[entry.getValue().path("shape").size()];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = entry.getValue().path("shape").get(i).asLong();
            }
            shapes.put(entry.getKey(), shape);
        });
        if (map.equals(REFINER)) {
            try (SingleFile file = SingleFile.of(new FakeWeights(shapes, 0))) {
                report.fail(FOLDER + "/" + map, "it was taken for " + file.architecture());
            } catch (WeightsException e) {
                boolean named = e.getMessage().contains(REFINER);
                report.exact(FOLDER + "/" + map, new float[] {named ? 1 : 0}, new float[] {1});
            }
            return;
        }
        try (SingleFile file = SingleFile.of(new FakeWeights(shapes, 0))) {
            Architecture architecture = file.architecture();
            ModelNetworks networks = ModelNetworks.of(new FakeModel(architecture.configs()), ScalarType.FLOAT32);
            for (Component component : networks.components()) {
                verify(map, component, keys, file, networks.program(component, Target.portable()));
            }
        }
    }

    private void verify(String map, Component component, JsonNode keys, SingleFile file, Program program) {
        List<String> names = program.weights().stream().map(WeightSpec::name).toList();
        WeightSource source =
                switch (component) {
                    case UNET -> file.unet(names);
                    case VAE -> file.vae(names);
                    case TEXT_ENCODER -> file.textEncoder(false);
                    default -> file.textEncoder(true);
                };
        Map<String, String> expected = new TreeMap<>();
        keys.properties().forEach(entry -> {
            JsonNode value = entry.getValue();
            if (value.path("component").asText().equals(component.folder())) {
                for (int i = 0; i < value.path("keys").size(); i++) {
                    Part part = part(value.path("transform").asText(), i);
                    expected.put(value.path("keys").get(i).asText(), entry.getKey() + " " + part);
                }
            }
        });
        Map<String, String> actual = new TreeMap<>();
        for (String name : source.names()) {
            View view = ((WeightViews) source).view(name);
            actual.put(name, view.stored() + " " + view.part());
        }
        // What the file has and the architecture does not use is left out later, or refused.
        actual.keySet().retainAll(expected.keySet());
        String name = FOLDER + "/" + map + "/" + component.folder();
        TreeSet<String> differing = new TreeSet<>(expected.keySet());
        differing.removeIf(key -> expected.get(key).equals(actual.get(key)));
        boolean complete = expected.keySet().containsAll(names);
        if (!differing.isEmpty() || !complete) {
            report.fail(
                    name,
                    differing.isEmpty()
                            ? "the map lacks weights of the architecture"
                            : differing.size() + " of " + expected.size() + " names differ: " + differing.first()
                                    + " is " + actual.get(differing.first()) + ", expected "
                                    + expected.get(differing.first()));
        } else {
            report.exact(name, new float[] {actual.size()}, new float[] {expected.size()});
        }
    }

    private static Part part(String transform, int index) {
        return switch (transform) {
            case "none" -> Part.WHOLE;
            case "squeeze_1x1" -> Part.WITHOUT_TRAILING_ONES;
            case "transpose" -> Part.TRANSPOSED;
            case "split_qkv" ->
                List.of(Part.QUERY_ROWS, Part.KEY_ROWS, Part.VALUE_ROWS).get(index);
            default -> throw new IllegalArgumentException("the map has an unknown transform '" + transform + "'");
        };
    }
}
