package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.editing.BranchSampling;
import io.sparkinversion.editing.EditSettings;
import io.sparkinversion.editing.ImageEdits;
import io.sparkinversion.editing.Negatives;
import io.sparkinversion.editing.PromptToPrompt;
import io.sparkinversion.inversion.Branches;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.DirectInversion;
import io.sparkinversion.inversion.PlainBranches;
import io.sparkinversion.inversion.Trajectory;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * The branches of one edit, the source's first: latents after every step, and what else the file has of it.
 *
 * @param tensor the latents {@code [steps, K, C, h, w]}, or {@code [steps, C, h, w]} of the source alone
 * @param edit the name without {@code .latents}
 */
record EditCase(Source source, GoldenFile golden, Suite.Cases cases, String tensor, String edit) {
    private static final double LATENT = 1e-3;
    private static final double SOURCE_BRANCH = 1e-5;
    private static final String START = "xT";
    private static final String STORE = "store";

    /** How the branches are sampled, and what they are guided against. */
    private enum Protocol {
        /** Negative-prompt inversion: against the source prompt. */
        NEGATIVE_PROMPT,
        /** Against the embeddings of null-text inversion. */
        NULL_TEXT,
        /** Against the empty prompt. */
        EMPTY,
        /** Direct inversion: against the empty prompt, the source branch put back on the inversion. */
        DIRECT
    }

    /** Runs it, as a case of all its tensors. */
    void verify() {
        long[] shape = golden.shape(tensor);
        if (shape.length != 4 && shape.length != 5) {
            cases.notSupported(
                    tensor,
                    "its shape " + Arrays.toString(shape) + " is not that of latents, [steps, branches, C, h, w]");
            return;
        }
        cases.run(
                () -> {
                    try (NDManager scope = source.model().model().newScope()) {
                        verify(scope);
                    }
                },
                tensors());
    }

    private String[] tensors() {
        List<String> all = new ArrayList<>(List.of(tensor, mask()));
        golden.names().stream()
                .filter(name -> name.startsWith(edit) && FinalImages.isOne(name)
                        || edit.startsWith(STORE) && StoredMaps.isOne(name))
                .forEach(all::add);
        return all.toArray(String[]::new);
    }

    /** A golden may have the start as well, or the end alone; otherwise its rows are the steps. */
    private int steps() {
        int rows = (int) golden.shape(tensor)[0];
        OptionalInt known = source.knownSteps(golden);
        return known.isPresent() && (rows == 1 || rows == known.getAsInt() + 1) ? known.getAsInt() : rows;
    }

    private String mask() {
        return golden.has(edit + "_masks") ? edit + "_masks" : edit + ".masks";
    }

    private void verify(NDManager scope) {
        Protocol protocol = protocol();
        int count = branches(golden, tensor);
        List<String> prompts = prompts(source, golden, tensor, group(), count);
        List<Step> steps = source.model().model().schedule().steps(steps());
        Denoiser unet = new Denoiser(source.model().model());
        List<NDArray> negative = negative(scope, protocol, prompts.get(0), steps.size());
        ImageEdits edits = EditParameters.edits(golden, tensor, edit, prompts);
        if (protocol == Protocol.DIRECT && isPlain(edits)) {
            List<String> empty = Collections.nCopies(prompts.size(), "");
            Branches branches = PlainBranches.of(
                    scope,
                    unet,
                    source.model().model().condition(scope, empty),
                    source.model().model().condition(scope, prompts));
            compare(sample(scope, protocol, unet, branches, steps, prompts.size()));
            return;
        }
        PromptToPrompt branches = PromptToPrompt.of(scope, unet, List.of(edits), Negatives.of(negative), steps.size());
        RecordedMasks recorded = new RecordedMasks(branches);
        Trajectory result = sample(scope, protocol, unet, recorded, steps, prompts.size());
        compare(result);
        if (golden.has(mask())) {
            cases.exact(mask(), recorded.masks(edits, golden.read(mask()).values()));
        }
        if (edit.startsWith(STORE)) {
            StoredMaps.compare(source.model(), golden, cases, branches, steps, result);
        }
    }

    private void compare(Trajectory result) {
        cases.compare(tensor, Rows.of(result, golden.shape(tensor)[0]), LATENT);
        FinalImages.compare(source.model(), golden, cases, edit, result.last(), LATENT);
    }

    private static boolean isPlain(ImageEdits edits) {
        return edits.targets().stream().allMatch(target -> target.settings().equals(EditSettings.NONE));
    }

    /** How many branches a golden {@code [steps, K, C, h, w]} has; one where it leaves their dimension out. */
    static int branches(GoldenFile golden, String tensor) {
        long[] shape = golden.shape(tensor);
        if (shape.length != 4 && shape.length != 5) {
            throw new IllegalArgumentException(
                    "its shape " + Arrays.toString(shape) + " is not [steps, branches, C, h, w]");
        }
        return shape.length == 4 ? 1 : (int) shape[1];
    }

    /** Of the source alone where that is the only branch. */
    static List<String> prompts(Source source, GoldenFile golden, String tensor, String group, int count) {
        boolean own = count > 1 || golden.prompts(tensor).size() == 1;
        return own ? golden.prompts(tensor, group, count) : source.captions(1);
    }

    /** The beginning of the names of tensors that are sure to be of the same prompts, if the index gives it none. */
    private String group() {
        return tensor.startsWith(DirectSuite.PREFIX) ? DirectSuite.PREFIX : tensor;
    }

    /** As the index says, or the name. */
    private Protocol protocol() {
        String method = golden.parameter(tensor, "method").asText().toLowerCase(Locale.ROOT);
        if (method.contains("direct") || edit.startsWith("direct")) {
            return Protocol.DIRECT;
        }
        if (method.contains("null-text") || edit.startsWith("nti")) {
            return Protocol.NULL_TEXT;
        }
        boolean empty = method.contains("empty") || method.contains("ddim") || edit.matches("(cfg_empty|ddim).*");
        return empty ? Protocol.EMPTY : Protocol.NEGATIVE_PROMPT;
    }

    private Trajectory sample(
            NDManager scope, Protocol protocol, Denoiser unet, Branches branches, List<Step> steps, int count) {
        double guidance = golden.guidance(tensor);
        if (protocol == Protocol.DIRECT) {
            Trajectory inversion = source.trajectory(golden);
            NDArray noise = inversion.last().repeat(0, count);
            noise.attach(scope);
            Trajectory result = DirectInversion.sample(scope, unet, branches, steps, inversion, noise, guidance);
            if (golden.has(Source.TRAJECTORY)) {
                cases.compare(Source.TRAJECTORY, " source branch of " + tensor, sourceBranch(result), SOURCE_BRANCH);
            }
            return result;
        }
        NDArray start = golden.has(START)
                ? source.model().array(golden.read(START))
                : source.trajectory(golden).last();
        NDArray noise = start.repeat(0, count);
        noise.attach(scope);
        return BranchSampling.sample(scope, unet, steps, noise, guidance, branches);
    }

    /** The first branch from the image to the noise, as a trajectory is stored. */
    private static float[] sourceBranch(Trajectory edit) {
        List<NDArray> rows = new ArrayList<>();
        edit.latents().forEach(latents -> rows.add(latents.get("0:1")));
        Collections.reverse(rows);
        return ModelUnderTest.values(rows);
    }

    /** One for all steps or one each. */
    private List<NDArray> negative(NDManager scope, Protocol protocol, String prompt, int steps) {
        if (protocol != Protocol.NULL_TEXT) {
            String text = protocol == Protocol.NEGATIVE_PROMPT ? prompt : "";
            return List.of(source.model().model().embed(scope, List.of(text)));
        }
        Golden stored = source.folder()
                .tensor("inv" + steps, NullTextSuite.EMBEDDINGS)
                .orElseThrow(() -> new IllegalArgumentException("there is no " + NullTextSuite.EMBEDDINGS + " in inv"
                        + steps + ".safetensors beside it, which it is guided against"));
        List<NDArray> embeddings = new ArrayList<>();
        for (int step = 0; step < steps; step++) {
            embeddings.add(source.model().array(stored.rows(step, step + 1)));
        }
        return embeddings;
    }
}
