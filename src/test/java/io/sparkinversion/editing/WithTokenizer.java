package io.sparkinversion.editing;

import io.sparkinversion.diffusion.ClipTokenizer;
import io.sparkinversion.diffusion.EmbeddedModel;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Tests with the embedded model's tokenizer. */
abstract class WithTokenizer {
    static ClipTokenizer tokenizer;

    @BeforeAll
    static void loadTokenizer() {
        tokenizer = ClipTokenizer.load(EmbeddedModel.FOLDER.resolve("tokenizer"), 77);
    }

    @AfterAll
    static void closeTokenizer() {
        tokenizer.close();
    }
}
