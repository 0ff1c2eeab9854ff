package io.sparkinversion.inversion;

import ai.djl.ndarray.NDManager;
import io.sparkinversion.WithoutSpark;
import io.sparkinversion.diffusion.StableDiffusion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests on {@link InvertedImages}: made once a class, with a scope and a counting UNet of its own for every test. */
@WithoutSpark
abstract class WithInvertedImages {
    static InvertedImages images;
    static StableDiffusion model;

    NDManager scope;
    Denoiser unet;

    /** To be called before all tests. */
    static void invert(int steps) {
        images = new InvertedImages(steps);
        model = images.model;
    }

    @AfterAll
    static void closeModel() {
        images.close();
    }

    @BeforeEach
    void openScope() {
        scope = model.newScope();
        unet = new Denoiser(model);
    }

    @AfterEach
    void closeScope() {
        scope.close();
    }
}
