package io.sparkinversion.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Which files of a diffusers folder a model is made of: configs, tokenizer files, one set of weights a component. */
final class ModelFiles {

    static final String MODEL_INDEX = "model_index.json";

    private static final String SCHEDULER = "scheduler";
    private static final String TOKENIZER = "tokenizer";

    /** The components with weights and the stem of their files. */
    private static final Map<String, String> STEMS = Map.of(
            "unet", "diffusion_pytorch_model",
            "vae", "diffusion_pytorch_model",
            "text_encoder", "model",
            "text_encoder_2", "model");

    private static final List<String> COMPONENTS = List.of("unet", "vae", "text_encoder", TOKENIZER, SCHEDULER);

    /** Of Stable Diffusion XL. */
    private static final List<String> SECOND = List.of("text_encoder_2", "tokenizer_2");

    private ModelFiles() {}

    /** A model's folder, wherever it is. */
    interface Listing {

        /** The names of the files directly in a sub-folder ("": the model's own); empty if there is no such folder. */
        Optional<Set<String>> files(String folder) throws IOException;

        /** The contents of a small file. */
        byte[] bytes(String relativeName) throws IOException;
    }

    /**
     * The relative names, with {@code /}, sorted. Weights are left out where a component has none: its network can
     * still be run with {@link FakeWeights}.
     *
     * @param address for messages
     * @throws WeightsException if the folder or a component's folder is missing
     */
    static List<String> needed(Listing model, WeightPrecision precision, String address) throws IOException {
        Set<String> files = model.files("")
                .orElseThrow(
                        () -> new WeightsException(
                                "no model at " + address
                                        + ": there is no such folder; give a local folder or one of a Hadoop file system (hdfs:, s3a:)"));
        Set<String> needed = new TreeSet<>();
        if (files.contains(MODEL_INDEX)) {
            needed.add(MODEL_INDEX);
        }
        List<String> missing = new ArrayList<>();
        for (String component : COMPONENTS) {
            Optional<Set<String>> names = model.files(component);
            if (names.isEmpty()) {
                missing.add(component + "/");
            } else {
                addComponent(model, component, names.get(), precision, needed);
            }
        }
        if (!missing.isEmpty()) {
            if (files.contains(MODEL_INDEX)) {
                PipelineKinds.refuseOthers(model.bytes(MODEL_INDEX), address);
            }
            throw new WeightsException("no model in the diffusers layout at " + address + ": it lacks "
                    + String.join(", ", missing) + "; looked for " + String.join("/, ", COMPONENTS) + "/");
        }
        for (String component : SECOND) {
            Optional<Set<String>> names = model.files(component);
            if (names.isPresent()) {
                addComponent(model, component, names.get(), precision, needed);
            }
        }
        return List.copyOf(needed);
    }

    private static void addComponent(
            Listing model, String component, Set<String> names, WeightPrecision precision, Set<String> needed)
            throws IOException {
        for (String name : names) {
            // The index of weights that are not chosen would be an index without its shards.
            if ((name.endsWith(".json") && !name.contains(".index.")) || name.endsWith(".txt")) {
                needed.add(component + "/" + name);
            }
        }
        String stem = STEMS.get(component);
        Optional<String> weights = stem == null ? Optional.empty() : WeightFiles.find(names, stem, precision);
        if (weights.isPresent()) {
            String chosen = component + "/" + weights.get();
            needed.add(chosen);
            if (WeightFiles.isIndex(chosen)) {
                ShardedWeights.weightMap(model.bytes(chosen), chosen)
                        .values()
                        .forEach(shard -> needed.add(component + "/" + shard));
            }
        }
    }

    /** A folder on this machine. */
    record LocalListing(Path root) implements Listing {

        @Override
        public Optional<Set<String>> files(String folder) throws IOException {
            Path path = root.resolve(folder);
            if (!Files.isDirectory(path)) {
                return Optional.empty();
            }
            try (Stream<Path> files = Files.list(path)) {
                Set<String> names = new TreeSet<>();
                files.filter(Files::isRegularFile)
                        .forEach(file -> names.add(file.getFileName().toString()));
                return Optional.of(names);
            }
        }

        @Override
        public byte[] bytes(String relativeName) throws IOException {
            return Files.readAllBytes(root.resolve(relativeName));
        }
    }
}
