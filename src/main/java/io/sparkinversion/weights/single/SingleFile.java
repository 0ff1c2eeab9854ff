package io.sparkinversion.weights.single;

import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightViews;
import io.sparkinversion.weights.WeightViews.View;
import io.sparkinversion.weights.WeightsException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A model in one file under its original names, as checkpoints are shared ({@code .safetensors}, {@code .ckpt}, {@code
 * .pt}). Weights are taken from where they lie in the file. What belongs to training (EMA copies, schedules, losses,
 * optimizers) is ignored; the EMA copy of the UNet is taken where there is no other.
 */
public final class SingleFile implements AutoCloseable {
    static final String UNET = "model.diffusion_model.";
    static final String VAE = "first_stage_model.";
    private static final String EMA = "model_ema.";
    private static final String LOSS = "loss.";

    private final WeightSource stored;
    private final Architecture architecture;

    private SingleFile(WeightSource stored, Architecture architecture) {
        this.stored = stored;
        this.architecture = architecture;
    }

    /**
     * Reads the header only.
     *
     * @throws WeightsException if it cannot be read, is no such file, or a model of another kind
     */
    public static SingleFile open(Path path) {
        return of(WeightFiles.openAmongOthers(path));
    }

    /** Likewise, from the tensors of a file, which are closed with it. */
    public static SingleFile of(WeightSource stored) {
        try {
            return new SingleFile(stored, Architecture.of(stored));
        } catch (WeightsException e) {
            stored.close();
            throw e;
        }
    }

    public Architecture architecture() {
        return architecture;
    }

    /** Whether it has an autoencoder. */
    public boolean hasVae() {
        return stored.names().contains(VAE + "decoder.conv_in.weight");
    }

    /** A tensor beside the weights, such as {@code v_pred}. */
    public boolean has(String name) {
        return stored.names().contains(name);
    }

    /** How many steps it was trained for, -1 where it does not say. */
    public long globalStep() {
        return WeightFiles.numbers(stored).getOrDefault("global_step", -1L);
    }

    /**
     * The UNet's weights as diffusers names them. Closing them closes the file.
     *
     * @param names all that the architecture has
     */
    public WeightSource unet(Collection<String> names) {
        OriginalUNetNames original = OriginalUNetNames.of(names);
        Set<String> own = withPrefix(UNET);
        Map<String, View> views = new LinkedHashMap<>();
        if (own.isEmpty()) {
            Map<String, String> copies = emaCopies();
            for (String name : names) {
                String copy = copies.get((UNET.substring("model.".length()) + original.of(name)).replace(".", ""));
                if (copy != null) {
                    views.put(name, View.of(copy));
                }
            }
        } else {
            for (String name : names) {
                add(views, own, name, View.of(UNET + original.of(name)));
            }
        }
        return rest(views, own);
    }

    /** The autoencoder's, likewise. */
    public WeightSource vae(Collection<String> names) {
        Set<String> own = withPrefix(VAE);
        own.removeIf(name -> name.startsWith(VAE + LOSS));
        return rest(vaeViews(names, own, VAE), own);
    }

    /**
     * An autoencoder of a file of its own under any names: diffusers', or the original ones with or without the prefix
     * that they have in a whole model.
     */
    public static WeightSource vaeAlone(Path path, Collection<String> names) {
        WeightSource stored = WeightFiles.openAmongOthers(path);
        boolean original = stored.names().stream().anyMatch(name -> name.contains("decoder.up."));
        if (!original) {
            return stored;
        }
        String prefix = stored.names().stream().anyMatch(name -> name.startsWith(VAE)) ? VAE : "";
        Set<String> own = new LinkedHashSet<>(stored.names());
        own.removeIf(name -> !name.startsWith(prefix) || name.startsWith(prefix + LOSS) || name.startsWith(EMA));
        if (prefix.isEmpty()) {
            own.removeIf(name -> !name.matches("(encoder|decoder|quant_conv|post_quant_conv)\\..*"));
        }
        Map<String, View> views = vaeViews(names, own, prefix);
        own.removeIf(
                name -> views.values().stream().anyMatch(view -> view.stored().equals(name)));
        own.forEach(name -> views.put(name, View.of(name)));
        return new WeightViews(stored, views);
    }

    /** The kind of model that a file holds as a whole, by its text encoders; empty for a part of one. */
    public static Optional<Architecture> kindOf(Path path) {
        try (WeightSource stored = WeightFiles.openAmongOthers(path)) {
            return Architecture.byTextEncoders(stored.names());
        }
    }

    private static Map<String, View> vaeViews(Collection<String> names, Set<String> own, String prefix) {
        OriginalVaeNames original = OriginalVaeNames.of(names);
        Map<String, View> views = new LinkedHashMap<>();
        for (String name : names) {
            View view = original.of(name);
            add(views, own, name, new View(prefix + view.stored(), view.part()));
        }
        return views;
    }

    /**
     * A text encoder's, as transformers names them.
     *
     * @param second the second one of Stable Diffusion XL
     */
    public WeightSource textEncoder(boolean second) {
        String prefix = architecture.textPrefix(second);
        Map<String, String> stripped = new LinkedHashMap<>();
        withPrefix(prefix).forEach(name -> stripped.put(name.substring(prefix.length()), name));
        Map<String, View> views = new LinkedHashMap<>();
        if (OpenClipNames.matches(stripped.keySet())) {
            OpenClipNames.views(stripped.keySet())
                    .forEach((name, view) -> views.put(name, new View(prefix + view.stored(), view.part())));
        } else {
            stripped.forEach((name, original) -> views.put(name, View.of(original)));
        }
        return new WeightViews(stored, views);
    }

    private static void add(Map<String, View> views, Set<String> own, String name, View view) {
        if (own.contains(view.stored())) {
            views.put(name, view);
        }
    }

    /** What no name stands for keeps its own, so that it is reported and not passed over. */
    private WeightSource rest(Map<String, View> views, Set<String> own) {
        Set<String> left = new TreeSet<>(own);
        views.values().forEach(view -> left.remove(view.stored()));
        left.forEach(name -> views.put(name, View.of(name)));
        return new WeightViews(stored, views);
    }

    private Set<String> withPrefix(String prefix) {
        Set<String> names = new LinkedHashSet<>(stored.names());
        names.removeIf(name -> !name.startsWith(prefix));
        return names;
    }

    /** By their names without dots, which is how training code stores them. */
    private Map<String, String> emaCopies() {
        Map<String, String> copies = new HashMap<>();
        withPrefix(EMA).forEach(name -> copies.put(name.substring(EMA.length()), name));
        return copies;
    }

    @Override
    public void close() {
        stored.close();
    }
}
