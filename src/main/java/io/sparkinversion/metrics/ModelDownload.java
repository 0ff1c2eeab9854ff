package io.sparkinversion.metrics;

import io.sparkinversion.metrics.PublishedModel.Part;
import io.sparkinversion.network.DinoVit;
import io.sparkinversion.network.DinoVit.Config;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.weights.SafetensorsWriter;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightType;
import io.sparkinversion.weights.WeightsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Brings a {@link PublishedModel} to this machine. A file is kept only if its content has the published hash; DINO, which
 * has none, if it holds the weights of ViT-B/8, each of the right shape.
 */
public final class ModelDownload {
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private final PrintWriter progress;

    /** @param progress gets one line now and then */
    public ModelDownload(PrintWriter progress) {
        this.progress = progress;
    }

    private interface Supply {
        Path of(Part part, LpipsDownloadFolder temporary);
    }

    /**
     * Downloads the files that are not there already and right.
     *
     * @param output the folder to write the model's folder to; made if it does not exist
     * @return the model's folder
     * @throws WeightsException if a file cannot be fetched or is not the published one
     */
    public Path fetch(PublishedModel model, Path output) {
        return make(model, output, (part, temporary) -> {
            Path file = temporary.file(part.publishedName());
            new LpipsHttpDownload(SILENCE, progress).fetch(part.address(), file);
            return file;
        });
    }

    /**
     * Like {@link #fetch}, with the published files taken from a folder, where they keep their names.
     *
     * @throws WeightsException if a file is missing or is not the published one
     */
    public Path convert(PublishedModel model, Path from, Path output) {
        requireFiles(List.of(model), from);
        return make(model, output, (part, temporary) -> copy(from.resolve(part.publishedName()), temporary));
    }

    /**
     * @throws WeightsException if the folder lacks any of the published files; the message lists all that are needed,
     *     with their addresses
     */
    public static void requireFiles(List<PublishedModel> models, Path from) {
        List<Part> needed =
                models.stream().flatMap(model -> model.files().stream()).toList();
        List<String> missing = needed.stream()
                .map(Part::publishedName)
                .filter(name -> !Files.isRegularFile(from.resolve(name)))
                .toList();
        if (!missing.isEmpty()) {
            throw new WeightsException(from + " has no " + String.join(", no ", missing) + "; put these files there: "
                    + needed.stream()
                            .map(part -> part.publishedName() + " from " + part.address())
                            .collect(Collectors.joining(", ")));
        }
    }

    private Path make(PublishedModel model, Path output, Supply files) {
        Path folder = output.resolve(model.folder()).toAbsolutePath().normalize();
        try {
            Files.createDirectories(folder);
            try (LpipsDownloadFolder temporary = LpipsDownloadFolder.in(folder)) {
                for (Part part : model.files()) {
                    Path target = folder.resolve(part.name());
                    if (Files.exists(target) && problem(target, part) == null) {
                        say(target + " is there already, and right");
                        continue;
                    }
                    Path file = files.of(part, temporary);
                    String problem = problem(file, part);
                    if (problem != null) {
                        throw new WeightsException(part.address() + " is not the published file: " + problem
                                + ". It was not kept; fetch the file again");
                    }
                    Path kept = part.isCheckpoint() ? converted(file, part, temporary) : file;
                    Files.move(kept, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                    say(target + " written");
                }
            }
        } catch (IOException e) {
            throw new WeightsException("cannot write " + folder + ": " + e, e);
        }
        return folder;
    }

    /** What is wrong with a file's content; null for nothing. */
    private static String problem(Path file, Part part) throws IOException {
        if (part.sha256() != null) {
            String found = LpipsDownloadHash.ofFile(file);
            return found.equals(part.sha256()) ? null : "its SHA-256 should be " + part.sha256() + " and is " + found;
        }
        Config dino = DinoVit.VIT_B8;
        try (WeightSource weights = WeightFiles.openCheckpoint(file)) {
            DinoVit network = new DinoVit(dino, dino.imageSize(), dino.imageSize());
            DeviceWeights.requireFit(weights, network.program(Target.portable()).weights(), dino.ignoredWeights());
            return null;
        } catch (WeightsException e) {
            return e.getMessage();
        }
    }

    private static Path converted(Path file, Part part, LpipsDownloadFolder temporary) {
        Path converted = temporary.file(part.name());
        try (WeightSource weights = WeightFiles.openCheckpoint(file)) {
            List<WeightTensor> tensors = weights.names().stream()
                    .map(weights::read)
                    .map(tensor -> new WeightTensor(tensor.name(), WeightType.F32, tensor.shape(), tensor.toFloat32()))
                    .toList();
            SafetensorsWriter.write(
                    converted, tensors, Map.of("origin", part.address().toString()));
        }
        return converted;
    }

    private static Path copy(Path file, LpipsDownloadFolder temporary) {
        Path copy = temporary.file(file.getFileName().toString());
        try {
            return Files.copy(file, copy);
        } catch (IOException e) {
            throw new WeightsException("cannot copy " + file + ": " + e, e);
        }
    }

    private void say(String line) {
        progress.println(line);
        progress.flush();
    }
}
