package io.sparkinversion.verify.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.AdaptedModel;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.ModelAdditions;
import io.sparkinversion.diffusion.ModelCheck;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.diffusion.ModelNetworks;
import io.sparkinversion.diffusion.SingleFileModel;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.WeightSpec;
import io.sparkinversion.verify.CaseReport;
import io.sparkinversion.verify.GoldenFolder;
import io.sparkinversion.weights.WeightSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Checkpoints in one file, of which a fixture's {@code single/} holds recipes: assembled from pieces of its models'
 * files, each must give the weights of the model's folder, bit by bit.
 */
public record SingleFileCases(Path fixtures, CaseReport report) {
    private static final String FOLDER = "single";
    private static final List<String> CHECKPOINTS = List.of(".safetensors", ".ckpt", ".pt");

    /** All of the folder, if there is one. */
    public void verify() {
        Path folder = fixtures.resolve(FOLDER);
        if (!Files.isDirectory(folder)) {
            return;
        }
        JsonNode index = index(folder);
        for (Path file : GoldenFolder.list(folder)) {
            String name = file.getFileName().toString();
            boolean recipe = Recipe.isOne(name);
            if (recipe || CHECKPOINTS.stream().anyMatch(name::endsWith)) {
                String checkpoint = recipe ? Recipe.target(name) : name;
                guarded(checkpoint, () -> {
                    Path configs = fixtures.resolve(
                            index.path(checkpoint).path("configs").asText("models/?"));
                    if (!recipe) {
                        verify(checkpoint, file, configs);
                        return;
                    }
                    Path assembled = Recipe.read(file).assemble(fixtures);
                    try {
                        verify(checkpoint, assembled, configs);
                    } finally {
                        Recipe.delete(assembled);
                    }
                });
            }
        }
    }

    private static JsonNode index(Path folder) {
        try {
            return new ObjectMapper().readTree(folder.resolve("index.json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the index of " + folder, e);
        }
    }

    private void guarded(String checkpoint, Runnable body) {
        try {
            body.run();
        } catch (RuntimeException e) {
            report.fail(FOLDER + "/" + checkpoint, e.toString());
        }
    }

    private void verify(String checkpoint, Path file, Path configs) {
        SingleFileModel single = SingleFileModel.open(file, configs);
        ModelComponents model = single;
        if (!single.hasVae()) {
            try {
                ModelCheck.check(single);
                report.fail(FOLDER + "/" + checkpoint + "/without-vae", "it was not refused");
            } catch (UserException e) {
                report.exact(FOLDER + "/" + checkpoint + "/without-vae", new float[1], new float[1]);
            }
            ModelAdditions vae = new ModelAdditions(null, configs.toString(), null, List.of(), List.of());
            model = AdaptedModel.of(single, vae, Path::of);
        }
        ModelNetworks networks = ModelCheck.check(model);
        DiffusersFolder folder = new DiffusersFolder(configs);
        for (Component component : networks.components()) {
            String name = FOLDER + "/" + checkpoint + "/" + component.folder();
            Program program = networks.program(component, Target.portable());
            try (WeightSource actual = networks.weights(model, component, program);
                    WeightSource expected = networks.weights(folder, component, program)) {
                report.exact(name, values(actual, program.weights()), values(expected, program.weights()));
            }
        }
    }

    private static float[] values(WeightSource source, List<WeightSpec> specs) {
        List<float[]> parts =
                specs.stream().map(spec -> source.read(spec.name()).toFloats()).toList();
        float[] all = new float[parts.stream().mapToInt(part -> part.length).sum()];
        int next = 0;
        for (float[] part : parts) {
            System.arraycopy(part, 0, all, next, part.length);
            next += part.length;
        }
        return all;
    }
}
