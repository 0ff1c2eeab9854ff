package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import java.util.Map;
import java.util.function.Supplier;

/** The autoencoder of a model. */
public record VaeSuite(ModelUnderTest model) implements Suite {
    private static final double PIXELS = 1e-6;
    private static final double MEAN = 2e-3;
    private static final double DECODED = 1e-4;
    private static final String IMAGE = "image_u8_";
    private static final String PIXELS_INPUT = "pixels";
    private static final String RANDOM = "rand_";
    private static final String INSIDE = "inter.";
    private static final String UNIT = "01";

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        golden.names().stream().filter(name -> name.startsWith(IMAGE)).forEach(cases::input);
        cases.input(PIXELS_INPUT, RANDOM + "latent");
        if (golden.has("pixel_values")) {
            cases.run(() -> cases.compare("pixel_values", pixels(golden).toFloatArray(), PIXELS), "pixel_values");
        }
        encoded(golden, "", () -> pixels(golden), cases);
        for (String name : golden.names()) {
            if (name.matches(IMAGE + "\\D.*")) {
                encoded(golden, "_" + name.substring(IMAGE.length()), () -> model.pixels(golden.read(name)), cases);
            }
        }
        if (golden.has(RANDOM + "latent")) {
            decoded(golden, RANDOM + "decoded", "", () -> model.array(golden.read(RANDOM + "latent")), cases);
        }
        String[] inside =
                golden.names().stream().filter(name -> name.startsWith(INSIDE)).toArray(String[]::new);
        if (inside.length > 0) {
            cases.run(() -> inside(golden, cases), inside);
        }
    }

    /** What becomes of some images; the goldens' names end alike. */
    private void encoded(GoldenFile golden, String ending, Supplier<NDArray> images, Cases cases) {
        String mean = "mean" + ending;
        String deviation = "logvar" + ending;
        String latents = "latents" + ending;
        if (golden.has(mean)) {
            cases.run(() -> cases.compare(mean, posterior(images.get()).get(0).toFloatArray(), MEAN), mean);
        }
        if (golden.has(deviation)) {
            cases.run(
                    () -> cases.compare(
                            deviation, posterior(images.get()).get(1).toFloatArray(), MEAN),
                    deviation);
        }
        if (golden.has(latents)) {
            cases.run(
                    () -> {
                        NDArray encoded = model.model().encode(model.scope(), images.get());
                        cases.compare(latents, encoded.toFloatArray(), MEAN);
                    },
                    latents);
        }
        decoded(golden, "decoded", ending, () -> scaled(golden, mean, latents), cases);
    }

    /** As the decoder gives it, and as a picture is stored, [0, 1]. */
    private void decoded(GoldenFile golden, String name, String ending, Supplier<NDArray> latents, Cases cases) {
        if (golden.has(name + ending)) {
            cases.run(
                    () -> {
                        NDArray decoded = model.model().decode(model.scope(), latents.get());
                        cases.compare(name + ending, decoded.toFloatArray(), DECODED);
                    },
                    name + ending);
        }
        for (String unit : new String[] {name + UNIT + ending, name + ending + UNIT, name + ending + "_" + UNIT}) {
            if (golden.has(unit)) {
                cases.run(
                        () -> {
                            NDArray decoded = model.model().decode(model.scope(), latents.get());
                            cases.compare(unit, FinalImages.unit(decoded), DECODED);
                        },
                        unit);
                return;
            }
        }
    }

    private NDList posterior(NDArray images) {
        return model.model().autoencoder().posterior(model.scope(), images);
    }

    /** Decoding starts from scaled latents. */
    private NDArray scaled(GoldenFile golden, String mean, String latents) {
        return golden.has(mean) || !golden.has(latents)
                ? model.model().autoencoder().scale(model.scope(), model.array(golden.read(mean)))
                : model.array(golden.read(latents));
    }

    private void inside(GoldenFile golden, Cases cases) {
        Map<String, NDArray> inside = model.model()
                .inspection()
                .autoencoder(model.scope(), pixels(golden).get("0:1"));
        inside.forEach((part, value) -> {
            String name = INSIDE + part;
            if (golden.has(name)) {
                double tolerance = Checkpoints.tolerance(golden.read(name), DECODED);
                cases.run(() -> cases.compare(name, value.toFloatArray(), tolerance), name);
            }
        });
    }

    private NDArray pixels(GoldenFile golden) {
        if (golden.has(PIXELS_INPUT)) {
            return model.array(golden.read(PIXELS_INPUT));
        }
        NDList images = new NDList();
        for (int i = 0; golden.has(IMAGE + i); i++) {
            images.add(model.pixels(golden.read(IMAGE + i)));
        }
        if (images.isEmpty()) {
            throw new IllegalArgumentException("the file has neither " + PIXELS_INPUT + " nor " + IMAGE + "0");
        }
        return NDArrays.concat(images, 0);
    }
}
