package io.sparkinversion.worker;

import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.AdaptedModel;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.FakeModel;
import io.sparkinversion.diffusion.ModelAdditions;
import io.sparkinversion.diffusion.ModelAdditions.Embedding;
import io.sparkinversion.diffusion.ModelAdditions.Lora;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.diffusion.ModelComponents.Component;
import io.sparkinversion.diffusion.SingleFileModel;
import io.sparkinversion.weights.Address;
import io.sparkinversion.weights.HubCache;
import io.sparkinversion.weights.ModelFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;

/**
 * Where a model and what is added to it are: a folder, a single file, or {@code fake:NAME}.
 *
 * @param model absolute where it is local
 * @param file where a model in a single file is on this machine; null for others
 * @param additions likewise
 */
record ModelAddress(String model, Path file, ModelAdditions additions, Configuration hadoop) {
    private static final List<String> FILES = List.of(".safetensors", ".ckpt", ".pt", ".pth", ".bin");

    static ModelAddress of(String model, ModelAdditions additions, Configuration hadoop) {
        String address = absolute(model);
        // Once: the copy of a remote file is hashed each time that it is asked for.
        Path file = isFile(address) ? ModelFolder.ofUser(hadoop).resolveFile(address) : null;
        if (additions.config() != null && file == null) {
            throw new UserException("config: " + additions.config() + " is for models in a single file; " + model
                    + " has configs of its own");
        }
        return new ModelAddress(address, file, absolute(additions), hadoop);
    }

    /** A model's components for as long as they are needed. */
    record Outline(ModelComponents components, ModelFolder.Outline copy) implements AutoCloseable {
        @Override
        public void close() {
            if (copy != null) {
                copy.close();
            }
        }
    }

    /** What can be checked before gigabytes are copied. */
    Outline outline() {
        if (model.startsWith(FakeModel.PREFIX) || file != null) {
            return new Outline(components(), null);
        }
        ModelFolder.Outline copy = folder().outline(model);
        try {
            return new Outline(adapted(new DiffusersFolder(copy.folder())), copy);
        } catch (RuntimeException e) {
            copy.close();
            throw e;
        }
    }

    ModelComponents components() {
        return adapted(base());
    }

    private ModelComponents base() {
        if (model.startsWith(FakeModel.PREFIX)) {
            return new FakeModel(model.substring(FakeModel.PREFIX.length()));
        }
        return file != null ? single() : new DiffusersFolder(folder().resolve(model));
    }

    private SingleFileModel single() {
        return SingleFileModel.open(file, additions.config() == null ? null : configFolder(additions.config()));
    }

    private static Path configFolder(String address) {
        return Address.local(address)
                .map(HubCache::snapshot)
                .orElseThrow(() -> new UserException(
                        "config: " + address + " is not on this machine; give a local folder, its files are small"));
    }

    private ModelComponents adapted(ModelComponents base) {
        return AdaptedModel.of(base, additions, this::local);
    }

    private Path local(String address) {
        return Address.local(address).orElseGet(() -> folder().resolveFile(address));
    }

    private ModelFolder folder() {
        return ModelFolder.ofUser(hadoop);
    }

    /** SHA-256 over all that results depend on; the address of a fake model without additions. */
    String fingerprint() {
        if (model.startsWith(FakeModel.PREFIX) && additions.isEmpty()) {
            return model;
        }
        if (file == null && additions.isEmpty()) {
            return ModelFolder.fingerprint(folder().resolve(model));
        }
        List<String> parts = new ArrayList<>();
        if (model.startsWith(FakeModel.PREFIX)) {
            parts.add(model);
        } else if (file != null) {
            parts.add(ModelFolder.hash(file));
            SingleFileModel single = single();
            parts.add(single.prediction().type().name());
            parts.add(single.tokenizerFingerprint());
        } else {
            parts.add(ModelFolder.fingerprint(folder().resolve(model)));
        }
        parts.add("config");
        if (additions.config() != null) {
            parts.add(hash(additions.config()));
        }
        parts.add("vae");
        if (additions.vae() != null) {
            parts.add(hash(additions.vae()));
        }
        parts.add("prediction " + additions.predictionType());
        additions.loras().forEach(lora -> parts.add("lora " + hash(lora.address()) + " " + lora.scale()));
        additions.embeddings().forEach(each -> parts.add("embedding " + hash(each.address()) + " " + token(each)));
        return ContentKey.of(parts);
    }

    /** The name that stands for it in prompts depends on the file's where none is given. */
    private static String token(Embedding embedding) {
        String address = embedding.address();
        return embedding.token() == null ? address.substring(address.lastIndexOf('/') + 1) : embedding.token();
    }

    private String hash(String address) {
        return ModelFolder.hash(local(address));
    }

    /** What the user should know. */
    List<String> notes() {
        List<String> notes = new ArrayList<>();
        if (file != null) {
            SingleFileModel single = single();
            notes.add("model: " + single.architecture() + " in a single file"
                    + (!single.configured(Component.UNET)
                            ? ", read by the configs of the released model"
                            : ", read by the configs in " + single.folder()));
            boolean asked = additions.predictionType() != null;
            single.prediction()
                    .source()
                    .filter(source -> !asked && !single.configured(Component.SCHEDULER))
                    .ifPresent(source -> notes.add("prediction type: "
                            + single.prediction().type().name().toLowerCase(Locale.ROOT) + " (" + source + ")"));
        }
        if (additions.vae() != null) {
            notes.add("VAE: " + additions.vae());
        }
        additions.loras().forEach(lora -> notes.add("LoRA: " + lora.address() + ", scale " + lora.scale()));
        additions
                .embeddings()
                .forEach(each -> notes.add(
                        "embedding: " + each.address() + (each.token() == null ? "" : " as " + each.token())));
        return notes;
    }

    /** Whether an address is one of a file and not of a folder. */
    private static boolean isFile(String address) {
        return !address.startsWith(FakeModel.PREFIX)
                && (Address.hasScheme(address) && Address.local(address).isEmpty()
                        ? FILES.stream().anyMatch(address.toLowerCase(Locale.ROOT)::endsWith)
                        : Files.isRegularFile(Address.local(address).orElseThrow()));
    }

    static String absolute(String model) {
        if (model.startsWith(FakeModel.PREFIX) || Address.hasScheme(model)) {
            return model;
        }
        Path path = Path.of(model);
        if (Files.isRegularFile(path)) {
            return path.toAbsolutePath().normalize().toString();
        }
        if (!Files.isDirectory(path)) {
            throw new UserException("model: no such folder or file: " + model + "; " + remedy(model));
        }
        return HubCache.snapshot(path).toAbsolutePath().normalize().toString();
    }

    private static String remedy(String model) {
        String expected = "expected a diffusers folder with unet/, vae/, text_encoder/, tokenizer/, scheduler/, or a"
                + " .safetensors, .ckpt or .pt file";
        if (!HubCache.looksLikeId(model)) {
            return expected;
        }
        String name = model.substring(model.indexOf('/') + 1);
        return expected + "; to take a model of the Hugging Face hub, run 'hf download " + model
                + " --local-dir models/" + name + "' and give --model models/" + name;
    }

    static ModelAdditions absolute(ModelAdditions additions) {
        return new ModelAdditions(
                existing("config", additions.config()),
                existing("vae", additions.vae()),
                additions.predictionType(),
                additions.loras().stream()
                        .map(lora -> new Lora(existing("lora", lora.address()), lora.scale()))
                        .toList(),
                additions.embeddings().stream()
                        .map(each -> new Embedding(existing("embedding", each.address()), each.token()))
                        .toList());
    }

    private static String existing(String option, String address) {
        if (address == null || Address.hasScheme(address)) {
            return address;
        }
        if (!Files.exists(Path.of(address))) {
            throw new UserException(option + ": no such file: " + address);
        }
        return Path.of(address).toAbsolutePath().normalize().toString();
    }
}
