package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.editing.BlendMask;
import io.sparkinversion.editing.BranchSampling;
import io.sparkinversion.editing.ImageEdits;
import io.sparkinversion.editing.LocalBlend;
import io.sparkinversion.editing.Negatives;
import io.sparkinversion.editing.PromptToPrompt;
import io.sparkinversion.inversion.Branches;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Trajectory;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Prompt-to-prompt edits from the noise that the file gives: the files {@code p2pN} and {@code extraN}. The negative
 * prompt is the source's (negative-prompt inversion), or the null-text embeddings of the file {@code invN} beside it
 * where the golden's name starts with {@code nti}, or empty where it starts with {@code cfg_empty}.
 *
 * @param folder of the golden files
 * @param index their {@code index.json}
 */
record PromptToPromptSuite(ModelUnderTest model, Path folder, JsonNode index) implements Suite {
    private static final double LATENT = 1e-3;
    private static final double TEXT = 2e-5;
    private static final double ATTENTION = 1e-4;
    /** Mask elements this near to their threshold may fall on either side. */
    private static final double MASK_MARGIN = 1e-4;
    private static final double GUIDANCE = 7.5;
    private static final String LATENTS = ".latents";
    private static final Pattern STORED_MAP = Pattern.compile("store\\.(down|mid|up)_cross\\.(\\d+)");

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input("xT");
        if (golden.has("uncond")) {
            cases.compare("uncond", model.model().embed(model.scope(), List.of(source(golden))).toFloatArray(), TEXT);
        }
        for (String name : golden.names()) {
            if (name.endsWith(LATENTS)) {
                try (NDManager scope = model.model().newScope()) {
                    verify(golden, name, scope, cases);
                }
            }
        }
    }

    /** All edits of a file are of one image. */
    private static String source(GoldenFile golden) {
        return golden.names().stream()
                .map(golden::prompts)
                .filter(prompts -> !prompts.isEmpty())
                .map(prompts -> prompts.get(0))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("index.json gives no prompts for " + golden.name()));
    }

    private void verify(GoldenFile golden, String name, NDManager scope, Cases cases) {
        String edit = name.substring(0, name.length() - LATENTS.length());
        StableDiffusion diffusion = model.model();
        List<String> prompts = golden.prompts(name);
        int count = (int) golden.read(name).shape()[0];
        List<Step> steps = diffusion.schedule().steps(count);
        List<NDArray> negative = negative(scope, edit, prompts.get(0), count);
        if (negative.isEmpty()) {
            cases.notSupported(name, "there is no nti_uncond in inv" + count + ".safetensors beside it");
            return;
        }
        ImageEdits edits = EditParameters.edits(golden, name);
        Denoiser unet = new Denoiser(diffusion);
        PromptToPrompt branches = PromptToPrompt.of(scope, unet, List.of(edits), Negatives.of(negative), count);
        Recording recording = new Recording(branches);
        NDArray noise = model.array(golden.read("xT")).repeat(0, prompts.size());
        noise.attach(scope);
        double guidance = golden.parameter(name, "guidance_scale").asDouble(GUIDANCE);
        Trajectory result = BranchSampling.sample(scope, unet, steps, noise, guidance, recording);

        cases.compare(name, ModelUnderTest.values(result.latents().subList(1, count + 1)), LATENT);
        if (golden.has(edit + ".images")) {
            NDArray decoded = diffusion.decode(scope, result.last());
            cases.compare(edit + ".images", decoded.div(2).add(0.5f).clip(0, 1).toFloatArray(), LATENT);
        }
        if (golden.has(edit + ".masks")) {
            float[] expected = golden.read(edit + ".masks").values();
            cases.exact(edit + ".masks", recording.masks(edits, expected));
        }
        if (edit.startsWith("store")) {
            storedMaps(golden, cases, branches, steps, result);
        }
    }

    /** One for all steps or one each; none where they are not to be had. */
    private List<NDArray> negative(NDManager scope, String edit, String source, int steps) {
        if (!edit.startsWith("nti")) {
            return List.of(model.model().embed(scope, List.of(edit.startsWith("cfg_empty") ? "" : source)));
        }
        String file = "inv" + steps;
        List<NDArray> embeddings = new ArrayList<>();
        if (Files.exists(folder.resolve(file + ".safetensors"))) {
            try (GoldenFile inversion = GoldenFile.open(folder, file, index)) {
                if (inversion.has("nti_uncond")) {
                    Golden stored = inversion.read("nti_uncond");
                    for (int step = 0; step < steps; step++) {
                        embeddings.add(model.array(stored.rows(step, step + 1)));
                    }
                }
            }
        }
        return embeddings;
    }

    /** Cross-attention maps of all branches, averaged over the steps. */
    private void storedMaps(
            GoldenFile golden, Cases cases, PromptToPrompt branches, List<Step> steps, Trajectory result) {
        for (String name : golden.names()) {
            Matcher stored = STORED_MAP.matcher(name);
            if (!stored.matches()) {
                continue;
            }
            float[] sum = new float[golden.read(name).values().length];
            for (Step step : steps) {
                try (NDManager scope = model.model().newScope()) {
                    NDArray latents = result.latents().get(step.index());
                    List<NDArray> maps = branches.crossAttention(scope, latents, step).entrySet().stream()
                            .filter(map -> map.getKey().startsWith(stored.group(1)))
                            .map(Map.Entry::getValue)
                            .toList();
                    float[] values = maps.get(Integer.parseInt(stored.group(2))).toFloatArray();
                    for (int i = 0; i < sum.length; i++) {
                        sum[i] += values[i] / steps.size();
                    }
                }
            }
            cases.compare(name, sum, ATTENTION);
        }
    }

    /** Branches whose masks are kept. */
    private static final class Recording implements Branches {
        private final PromptToPrompt branches;
        private final List<BlendMask> masks = new ArrayList<>();

        private Recording(PromptToPrompt branches) {
            this.branches = branches;
        }

        @Override
        public NDList predict(NDManager owner, NDArray latents, Step step) {
            return branches.predict(owner, latents, step);
        }

        @Override
        public NDArray afterStep(NDManager owner, NDArray latents, Step step) {
            NDArray result = branches.afterStep(owner, latents, step);
            masks.addAll(ofBranches(branches.lastMasks()));
            return result;
        }

        /** By mask that the step has made, of all branches: the source's is each target's. */
        private static List<BlendMask> ofBranches(List<List<BlendMask>> byTarget) {
            List<BlendMask> all = new ArrayList<>();
            for (int mask = 0; !byTarget.isEmpty() && mask < byTarget.get(0).size(); mask++) {
                BlendMask first = byTarget.get(0).get(mask);
                List<float[]> shares = new ArrayList<>(List.of(first.shares()[0]));
                for (List<BlendMask> target : byTarget) {
                    shares.add(target.get(mask).shares()[1]);
                }
                all.add(new BlendMask(first.height(), first.width(), shares.toArray(float[][]::new)));
            }
            return all;
        }

        /** As the golden has them; elements too near to their threshold to tell are taken from it. */
        private float[] masks(ImageEdits edits, float[] expected) {
            LocalBlend blend = edits.targets().get(0).settings().localBlend();
            boolean subtracts = !blend.subtractWords().isEmpty();
            List<Float> all = new ArrayList<>();
            for (int i = 0; i < masks.size(); i++) {
                double threshold = subtracts && i % 2 == 1 ? blend.subtractThreshold() : blend.threshold();
                boolean[][] surely = masks.get(i).above(threshold + MASK_MARGIN);
                boolean[][] perhaps = masks.get(i).above(threshold - MASK_MARGIN);
                for (int branch = 0; branch < surely.length; branch++) {
                    for (int element = 0; element < surely[branch].length; element++) {
                        boolean certain = surely[branch][element] == perhaps[branch][element];
                        boolean unknown = !certain && all.size() < expected.length;
                        all.add(unknown ? expected[all.size()] : surely[branch][element] ? 1f : 0f);
                    }
                }
            }
            float[] values = new float[all.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = all.get(i);
            }
            return values;
        }
    }
}
