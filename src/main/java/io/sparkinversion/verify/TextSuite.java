package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Map;

/** Token ids and text encoder of a model. */
record TextSuite(ModelUnderTest model, List<String> prompts) implements Suite {
    private static final double TOLERANCE = 2e-5;
    private static final String HIDDEN = "hidden_";

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        for (String name : golden.names()) {
            if (name.equals("ids")) {
                cases.run(
                        () -> cases.exact(name, TokenizerSuite.ids(model.model().tokenizer(), given())), name);
            } else if (name.equals("last_hidden_state")) {
                cases.run(
                        () -> {
                            NDArray embedding = model.model().embed(model.scope(), given());
                            cases.compare(name, embedding.toFloatArray(), TOLERANCE);
                        },
                        name);
            }
        }
        String[] hidden =
                golden.names().stream().filter(name -> name.startsWith(HIDDEN)).toArray(String[]::new);
        if (hidden.length > 0) {
            cases.run(() -> hidden(golden, hidden, cases), hidden);
        }
    }

    private void hidden(GoldenFile golden, String[] names, Cases cases) {
        int count = (int) golden.shape(names[0])[0];
        if (given().size() < count) {
            throw new IllegalArgumentException("it is of " + count + " prompts, index.json gives " + given().size());
        }
        Map<String, NDArray> states = model.model().inspection().textEncoder(model.scope(), given().subList(0, count));
        for (String name : names) {
            if (states.containsKey(name)) {
                cases.compare(name, states.get(name).toFloatArray(), TOLERANCE);
            }
        }
    }

    private List<String> given() {
        if (prompts.isEmpty()) {
            throw new IllegalArgumentException("index.json gives no prompts");
        }
        return prompts;
    }
}
