package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import io.sparkinversion.diffusion.Conditioning;
import java.util.Map;

/** The UNet of a model: outputs at several timesteps and sizes, and activations inside. */
record UNetSuite(ModelUnderTest model) implements Suite {
    private static final double TOLERANCE = 5e-5;
    private static final int INSPECTED_TIMESTEP = 501;
    private static final String CONTEXT = "context";
    private static final String SAMPLE = ".sample";
    private static final String LATENTS = "latents";
    private static final String INSIDE = "inter.";

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input(CONTEXT, LATENTS);
        golden.names().stream().filter(name -> name.endsWith(SAMPLE)).forEach(cases::input);
        for (String name : golden.names()) {
            int[] timesteps = golden.timesteps(name);
            if (timesteps.length > 0 && !name.startsWith(INSIDE)) {
                cases.run(
                        () -> {
                            NDArray latent = model.array(golden.read(sample(name)));
                            Conditioning text =
                                    model.model().condition(model.scope(), model.array(golden.read(CONTEXT)));
                            NDArray output = model.model().predict(model.scope(), latent, timesteps, text);
                            cases.compare(name, output.toFloatArray(), TOLERANCE);
                        },
                        name);
            }
        }
        String[] inside =
                golden.names().stream().filter(name -> name.startsWith(INSIDE)).toArray(String[]::new);
        if (inside.length > 0) {
            cases.run(() -> inside(golden, inside, cases), inside);
        }
    }

    /** What the network was given for an output: {@code sq.sample} for {@code sq.t501}. */
    private static String sample(String name) {
        return name.contains(".") ? name.substring(0, name.indexOf('.')) + SAMPLE : LATENTS;
    }

    private void inside(GoldenFile golden, String[] names, Cases cases) {
        String sample = golden.has(LATENTS) ? LATENTS : "sq" + SAMPLE;
        NDArray latent = model.array(golden.read(sample).rows(0, 1));
        NDArray context = model.array(golden.read(CONTEXT).rows(0, 1));
        Conditioning first = model.model().condition(model.scope(), context);
        Map<String, NDArray> inside =
                model.model().inspection().unet(model.scope(), latent, new int[] {INSPECTED_TIMESTEP}, first);
        for (String name : names) {
            NDArray value = inside.get(name.substring(INSIDE.length()));
            if (value != null) {
                double tolerance = Checkpoints.tolerance(golden.read(name), TOLERANCE);
                cases.run(() -> cases.compare(name, value.toFloatArray(), tolerance), name);
            }
        }
    }
}
