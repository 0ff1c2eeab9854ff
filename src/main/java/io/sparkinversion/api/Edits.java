package io.sparkinversion.api;

import io.sparkinversion.UserException;
import io.sparkinversion.dataset.EditSource;
import io.sparkinversion.editing.EditMethod;
import io.sparkinversion.editing.EditOptions;
import io.sparkinversion.editing.EditOptions.Attention;
import io.sparkinversion.editing.EditOptions.Blend;
import io.sparkinversion.editing.Sharing.MutualSelfAttention;
import io.sparkinversion.editing.Sharing.PlugAndPlay;
import io.sparkinversion.editing.Sharing.Unified;
import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.EditRecipe.Control;
import io.sparkinversion.evaluation.edits.PublishedRow;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.weights.Address;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is edited, and how. Shares are of the steps, 0 to 1. */
public final class Edits {
    private static final String PROMPT_TO_PROMPT = "prompt-to-prompt";
    private static final String PROMPT_SWAP = "prompt-swap";
    private static final String MASACTRL = "masactrl";
    private static final String PLUG_AND_PLAY = "pnp";
    private static final String UNIFIED = "uac";
    private static final String PIE_BENCH = "pie-bench";

    private List<String> prompts = List.of();
    private List<String> controls = List.of(InversionSettings.CONTROL);
    private Attention attention = InversionOptions.choice("attention", Attention.class, InversionSettings.ATTENTION);
    private double crossReplace = InversionSettings.CROSS_REPLACE;
    private double selfReplace = InversionSettings.SELF_REPLACE;
    private final Map<String, Double> reweight = new LinkedHashMap<>();
    private Blend localBlend = InversionOptions.choice("local blend", Blend.class, InversionSettings.LOCAL_BLEND);
    private double blendStart = InversionSettings.BLEND_START;
    private double blendThreshold = InversionSettings.BLEND_THRESHOLD;
    private String clipModel;
    private String dinoModel;
    private String protocol;
    private List<PublishedRow> rows = List.of();
    private boolean keepInversions = true;

    /**
     * Makes the edit prompts from captions: {@code s/cat/dog/}, {@code {caption} in oil}, or a text for all images.
     * Default: the column edit_prompt of the dataset.
     */
    public Edits prompts(String... templates) {
        prompts = List.of(templates);
        return this;
    }

    /**
     * One or more of {@code prompt-to-prompt}, which is the default, {@code prompt-swap}, {@code masactrl} (mutual
     * self-attention), {@code pnp} (plug-and-play features) and, with the method infedit alone, {@code uac} (unified
     * attention control).
     */
    public Edits controls(String... names) {
        controls = List.of(names);
        return this;
    }

    /**
     * {@code pie-bench}: prompt-to-prompt is always refined, confined and with doubled attention where the dataset names
     * words; its options must then be left at their defaults. Default: null, for none.
     */
    public Edits protocol(String name) {
        protocol = name;
        return this;
    }

    /**
     * Rows of published PIE-Bench tables to compute again, such as {@code negative-prompt+p2p}: each with the method, its
     * settings and the control of its authors. The run's methods and controls are then those of the rows.
     *
     * @throws UserException if one is unknown or named twice
     */
    public Edits rows(String... names) {
        rows = PublishedRow.named(List.of(names));
        return this;
    }

    /** The methods of the rows; empty where no rows are asked for. */
    List<Method> rowMethods() {
        return rows.stream().map(PublishedRow::inversion).distinct().toList();
    }

    private List<Control> rowControls(EditOptions asked) {
        if (!controls.equals(List.of(InversionSettings.CONTROL)) || !asked.equals(new Edits().controlled())) {
            throw new UserException("rows: they set controls and all options of prompt-to-prompt; leave those out");
        }
        if (protocol != null && !protocol.equals(PIE_BENCH)) {
            throw new UserException("protocol: invalid value '" + protocol + "'; expected " + PIE_BENCH);
        }
        Map<String, List<PublishedRow>> byControl = new LinkedHashMap<>();
        rows.forEach(row -> byControl
                .computeIfAbsent(row.control(), any -> new ArrayList<>())
                .add(row));
        List<Control> found = new ArrayList<>();
        byControl.forEach((label, own) -> found.add(new Control(
                label,
                own.get(0).options(),
                own.stream().map(row -> row.inversion().label()).toList())));
        return found;
    }

    /** How attention is taken over. Default: auto. */
    public Edits attention(Attention how) {
        attention = how;
        return this;
    }

    /** Share of the steps in which cross-attention is the image's. Default: {@value InversionSettings#CROSS_REPLACE}. */
    public Edits crossReplace(double share) {
        crossReplace = share;
        return this;
    }

    /** Share of the steps in which self-attention is the image's. Default: {@value InversionSettings#SELF_REPLACE}. */
    public Edits selfReplace(double share) {
        selfReplace = share;
        return this;
    }

    /** Scales the attention to a word of the edit prompts. */
    public Edits reweight(String word, double factor) {
        reweight.put(word, factor);
        return this;
    }

    /** Whose words bound the region that may change. Default: auto. */
    public Edits localBlend(Blend whose) {
        localBlend = whose;
        return this;
    }

    /** Share of the steps before the first blend. Default: {@value InversionSettings#BLEND_START}. */
    public Edits blendStart(double share) {
        blendStart = share;
        return this;
    }

    /**
     * Of a region's attention, as a share of its maximum, 0 to 1. Default: {@value InversionSettings#BLEND_THRESHOLD}.
     */
    public Edits blendThreshold(double share) {
        blendThreshold = share;
        return this;
    }

    /** A CLIP model in the transformers layout, to compare edits with their prompts; null, the default, for none. */
    public Edits clipModel(String address) {
        clipModel = address;
        return this;
    }

    /**
     * A folder with the weights of DINO's ViT-B/8, {@code model.safetensors} or {@code pytorch_model.bin}, to measure how far
     * edits change the structure; null, the default, for none.
     */
    public Edits dinoModel(String address) {
        dinoModel = address;
        return this;
    }

    /** Whether later edits of the same images can start from this run's inversions. Default: they can. */
    public Edits keepInversions(boolean whether) {
        keepInversions = whether;
        return this;
    }

    /** @throws UserException if a method cannot edit under one of the controls */
    void require(List<Method> methods) {
        for (Method method : methods) {
            InversionOptions.users(() -> EditMethod.of(method));
            if (controls.contains(UNIFIED) && !method.label().startsWith("infedit")) {
                throw new UserException("control: " + UNIFIED + " edits with method infedit only, not with "
                        + method.label() + "; run it by itself");
            }
        }
    }

    private EditOptions byProtocol(EditOptions asked) {
        if (!protocol.equals(PIE_BENCH)) {
            throw new UserException("protocol: invalid value '" + protocol + "'; expected " + PIE_BENCH);
        }
        if (!asked.equals(new Edits().controlled())) {
            throw new UserException("protocol " + PIE_BENCH + " sets all options of prompt-to-prompt; got "
                    + asked.text() + "; leave them out");
        }
        return EditOptions.PIE_BENCH;
    }

    private EditOptions controlled() {
        return InversionOptions.users(() -> new EditOptions(
                attention, crossReplace, selfReplace, reweight, localBlend, blendStart, blendThreshold));
    }

    EditSource source() {
        return prompts.isEmpty() ? EditSource.DATASET : EditSource.templates(prompts);
    }

    /** @throws UserException if an option is out of its range or a control is unknown or named twice */
    EditRecipe recipe() {
        EditOptions controlled = controlled();
        List<Control> chosen = new ArrayList<>(rows.isEmpty() ? List.of() : rowControls(controlled));
        if (rows.isEmpty()) {
            chosen.addAll(namedControls(controlled));
        }
        return new EditRecipe(chosen, folder("clip model", clipModel), folder("dino model", dinoModel), keepInversions);
    }

    private List<Control> namedControls(EditOptions controlled) {
        List<Control> chosen = new ArrayList<>();
        for (String control : controls) {
            if (chosen.stream().anyMatch(other -> other.label().equals(control))) {
                throw new UserException("control: '" + control + "' is named twice");
            }
            chosen.add(new Control(
                    control,
                    switch (control) {
                        case PROMPT_TO_PROMPT -> protocol == null ? controlled : byProtocol(controlled);
                        case MASACTRL -> EditOptions.sharing(MutualSelfAttention.AUTHORS);
                        case PLUG_AND_PLAY -> EditOptions.sharing(PlugAndPlay.AUTHORS);
                        case UNIFIED -> EditOptions.sharing(Unified.AUTHORS);
                        case PROMPT_SWAP -> EditOptions.PROMPT_SWAP;
                        default ->
                            throw new UserException("control: invalid value '" + control + "'; expected "
                                    + String.join(", ", PROMPT_TO_PROMPT, PROMPT_SWAP, MASACTRL, PLUG_AND_PLAY)
                                    + " or " + UNIFIED);
                    }));
        }
        return chosen;
    }

    /** An absolute path, or the address as it is; null for none. */
    private static String folder(String setting, String address) {
        if (address == null || Address.hasScheme(address)) {
            return address;
        }
        Path folder = Path.of(address).toAbsolutePath().normalize();
        if (!Files.isDirectory(folder)) {
            throw new UserException(setting + ": there is no folder " + folder);
        }
        return folder.toString();
    }
}
