package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Map;

/** Token ids and text encoder of a model. */
record TextSuite(ModelUnderTest model, List<String> prompts) implements Suite {
    private static final double TOLERANCE = 2e-5;

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        if (golden.has("ids")) {
            cases.exact("ids", TokenizerSuite.ids(model.model().tokenizer(), prompts));
        }
        if (golden.has("last_hidden_state")) {
            NDArray embedding = model.model().embed(model.scope(), prompts);
            cases.compare("last_hidden_state", embedding.toFloatArray(), TOLERANCE);
        }
        if (golden.has("hidden_0")) {
            List<String> inspected = prompts.subList(0, (int) golden.read("hidden_0").shape()[0]);
            Map<String, NDArray> hidden = model.model().inspectTextEncoder(model.scope(), inspected);
            hidden.forEach((name, value) -> {
                if (golden.has(name)) {
                    cases.compare(name, value.toFloatArray(), TOLERANCE);
                }
            });
        }
    }
}
