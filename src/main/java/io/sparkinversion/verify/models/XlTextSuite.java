package io.sparkinversion.verify.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.network.ClipTextEncoder;
import io.sparkinversion.verify.Checkpoints;
import io.sparkinversion.verify.GoldenFile;
import io.sparkinversion.verify.GoldenFile.Golden;
import io.sparkinversion.verify.Suite;
import io.sparkinversion.verify.TokenizerSuite;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Token ids and text encoders of a Stable Diffusion XL model. */
record XlTextSuite(XlModel model) implements Suite {
    static final double TOLERANCE = 3e-5;
    private static final String FIRST = "te1.";
    private static final String SECOND = "te2.";
    private static final String HIDDEN = "hidden_";

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        List<String> prompts = prompts(golden);
        for (String name : golden.names()) {
            cases.run(() -> verify(golden, name, prompts, cases), name);
        }
    }

    /** All tensors are of the same. */
    static List<String> prompts(GoldenFile golden) {
        return golden.names().stream()
                .map(golden::prompts)
                .filter(prompts -> !prompts.isEmpty())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("index.json gives no prompts"));
    }

    private void verify(GoldenFile golden, String name, List<String> prompts, Cases cases) {
        NDManager scope = model.scope();
        switch (name) {
            case "ids_1", "ids" ->
                cases.exact(name, TokenizerSuite.ids(model.model().tokenizer(), prompts));
            case "ids_2" -> cases.exact(name, longs(model.model().inspection().secondIds(scope, prompts)));
            case "prompt_embeds" -> cases.compare(name, model.states(model.embed(prompts)), TOLERANCE);
            case "pooled" -> cases.compare(name, model.pooled(model.embed(prompts)), TOLERANCE);
            case "eos_position" -> cases.exact(name, ends(prompts));
            case "prompt_embeds_zero" -> cases.compare(name, model.states(nothing()), TOLERANCE);
            case "pooled_zero" -> cases.compare(name, model.pooled(nothing()), TOLERANCE);
            case SECOND + "pooled_before_projection" -> cases.compare(name, lastRows(prompts), TOLERANCE);
            case "two_prompts.prompt_embeds" -> cases.compare(name, model.states(twoPrompts(golden)), TOLERANCE);
            case "two_prompts.pooled" -> cases.compare(name, model.pooled(twoPrompts(golden)), TOLERANCE);
            default -> inside(golden, name, prompts, cases);
        }
    }

    private NDArray nothing() {
        return model.model().embedNothing(model.scope(), 1, 1);
    }

    private NDArray twoPrompts(GoldenFile golden) {
        String name = "two_prompts.prompt_embeds";
        return model.model()
                .embed(
                        model.scope(),
                        List.of(golden.parameter(name, "prompt").asText()),
                        List.of(golden.parameter(name, "prompt_2").asText()));
    }

    private static float[] longs(NDArray ids) {
        long[] values = ids.toLongArray();
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = values[i];
        }
        return floats;
    }

    private float[] ends(List<String> prompts) {
        float[] ends = new float[prompts.size()];
        for (int i = 0; i < ends.length; i++) {
            ends[i] = model.model().tokenizer().encode(prompts.get(i)).end();
        }
        return ends;
    }

    /** The second encoder's states at the end of text. */
    private float[] lastRows(List<String> prompts) {
        NDArray states = states(SECOND, prompts).get(ClipTextEncoder.LAST_HIDDEN_STATE);
        float[] ends = ends(prompts);
        int width = (int) states.getShape().get(2);
        float[] rows = new float[prompts.size() * width];
        for (int i = 0; i < prompts.size(); i++) {
            float[] row = states.get(i).get((int) ends[i]).toFloatArray();
            System.arraycopy(row, 0, rows, i * width, width);
        }
        return rows;
    }

    private Map<String, NDArray> states(String encoder, List<String> prompts) {
        return encoder.equals(FIRST)
                ? model.model().inspection().textEncoder(model.scope(), prompts)
                : model.model().inspection().secondTextEncoder(model.scope(), prompts);
    }

    private void inside(GoldenFile golden, String name, List<String> prompts, Cases cases) {
        List<String> first = prompts.subList(0, (int) Math.min(prompts.size(), golden.shape(name)[0]));
        if (name.startsWith(FIRST) || name.startsWith(SECOND)) {
            String encoder = name.substring(0, FIRST.length());
            NDArray state = states(encoder, first).get(name.substring(FIRST.length()));
            if (state != null) {
                Golden expected = golden.read(name);
                cases.compare(name, state.toFloatArray(), Checkpoints.tolerance(expected, TOLERANCE));
            }
        } else if (name.matches("clip_skip_\\d+\\.prompt_embeds")) {
            int skipped = Integer.parseInt(name.replaceAll("\\D", ""));
            NDArray one = skipped(states(FIRST, first), skipped);
            cases.compare(
                    name,
                    one.concat(skipped(states(SECOND, first), skipped), -1).toFloatArray(),
                    TOLERANCE);
        }
    }

    /** diffusers' clip_skip counts from the state before the last layer. */
    private static NDArray skipped(Map<String, NDArray> states, int skipped) {
        TreeMap<Integer, NDArray> hidden = new TreeMap<>(states.keySet().stream()
                .filter(name -> name.startsWith(HIDDEN))
                .collect(Collectors.toMap(name -> Integer.parseInt(name.substring(HIDDEN.length())), states::get)));
        return hidden.get(hidden.lastKey() - 1 - skipped);
    }
}
