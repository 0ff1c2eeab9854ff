package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.editing.Negatives;
import io.sparkinversion.editing.PromptToPrompt;
import io.sparkinversion.inversion.Branches;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.EditFriendlyInversion;
import io.sparkinversion.inversion.EditFriendlyInversion.Extracted;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.PlainBranches;
import io.sparkinversion.inversion.Trajectory;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Edit-friendly DDPM inversion, from given noises: the files {@code ef_ddpmN} ({@code zs*}, {@code xts*},
 * {@code recon*} and {@code edit*}) and {@code ef_p2pN} (prompt-to-prompt from the former's inversion at guidance 1).
 */
record StochasticSuite(Source source) implements Suite {
    private static final double LATENT = 1e-3;
    /** Noise maps divide by a small deviation at low levels; edits at a high guidance multiply every difference. */
    private static final double AMPLIFIED = 5e-3;

    private static final double HIGH_GUIDANCE = 10;
    private static final String NOISE = "noise";
    private static final String MAPS = "zs";
    private static final String LEVELS = "xts";
    private static final String LATENTS = ".latents";

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input(Source.LATENT, NOISE);
        for (String name : golden.names()) {
            if (name.startsWith(MAPS) || name.startsWith(LEVELS)) {
                cases.run(() -> extracted(golden, name, cases), name);
            } else if (name.startsWith("recon") || name.startsWith("edit")) {
                cases.run(() -> sampled(golden, name, cases), name);
            } else if (name.endsWith(LATENTS)) {
                cases.run(() -> promptToPrompt(golden, name, cases), name);
            }
        }
    }

    private void extracted(GoldenFile golden, String name, Cases cases) {
        Extracted extracted = extract(golden, name, method(golden, name));
        if (name.startsWith(LEVELS)) {
            cases.compare(name, ModelUnderTest.values(extracted.latents()), LATENT);
        } else {
            cases.compare(name, ModelUnderTest.values(extracted.maps()), AMPLIFIED);
        }
    }

    private EditFriendlyInversion method(GoldenFile golden, String name) {
        double guidance = golden.parameter(name, "cfg_src").asDouble(1);
        int skip = golden.parameter(name, "skip").asInt(0);
        int count = source.steps(golden);
        double eta = golden.parameter(name, "eta").asDouble(1);
        // Between two whole numbers of steps, so that rounding down gives the right one.
        double strength = skip == 0 ? 1 : (count - skip + 0.5) / count;
        return new EditFriendlyInversion(guidance, strength, eta, 0);
    }

    private Extracted extract(GoldenFile golden, String name, EditFriendlyInversion method) {
        NDManager scope = source.model().scope();
        String prompt = golden.parameter(name, "prompt").asText(null);
        Conditioning caption = prompt == null ? source.caption(golden, 1) : text(List.of(prompt));
        NDArray start = source.model().array(stored(golden, Source.LATENT));
        Inversion image =
                new Inversion(source.schedule(golden), new Trajectory(List.of(start)), caption, () -> source.empty(1));
        Golden noise = stored(golden, NOISE);
        List<NDArray> noises = new ArrayList<>();
        for (int level = 0; level < noise.shape()[0]; level++) {
            noises.add(source.model().array(noise.rows(level, level + 1)));
        }
        return method.extract(scope, new Denoiser(source.model().model()), image, noises);
    }

    /** Of the file itself, or of the inversion's that belongs to it. */
    private Golden stored(GoldenFile golden, String tensor) {
        if (golden.has(tensor)) {
            return golden.read(tensor);
        }
        String file = "ef_ddpm" + source.steps(golden);
        return source.folder()
                .tensor(file, tensor)
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no '" + tensor + "' in it, nor in " + file + ".safetensors beside it"));
    }

    private Conditioning text(List<String> prompts) {
        return source.model().model().condition(source.model().scope(), prompts);
    }

    private void sampled(GoldenFile golden, String name, Cases cases) {
        List<String> prompts = new ArrayList<>(golden.prompts(name));
        double ofSource = golden.parameter(name, "cfg_src").asDouble(1);
        List<Double> scales = scales(golden.parameter(name, "cfg"));
        if (prompts.isEmpty()) {
            String own = name.startsWith("recon") ? "prompt" : "prompt_tar";
            prompts.add(golden.parameter(name, own).asText());
        }
        if (scales.isEmpty()) {
            scales.add(golden.parameter(name, "cfg_tar").asDouble(ofSource));
        }
        NDManager scope = source.model().scope();
        Branches branches = PlainBranches.of(
                scope, new Denoiser(source.model().model()), source.empty(prompts.size()), text(prompts));
        compare(golden, name, branches, scales, source.schedule(golden).size(), cases);
    }

    private static List<Double> scales(JsonNode given) {
        List<Double> scales = new ArrayList<>();
        given.forEach(scale -> scales.add(scale.asDouble()));
        return scales;
    }

    private void promptToPrompt(GoldenFile golden, String name, Cases cases) {
        NDManager scope = source.model().scope();
        List<String> prompts = golden.prompts(name);
        String edit = name.substring(0, name.length() - LATENTS.length());
        int count = source.steps(golden);
        NDArray empty = source.model().model().embed(scope, Collections.singletonList(""));
        Branches branches = PromptToPrompt.of(
                scope,
                new Denoiser(source.model().model()),
                List.of(EditParameters.edits(golden, name, edit, prompts)),
                Negatives.of(List.of(empty)),
                count);
        compare(golden, name, branches, scales(golden.parameter(name, "cfg")), count, cases);
    }

    private void compare(
            GoldenFile golden, String name, Branches branches, List<Double> scales, int count, Cases cases) {
        NDManager scope = source.model().scope();
        boolean edit = name.endsWith(LATENTS);
        EditFriendlyInversion method = method(golden, name);
        EditFriendlyInversion inversion =
                edit ? new EditFriendlyInversion(scales.get(0), method.strength(), method.eta(), 0) : method;
        Extracted extracted = extract(golden, name, inversion);
        List<Step> steps = method.sampled(source.model().model().schedule().steps(count));
        List<NDArray> maps = new ArrayList<>();
        extracted.maps().forEach(map -> maps.add(repeated(map, scales.size())));
        float[] values = new float[scales.size()];
        double most = 0;
        for (int i = 0; i < values.length; i++) {
            values[i] = scales.get(i).floatValue();
            most = Math.max(most, values[i]);
        }
        NDArray scale = scope.create(values, new Shape(values.length, 1, 1, 1));
        NDArray start = repeated(extracted.latents().get(steps.size()), scales.size());
        Denoiser unet = new Denoiser(source.model().model());
        Trajectory result = method.sample(scope, unet, steps, start, maps, branches.guided(scale));
        cases.compare(name, Rows.of(result, golden.shape(name)[0]), most > HIGH_GUIDANCE ? AMPLIFIED : LATENT);
    }

    private NDArray repeated(NDArray array, int times) {
        NDArray repeated = array.repeat(0, times);
        repeated.attach(source.model().scope());
        return repeated;
    }
}
