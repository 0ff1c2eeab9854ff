package io.sparkinversion.verify.models;

import ai.djl.ndarray.NDArray;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.verify.Checkpoints;
import io.sparkinversion.verify.GoldenFile;
import io.sparkinversion.verify.GoldenFile.Golden;
import io.sparkinversion.verify.Suite;
import java.util.Arrays;
import java.util.Map;

/** The UNet of a Stable Diffusion XL model: outputs at several timesteps and sizes, and activations inside. */
record XlUNetSuite(XlModel model) implements Suite {
    private static final double TOLERANCE = 5e-5;
    private static final int INSPECTED_TIMESTEP = 501;
    private static final String CONTEXT = "context";
    private static final String POOLED = "text_embeds";
    private static final String INSIDE = "inter.";
    private static final String SQUARE = "sq";
    private static final String ZERO = "zero";

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input(CONTEXT, POOLED);
        golden.names().stream()
                .filter(name -> name.endsWith(".sample") || name.endsWith(".time_ids"))
                .forEach(cases::input);
        for (String name : golden.names()) {
            int[] timesteps = golden.timesteps(name);
            if (timesteps.length > 0 && !name.startsWith(INSIDE)) {
                cases.run(() -> cases.compare(name, output(golden, name, timesteps), TOLERANCE), name);
            }
        }
        String[] inside =
                golden.names().stream().filter(name -> name.startsWith(INSIDE)).toArray(String[]::new);
        if (inside.length > 0) {
            cases.run(() -> inside(golden, inside, cases), inside);
        }
    }

    private float[] output(GoldenFile golden, String name, int[] timesteps) {
        String kind = name.substring(0, Math.max(0, name.lastIndexOf('.')));
        NDArray latent = model.loaded().array(golden.read(own(golden, kind, ".sample")));
        Golden states = golden.read(CONTEXT);
        Golden pooled = golden.read(POOLED);
        if (kind.equals(ZERO)) {
            states = new Golden(states.shape(), new float[states.values().length]);
            pooled = new Golden(pooled.shape(), new float[pooled.values().length]);
        }
        Conditioning text = model.condition(states, pooled);
        float[] sizes = golden.read(own(golden, kind, ".time_ids")).values();
        return model.model()
                .predict(model.scope(), latent, timesteps, text, sizes)
                .toFloatArray();
    }

    /** A kind's own input, or the square case's. */
    private static String own(GoldenFile golden, String kind, String input) {
        return golden.has(kind + input) ? kind + input : SQUARE + input;
    }

    private void inside(GoldenFile golden, String[] names, Cases cases) {
        NDArray latent = model.loaded().array(golden.read(SQUARE + ".sample").rows(0, 1));
        Golden pooled = golden.read(POOLED).rows(0, 1);
        Conditioning first = model.condition(golden.read(CONTEXT).rows(0, 1), pooled);
        requireOwnSizes(golden, latent);
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

    /** The sizes of an inspected evaluation are the picture's own, so the golden's must be. */
    private void requireOwnSizes(GoldenFile golden, NDArray latent) {
        float height = latent.getShape().get(2) * model.model().downsampling();
        float width = latent.getShape().get(3) * model.model().downsampling();
        float[] sizes = golden.read(SQUARE + ".time_ids").row(0).values();
        if (!Arrays.equals(sizes, new float[] {height, width, 0, 0, height, width})) {
            throw new IllegalArgumentException("the sizes of the square case are " + Arrays.toString(sizes));
        }
    }
}
