package io.sparkinversion.verify;

import io.sparkinversion.diffusion.ClipTokenizer;
import java.util.List;
import java.util.stream.Stream;

/** Token ids of many prompts with the shared CLIP vocabulary, padded as SD 1 and as SD 2. */
public record TokenizerSuite(List<ClipTokenizer> tokenizers) implements Suite {
    private static final int START_TOKEN = 49_406;

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        for (String name : golden.names()) {
            if (name.equals("ids_openai_html")) {
                cases.notSupported(name, "OpenAI's own text cleaning, which Stable Diffusion's pipelines do not do");
            } else if (name.equals("untruncated_length")) {
                cases.run(() -> cases.exact(name, lengths(any(), prompts(golden, name))), name);
            } else if (name.startsWith("ids")) {
                long padding = name.endsWith("pad_zero") ? 0 : START_TOKEN + 1;
                cases.run(() -> cases.exact(name, ids(paddedWith(padding), prompts(golden, name))), name);
            }
        }
    }

    /** Its own, or those of the first tensor that has some: all are of the same. */
    private static List<String> prompts(GoldenFile golden, String name) {
        return Stream.concat(Stream.of(name), golden.names().stream())
                .map(golden::prompts)
                .filter(prompts -> !prompts.isEmpty())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("index.json gives no prompts for it"));
    }

    private ClipTokenizer any() {
        return new SharedTokenizers(tokenizers).withClipVocabulary();
    }

    private ClipTokenizer paddedWith(long padding) {
        return tokenizers.stream()
                .filter(SharedTokenizers::hasClipVocabulary)
                .filter(tokenizer -> tokenizer.encode("").ids()[tokenizer.length() - 1] == padding)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no model of the fixture pads with " + padding));
    }

    public static float[] ids(ClipTokenizer tokenizer, List<String> prompts) {
        float[] all = new float[prompts.size() * tokenizer.length()];
        int next = 0;
        for (String prompt : prompts) {
            for (long id : tokenizer.encode(prompt).ids()) {
                all[next++] = id;
            }
        }
        return all;
    }

    private static float[] lengths(ClipTokenizer tokenizer, List<String> prompts) {
        float[] lengths = new float[prompts.size()];
        for (int i = 0; i < lengths.length; i++) {
            lengths[i] = tokenizer.encode(prompts.get(i)).tokenCount();
        }
        return lengths;
    }
}
