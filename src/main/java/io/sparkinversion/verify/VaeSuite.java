package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import io.sparkinversion.verify.GoldenFile.Golden;
import java.util.Map;

/** The autoencoder of a model. */
record VaeSuite(ModelUnderTest model) implements Suite {
    private static final double PIXELS = 1e-6;
    private static final double MEAN = 2e-3;
    private static final double DECODED = 1e-4;

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input("image_u8_0", "image_u8_1", "image_u8_nonsquare", "pixels", "rand_latent");
        NDArray pixels = pixels(golden);
        if (golden.has("pixel_values")) {
            cases.compare("pixel_values", pixels.toFloatArray(), PIXELS);
        }
        NDList posterior = model.model().posterior(model.scope(), pixels);
        cases.compare("mean", posterior.get(0).toFloatArray(), MEAN);
        if (golden.has("logvar")) {
            cases.compare("logvar", posterior.get(1).toFloatArray(), MEAN);
        }
        if (golden.has("latents")) {
            cases.compare("latents", model.model().encode(model.scope(), pixels).toFloatArray(), MEAN);
        }
        decoded("decoded", unscaled(golden.read("mean")), cases);
        if (golden.has("mean_nonsquare")) {
            NDArray nonsquare = model.pixels(golden.read("image_u8_nonsquare"));
            cases.compare(
                    "mean_nonsquare",
                    model.model().posterior(model.scope(), nonsquare).get(0).toFloatArray(),
                    MEAN);
            decoded("decoded_nonsquare", unscaled(golden.read("mean_nonsquare")), cases);
        }
        if (golden.has("rand_latent")) {
            decoded("rand_decoded", model.array(golden.read("rand_latent")), cases);
        }
        Map<String, NDArray> inside = model.model().inspectAutoencoder(model.scope(), pixels.get("0:1"));
        inside.forEach((name, value) -> {
            if (golden.has("inter." + name)) {
                Golden expected = golden.read("inter." + name);
                cases.compare("inter." + name, value.toFloatArray(), Checkpoints.tolerance(expected, DECODED));
            }
        });
    }

    private NDArray pixels(GoldenFile golden) {
        if (golden.has("pixels")) {
            return model.array(golden.read("pixels"));
        }
        NDList images = new NDList();
        for (int i = 0; golden.has("image_u8_" + i); i++) {
            images.add(model.pixels(golden.read("image_u8_" + i)));
        }
        return NDArrays.concat(images, 0);
    }

    private void decoded(String name, NDArray latents, Cases cases) {
        cases.compare(name, model.model().decode(model.scope(), latents).toFloatArray(), DECODED);
    }

    /** Decoding starts from scaled latents. */
    private NDArray unscaled(Golden mean) {
        return model.model().scale(model.scope(), model.array(mean));
    }
}
