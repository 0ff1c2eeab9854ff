package io.sparkinversion.verify;

import java.util.List;

/**
 * Prompt-to-prompt edits from the noise that the file gives, or that the image's inversion ends in: the files
 * {@code p2pN}, {@code extraN}, {@code pie_p2pN}. The negative prompt is the source's (negative-prompt inversion), or
 * the null-text embeddings of the file {@code invN} beside it where the golden's name starts with {@code nti}, or
 * empty where it starts with {@code cfg_empty} or {@code ddim}; {@code direct} is direct inversion.
 */
record PromptToPromptSuite(Source source) implements Suite {
    private static final double TEXT = 2e-5;
    private static final String NEGATIVE = "uncond";
    private static final String LATENTS = ".latents";

    @Override
    public void verify(GoldenFile golden, Cases cases) {
        cases.input("xT", Source.LATENT);
        if (golden.has(NEGATIVE)) {
            cases.run(
                    () -> {
                        ModelUnderTest model = source.model();
                        List<String> caption = source.captions(1);
                        cases.compare(
                                NEGATIVE,
                                model.model().embed(model.scope(), caption).toFloatArray(),
                                TEXT);
                    },
                    NEGATIVE);
        }
        for (String name : golden.names()) {
            if (name.equals("offsets")) {
                cases.run(() -> DirectSuite.offsets(source, golden, name, cases), name);
            } else if (name.endsWith(LATENTS) && !name.startsWith(DirectSuite.PREFIX)) {
                String edit = name.substring(0, name.length() - LATENTS.length());
                new EditCase(source, golden, cases, name, edit).verify();
            } else if (name.startsWith(DirectSuite.PREFIX) && name.endsWith(LATENTS)) {
                new DirectSuite(source).edit(golden, name, cases);
            }
        }
    }
}
