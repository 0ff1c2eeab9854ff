package io.sparkinversion.metrics;

import io.sparkinversion.network.LpipsNetwork;
import io.sparkinversion.weights.MergedWeights;
import io.sparkinversion.weights.SafetensorsFile;
import io.sparkinversion.weights.SafetensorsWriter;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightType;
import io.sparkinversion.weights.WeightsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes one safetensors file of the two files that a published LPIPS network comes in, as {@link Lpips#load} takes it:
 * the backbone's {@code features.*} and the heads' {@code linK.model.1.weight}, in float32. Nothing is kept unless all
 * hashes of {@link PublishedLpips} are right.
 */
public final class LpipsDownload {
    private static final Duration SILENCE = Duration.ofSeconds(60);
    private static final Predicate<String> IS_FEATURE = name -> name.startsWith("features.");
    private static final Predicate<String> IS_HEAD =
            Pattern.compile("lin\\d+\\.model\\.1\\.weight").asMatchPredicate();

    private static final String BACKBONE_ORIGIN = "backbone_origin";
    private static final String BACKBONE_HASH = "backbone_sha256";

    private final Duration silence;
    private final PrintWriter progress;

    /**
     * @param progress gets one line now and then
     */
    public LpipsDownload(PrintWriter progress) {
        this(SILENCE, progress);
    }

    LpipsDownload(Duration silence, PrintWriter progress) {
        this.silence = silence;
        this.progress = progress;
    }

    /** A file, and what messages and metadata call it. */
    private record Part(Path file, String origin) {}

    private interface Parts {
        Part part(String name, URI address, LpipsDownloadFolder temporary);
    }

    /**
     * Downloads; does nothing if the file is there already and its content is right.
     *
     * @param output the folder to write to; made if it does not exist
     * @return the file, named {@link PublishedLpips#fileName}
     * @throws WeightsException if a file cannot be fetched or is not the published one
     */
    public Path fetch(PublishedLpips published, Path output) {
        return make(published, output, (name, address, temporary) -> {
            Path file = temporary.file(name);
            new LpipsHttpDownload(silence, progress).fetch(address, file);
            return new Part(file, address.toString());
        });
    }

    /**
     * Like {@link #fetch}, with the two published files taken from a folder, where they keep their names.
     *
     * @throws WeightsException if a file is missing or is not the published one
     */
    public Path convert(PublishedLpips published, Path from, Path output) {
        requireFiles(List.of(published), from);
        return make(published, output, (name, address, temporary) -> {
            Path file = from.resolve(name);
            return new Part(file, file.toString());
        });
    }

    /**
     * @throws WeightsException if the folder lacks any of the published files; the message lists all that are needed,
     *     with their addresses
     */
    public static void requireFiles(List<PublishedLpips> published, Path from) {
        List<URI> needed = published.stream()
                .flatMap(each -> Stream.of(each.backboneAddress(), each.headsAddress()))
                .toList();
        List<String> missing = needed.stream()
                .map(PublishedLpips::fileName)
                .filter(name -> !Files.isRegularFile(from.resolve(name)))
                .toList();
        if (!missing.isEmpty()) {
            String list = needed.stream()
                    .map(address -> PublishedLpips.fileName(address) + " from " + address)
                    .collect(Collectors.joining(", "));
            throw new WeightsException(
                    from + " has no " + String.join(", no ", missing) + "; put these files there: " + list);
        }
    }

    private Path make(PublishedLpips published, Path output, Parts parts) {
        Path target = output.resolve(published.fileName()).toAbsolutePath().normalize();
        if (isComplete(target, published)) {
            say(target + " is there already, and right");
            return target;
        }
        try {
            Files.createDirectories(target.getParent());
            try (LpipsDownloadFolder temporary = LpipsDownloadFolder.in(target.getParent())) {
                Part backbone = parts.part(published.backboneFileName(), published.backboneAddress(), temporary);
                checkDigits(backbone, published.backboneDigits());
                Part heads = parts.part(published.headsFileName(), published.headsAddress(), temporary);
                Path merged = temporary.file(published.fileName());
                merge(published, backbone, heads, merged);
                Files.move(merged, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new WeightsException("cannot write " + target + ": " + e, e);
        }
        say(target + " written");
        return target;
    }

    private static void checkDigits(Part backbone, String expected) throws IOException {
        String found = LpipsDownloadHash.ofFile(backbone.file());
        if (!found.startsWith(expected)) {
            throw new WeightsException(backbone.origin() + " is not the published file: its SHA-256 should begin with "
                    + expected + ", as its name says, and is " + found + ". Nothing was kept; fetch the file again");
        }
    }

    private static void merge(PublishedLpips published, Part backbone, Part heads, Path merged) {
        try (WeightSource backboneWeights = open(backbone);
                WeightSource headWeights = open(heads)) {
            List<WeightTensor> features = read(backboneWeights, IS_FEATURE);
            List<WeightTensor> linear = read(headWeights, IS_HEAD);
            String featuresHash = LpipsDownloadHash.ofTensors(features);
            if (published.backboneHash() != null) {
                checkContent(backbone, "features.*", featuresHash, published.backboneHash());
            }
            checkContent(heads, "linK.model.1.weight", LpipsDownloadHash.ofTensors(linear), published.headsHash());
            checkArchitecture(published, new MergedWeights(List.of(backboneWeights, headWeights)), backbone);
            List<WeightTensor> tensors = new ArrayList<>(features);
            tensors.addAll(linear);
            SafetensorsWriter.write(merged, tensors, metadata(published, featuresHash));
        }
    }

    private static WeightSource open(Part part) {
        try {
            return WeightFiles.openCheckpoint(part.file());
        } catch (WeightsException e) {
            throw new WeightsException(part.origin() + " is not the published file: " + e.getMessage(), e);
        }
    }

    private static List<WeightTensor> read(WeightSource source, Predicate<String> wanted) {
        return source.names().stream()
                .filter(wanted)
                .map(source::read)
                .map(tensor -> new WeightTensor(tensor.name(), WeightType.F32, tensor.shape(), tensor.toFloat32()))
                .toList();
    }

    private static void checkContent(Part part, String names, String found, String expected) {
        if (!found.equals(expected)) {
            throw new WeightsException(part.origin() + " does not hold the published weights: the SHA-256 of its"
                    + " tensors " + names + " should be " + expected + " and is " + found
                    + ". Nothing was kept; fetch the file again");
        }
    }

    /** What a file name's digits vouch for alone could still be another network. */
    private static void checkArchitecture(PublishedLpips published, WeightSource weights, Part backbone) {
        LpipsNetwork network = new LpipsNetwork(weights);
        network.requireLayers();
        if (network.backbone() != published.backbone()) {
            throw new WeightsException(backbone.origin() + " holds the backbone " + network.backbone() + " where "
                    + published.backbone() + " was expected");
        }
    }

    private static Map<String, String> metadata(PublishedLpips published, String featuresHash) {
        return Map.of(
                "network",
                "lpips",
                "architecture",
                published.net(),
                "version",
                PublishedLpips.VERSION,
                BACKBONE_ORIGIN,
                published.backboneAddress().toString(),
                BACKBONE_HASH,
                featuresHash,
                "backbone_licence",
                "BSD-3-Clause (torchvision)",
                "heads_origin",
                published.headsAddress().toString(),
                "heads_sha256",
                published.headsHash(),
                "heads_licence",
                "BSD-2-Clause (LPIPS)");
    }

    /** Whether an earlier call left the file, and it is as that call left it. */
    private static boolean isComplete(Path file, PublishedLpips published) {
        if (!Files.isRegularFile(file)) {
            return false;
        }
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            // Without a published hash, the hash of what came from the published address counts.
            String backboneHash = published.backboneHash() != null
                    ? published.backboneHash()
                    : weights.metadata().get(BACKBONE_HASH);
            return published
                            .backboneAddress()
                            .toString()
                            .equals(weights.metadata().get(BACKBONE_ORIGIN))
                    && LpipsDownloadHash.ofTensors(read(weights, IS_FEATURE)).equals(backboneHash)
                    && LpipsDownloadHash.ofTensors(read(weights, IS_HEAD)).equals(published.headsHash());
        } catch (WeightsException e) {
            // Damaged: it is replaced.
            return false;
        }
    }

    private void say(String line) {
        progress.println(line);
        progress.flush();
    }
}
