package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.util.Map;

/** The UNet of a model: outputs at several timesteps and sizes, and activations inside. */
record UNetSuite(ModelUnderTest model) implements Suite {
    private static final double TOLERANCE = 5e-5;
    private static final int INSPECTED_TIMESTEP = 501;

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input("context", "latents", "sq.sample", "rect.sample");
        Conditioning text = model.model().condition(model.scope(), model.array(golden.read("context")));
        for (String name : golden.names()) {
            if (golden.parameter(name, "timestep").isMissingNode()) {
                continue;
            }
            String sample = name.contains(".") ? name.substring(0, name.indexOf('.')) + ".sample" : "latents";
            NDArray latent = model.array(golden.read(sample));
            NDArray output = model.model().predict(model.scope(), latent, golden.timesteps(name), text);
            cases.compare(name, output.toFloatArray(), TOLERANCE);
        }
        if (golden.has("sq.sample")) {
            NDArray latent = model.array(golden.read("sq.sample").rows(0, 1));
            NDArray context = model.array(golden.read("context").rows(0, 1));
            Conditioning first = model.model().condition(model.scope(), context);
            Map<String, NDArray> inside =
                    model.model().inspectUNet(model.scope(), latent, new int[] {INSPECTED_TIMESTEP}, first);
            inside.forEach((name, value) -> {
                if (golden.has("inter." + name)) {
                    Golden expected = golden.read("inter." + name);
                    cases.compare("inter." + name, value.toFloatArray(), Checkpoints.tolerance(expected, TOLERANCE));
                }
            });
        }
    }
}
