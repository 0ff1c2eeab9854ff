package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.inversion.Branches;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.DdimSampling;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.DirectInversion;
import io.sparkinversion.inversion.Guidance;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.PlainBranches;
import io.sparkinversion.inversion.Trajectory;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * DDIM inversion and sampling at several scales (the files {@code guidanceN}: {@code inv_A}, {@code sample_A_B} and
 * {@code direct_A_B.*}, A of the inversion and B of the sampling), and over a part of the steps (the files
 * {@code partialN}: {@code sS.*}, S the part).
 */
record GuidanceSuite(Source source) implements Suite {
    private static final double LATENT = 1e-3;

    private static final double RECONSTRUCTION = 7.5;
    private static final Pattern INVERSION = Pattern.compile("inv_([\\d.]+)");
    private static final Pattern SAMPLING = Pattern.compile("sample_([\\d.]+)_([\\d.]+)");
    private static final Pattern DIRECT = Pattern.compile("direct_([\\d.]+)_([\\d.]+)\\.(offsets|edit)");
    private static final Pattern PARTIAL = Pattern.compile("s([\\d.]+)\\.(\\w+)");

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input(Source.LATENT);
        for (String name : golden.names()) {
            Matcher inversion = INVERSION.matcher(name);
            Matcher sampling = SAMPLING.matcher(name);
            Matcher direct = DIRECT.matcher(name);
            Matcher partial = PARTIAL.matcher(name);
            if (inversion.matches()) {
                cases.run(() -> inversion(golden, name, inversion.group(1), cases), name);
            } else if (sampling.matches()) {
                cases.run(() -> sampling(golden, name, sampling, cases), name);
            } else if (direct.matches()) {
                cases.run(() -> direct(golden, name, direct, cases), name);
            } else if (partial.matches()) {
                cases.run(() -> partial(golden, name, partial, cases), name);
            }
        }
    }

    private void inversion(GoldenFile golden, String name, String scale, Cases cases) {
        cases.compare(name, Rows.of(inverted(golden, scale), golden.shape(name)[0]), LATENT);
    }

    /** At 0 the empty prompt alone, at 1 the source prompt alone. */
    private Trajectory inverted(GoldenFile golden, String scale) {
        Inversion image = new Inversion(
                source.schedule(golden),
                new Trajectory(List.of(source.start(golden))),
                source.caption(golden, 1),
                () -> source.empty(1));
        return new DdimInversion(Double.parseDouble(scale))
                .invert(source.model().scope(), unet(), image);
    }

    private void sampling(GoldenFile golden, String name, Matcher scales, Cases cases) {
        NDArray noise = inverted(golden, scales.group(1)).last();
        Conditioning caption = source.caption(golden, 1);
        Trajectory result =
                sample(source.schedule(golden), noise, source.empty(1), caption, Double.parseDouble(scales.group(2)));
        cases.compare(name, Rows.of(result, golden.shape(name)[0]), LATENT);
    }

    private void direct(GoldenFile golden, String name, Matcher scales, Cases cases) {
        Trajectory inversion = inverted(golden, scales.group(1));
        double guidance = Double.parseDouble(scales.group(2));
        List<Step> steps = source.schedule(golden);
        NDManager scope = source.model().scope();
        int count = EditCase.branches(golden, name);
        List<String> prompts = EditCase.prompts(source, golden, name, DirectSuite.PREFIX, count);
        Branches branches = PlainBranches.of(
                scope,
                unet(),
                source.empty(prompts.size()),
                source.model().model().condition(scope, prompts));
        if (scales.group(3).equals("offsets")) {
            List<NDArray> offsets = DirectInversion.offsets(scope, unet(), branches, count, steps, inversion, guidance);
            cases.compare(name, ModelUnderTest.values(offsets), LATENT);
        } else {
            NDArray noise = inversion.last().repeat(0, count);
            Trajectory result = DirectInversion.sample(scope, unet(), branches, steps, inversion, noise, guidance);
            cases.compare(name, Rows.of(result, golden.shape(name)[0]), LATENT);
        }
    }

    /** The last part of the steps alone, from the level of the image's inversion that they begin at. */
    private void partial(GoldenFile golden, String name, Matcher match, Cases cases) {
        List<Step> all = source.schedule(golden);
        int count = (int) (all.size() * Double.parseDouble(match.group(1)));
        List<Step> steps = all.subList(all.size() - count, all.size());
        Conditioning caption = source.caption(golden, 1);
        NDManager scope = source.model().scope();
        NDArray noise = DdimInversion.invert(scope, unet(), steps, source.start(golden), caption)
                .last();
        String edit = golden.parameter(name, "edit").asText(null);
        Conditioning empty = source.empty(1);
        switch (match.group(2)) {
            case "start" -> cases.compare(name, noise.toFloatArray(), LATENT);
            case "recon_g1" -> compare(golden, name, sample(steps, noise, empty, caption, 1), cases);
            case "recon_cfg" -> compare(golden, name, sample(steps, noise, empty, caption, RECONSTRUCTION), cases);
            case "npi_edit" ->
                compare(golden, name, sample(steps, noise, caption, target(edit), RECONSTRUCTION), cases);
            case "ddim_edit" -> compare(golden, name, sample(steps, noise, empty, target(edit), RECONSTRUCTION), cases);
            default -> cases.notSupported(name, "no such way to sample a part of the steps is known");
        }
    }

    private Conditioning target(String prompt) {
        if (prompt == null) {
            throw new IllegalArgumentException("index.json gives no prompt 'edit' for it");
        }
        return source.model().model().condition(source.model().scope(), Collections.singletonList(prompt));
    }

    private static void compare(GoldenFile golden, String name, Trajectory result, Cases cases) {
        cases.compare(name, Rows.of(result, golden.shape(name)[0]), LATENT);
    }

    private Trajectory sample(
            List<Step> steps, NDArray noise, Conditioning negative, Conditioning positive, double scale) {
        NDManager scope = source.model().scope();
        return DdimSampling.sample(scope, unet(), steps, noise, Guidance.of(scope, negative, positive, scale));
    }

    private Denoiser unet() {
        return new Denoiser(source.model().model());
    }
}
