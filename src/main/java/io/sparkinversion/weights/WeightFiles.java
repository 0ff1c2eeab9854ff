package io.sparkinversion.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Finds the weights in a component's folder, by the names that Hugging Face diffusers and transformers give them, and
 * opens weight files by what they are, not by what they are called.
 */
public final class WeightFiles {

    /** The weight files' name in the folders of diffusers' networks: UNet and VAE. */
    public static final String DIFFUSERS_STEM = "diffusion_pytorch_model";

    /** The weight files' name in the folders of transformers' networks: text encoders. */
    public static final String TRANSFORMERS_STEM = "model";

    private static final String INDEX_PART = ".index.";
    private static final byte[] LFS_POINTER = "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);
    private static final int START_BYTES = 64;
    private static final int MAX_LISTED = 20;

    private WeightFiles() {}

    /** {@link #open(Path, String, WeightPrecision)} with the full-precision file where there are several. */
    public static WeightSource open(Path folder, String stem) {
        return open(folder, stem, WeightPrecision.FULL);
    }

    /**
     * Opens a component's weights: STEM.safetensors or its shards, else the {@code fp16} variant (the other way round
     * where half precision is preferred), else the same names with {@code .bin}, else the {@code non_ema} or {@code bf16}
     * variant.
     *
     * @param folder such as {@code unet/}
     * @param stem the weight file's name without variant and ending: {@code diffusion_pytorch_model} for a UNet or VAE,
     *     {@code model} for a text encoder (whose {@code .bin} is called {@code pytorch_model})
     * @throws WeightsException if there is none, naming what was looked for and what the folder holds, or it cannot be
     *     read
     */
    public static WeightSource open(Path folder, String stem, WeightPrecision preferred) {
        return openFile(folder.resolve(choose(names(folder), stem, preferred, folder.toString())));
    }

    /**
     * Opens one weight file, as {@link #openCheckpoint}, or the index of several, told by its {@code .json} ending.
     *
     * @throws WeightsException if it cannot be read or is none of these
     */
    public static WeightSource openFile(Path file) {
        return isIndex(file.toString()) ? ShardedWeights.open(file) : openCheckpoint(file);
    }

    /**
     * Opens one weight file: safetensors or a PyTorch checkpoint ({@code .pth}, {@code .pt}, {@code .bin}, {@code
     * .ckpt}), told apart by its first bytes.
     *
     * @throws WeightsException if it cannot be read or is neither
     */
    public static WeightSource openCheckpoint(Path file) {
        return open(file, false);
    }

    /**
     * Likewise, where a PyTorch checkpoint may hold objects of other classes beside its tensors, as training code leaves
     * them there. They are skipped; nothing of them is executed.
     */
    public static WeightSource openAmongOthers(Path file) {
        return open(file, true);
    }

    /**
     * Opens a weight file whose tensors may lie in dicts within dicts: their keys are joined by {@code /}. Objects of
     * other classes are as good as dicts; nothing of them is executed.
     */
    public static WeightSource openNested(Path file) {
        MappedFile mapped = MappedFile.open(file);
        ByteBuffer start = mapped.slice(0, Math.min(mapped.size(), START_BYTES), "the start");
        return TorchCheckpoint.matches(start) ? TorchCheckpoint.openNested(file) : openCheckpoint(file);
    }

    /** Texts that a PyTorch checkpoint has beside its tensors, such as {@code name}. */
    public static Map<String, String> texts(WeightSource source) {
        return source instanceof TorchCheckpoint checkpoint ? checkpoint.texts() : Map.of();
    }

    /** The {@code __metadata__} of a safetensors file; empty for other files. */
    public static Map<String, String> metadata(WeightSource source) {
        return source instanceof SafetensorsFile file ? file.metadata() : Map.of();
    }

    /** Whole numbers that a PyTorch checkpoint has beside its tensors, such as {@code global_step}. */
    public static Map<String, Long> numbers(WeightSource source) {
        return source instanceof TorchCheckpoint checkpoint ? checkpoint.numbers() : Map.of();
    }

    private static WeightSource open(Path file, boolean amongOthers) {
        MappedFile mapped = MappedFile.open(file);
        ByteBuffer start = mapped.slice(0, Math.min(mapped.size(), START_BYTES), "the start");
        if (TorchCheckpoint.matches(start)) {
            return amongOthers ? TorchCheckpoint.openAmongOthers(file) : TorchCheckpoint.open(file);
        }
        String name = file.toString();
        if (name.endsWith(".safetensors") && !isLfsPointer(start) || startsLikeSafetensors(start, mapped.size())) {
            return SafetensorsFile.open(file);
        }
        if (isLfsPointer(start)) {
            throw new WeightsException(file + " is a Git LFS pointer, not the weights; fetch them with 'git lfs pull'");
        }
        throw new WeightsException(file + " (" + mapped.size() + " bytes) is neither a safetensors file nor a PyTorch"
                + " checkpoint; it is damaged, or of another format: convert it to safetensors");
    }

    /**
     * Which of a folder's files {@link #open} takes.
     *
     * @param folder for messages
     * @throws WeightsException if it has none of them
     */
    static String choose(Set<String> names, String stem, WeightPrecision preferred, String folder) {
        return find(names, stem, preferred)
                .orElseThrow(() -> new WeightsException("no weights in " + folder
                        + "; looked for " + String.join(", ", candidates(stem, preferred)) + "; " + holds(names)
                        + ". Fetch one of these files"));
    }

    /** Like {@link #choose}; empty if there is none of them. */
    static Optional<String> find(Collection<String> names, String stem, WeightPrecision preferred) {
        return candidates(stem, preferred).stream().filter(names::contains).findFirst();
    }

    /** Whether a file is an index of shards, by its name. */
    static boolean isIndex(String name) {
        return name.contains(INDEX_PART) && name.endsWith(".json");
    }

    /** The names of the files in a local folder; links to nowhere, as broken hub caches have them, are marked. */
    private static Set<String> names(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new WeightsException(
                    Files.exists(folder) ? folder + " is not a folder" : "there is no folder " + folder);
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> !Files.isDirectory(file))
                    .map(file -> file.getFileName() + (Files.exists(file) ? "" : " (a broken link)"))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new WeightsException("cannot list " + folder + ": " + e.getMessage(), e);
        }
    }

    private static String holds(Collection<String> names) {
        if (names.isEmpty()) {
            return "it holds no files";
        }
        String more = names.size() > MAX_LISTED ? " and " + (names.size() - MAX_LISTED) + " more" : "";
        return "it holds " + names.stream().sorted().limit(MAX_LISTED).collect(Collectors.joining(", ")) + more;
    }

    private static List<String> candidates(String stem, WeightPrecision preferred) {
        // transformers' two names for one thing
        String pickleStem = stem.equals(TRANSFORMERS_STEM) ? "pytorch_model" : stem;
        List<String> names = new ArrayList<>();
        for (String ending : List.of(".safetensors", ".bin")) {
            String base = ending.equals(".bin") ? pickleStem : stem;
            List<String> full = List.of(base + ending, base + ending + ".index.json");
            // diffusers has written the index of a variant in both ways
            List<String> half = List.of(
                    base + ".fp16" + ending,
                    base + ending + ".index.fp16.json",
                    base + ".fp16" + ending + ".index.json");
            names.addAll(preferred == WeightPrecision.HALF ? half : full);
            names.addAll(preferred == WeightPrecision.HALF ? full : half);
        }
        // Other weights than the ones that images are made with: only where there is nothing else.
        names.add(stem + ".non_ema.safetensors");
        names.add(pickleStem + ".non_ema.bin");
        names.add(stem + ".bf16.safetensors");
        return names;
    }

    /** A header length that fits the file, and JSON after it. */
    private static boolean startsLikeSafetensors(ByteBuffer start, long size) {
        if (start.remaining() <= Long.BYTES) {
            return false;
        }
        long length = start.order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        return length > 0 && length <= size - Long.BYTES && start.get(Long.BYTES) == '{';
    }

    private static boolean isLfsPointer(ByteBuffer start) {
        return start.remaining() > LFS_POINTER.length
                && start.slice(0, LFS_POINTER.length).equals(ByteBuffer.wrap(LFS_POINTER));
    }
}
