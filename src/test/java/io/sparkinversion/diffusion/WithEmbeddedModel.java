package io.sparkinversion.diffusion;

import ai.djl.ndarray.NDManager;
import io.sparkinversion.WithoutSpark;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;

/** Tests on the embedded model: loaded once a class, with a scope of its own for every test. */
@WithoutSpark
public abstract class WithEmbeddedModel {
    protected static StableDiffusion model;

    protected NDManager scope;

    @BeforeAll
    protected static void loadModel() {
        model = EmbeddedModel.load();
    }

    @AfterAll
    protected static void closeModel() {
        model.close();
    }

    @BeforeEach
    protected void openScope() {
        scope = model.newScope();
    }

    @AfterEach
    protected void closeScope() {
        scope.close();
    }
}
