package io.sparkinversion.verify;

import ai.djl.ndarray.NDManager;
import io.sparkinversion.editing.Negatives;
import io.sparkinversion.editing.PromptToPrompt;
import io.sparkinversion.inversion.Branches;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.verify.DirectSuite.Controllers;
import io.sparkinversion.verify.DirectSuite.Prompts;
import java.util.List;
import java.util.Optional;

/** Prompt-to-prompt's attention control for the edits of other methods' goldens, as the index describes it. */
record EditControllers(ModelUnderTest model) implements Controllers {
    @Override
    public Optional<Branches> of(
            NDManager owner, Denoiser unet, Prompts prompts, GoldenFile golden, String tensor) {
        int steps = (int) golden.read(tensor).shape()[0];
        return Optional.of(PromptToPrompt.of(
                owner,
                unet,
                List.of(EditParameters.edits(golden, tensor)),
                Negatives.of(List.of(prompts.negative().embedding())),
                steps));
    }
}
