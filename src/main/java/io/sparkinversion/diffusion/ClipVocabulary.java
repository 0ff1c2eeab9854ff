package io.sparkinversion.diffusion;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.weights.HubCache;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Where the tokenizer of a single file comes from: the folder that the user names, a folder beside the file, or CLIP's
 * own repository in the hub's cache on this machine.
 */
final class ClipVocabulary {
    private static final String CLIP = "openai/clip-vit-large-patch14";
    /** What SD 2.x and the second encoder of SDXL pad with. */
    private static final String ZERO = "!";

    private ClipVocabulary() {}

    /** @throws UserException if there is none, saying how to get one */
    static ClipTokenizer tokenizer(SingleFileModel model, Component textEncoder, int length, boolean padsWithZero) {
        Path folder = folder(model, textEncoder);
        // One vocabulary serves all; only the padding differs. A tokenizer beside the file, or one without a text
        // encoder's config, may be of another kind of model.
        boolean own =
                model.configured(textEncoder) && folder.equals(model.folder().resolve(textEncoder.tokenizerFolder()));
        return own
                ? ClipTokenizer.load(folder, length)
                : ClipTokenizer.load(folder, length, padsWithZero ? ZERO : ClipTokenizer.END);
    }

    /** @throws UserException if there is none, saying how to get one */
    static Path folder(SingleFileModel model, Component textEncoder) {
        List<Path> places = new ArrayList<>();
        Path beside = model.file().toAbsolutePath().getParent();
        List<Path> parents = model.folder() == null ? List.of(beside) : List.of(model.folder(), beside);
        parents.forEach(parent -> places.add(parent.resolve(textEncoder.tokenizerFolder())));
        parents.forEach(parent -> places.add(parent.resolve(Component.TEXT_ENCODER.tokenizerFolder())));
        HubCache.find(CLIP).ifPresent(places::add);
        return places.stream()
                .filter(ClipVocabulary::isTokenizer)
                .findFirst()
                .orElseThrow(() -> new UserException("no tokenizer for " + model.file()
                        + ": a single file holds none. Give --config FOLDER, a diffusers folder of the same kind of model,"
                        + " or one with tokenizer/ alone; or run once: hf download " + CLIP
                        + " vocab.json merges.txt"));
    }

    private static boolean isTokenizer(Path folder) {
        return Files.isRegularFile(folder.resolve("tokenizer.json"))
                || Files.isRegularFile(folder.resolve("vocab.json"));
    }
}
