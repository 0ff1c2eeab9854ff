package io.sparkinversion.engine;

import io.sparkinversion.diffusion.LongCaptions;
import io.sparkinversion.inversion.Method;
import java.io.Serializable;
import java.util.List;

/**
 * What is done with every image.
 *
 * @param methods what to reconstruct with; they share one DDIM inversion
 * @param steps DDIM steps, 1 to 1000
 * @param guidance classifier-free guidance scale of the reconstruction
 * @param longCaptions what becomes of captions that a text encoder does not take at once
 */
public record Recipe(List<Method> methods, int steps, double guidance, LongCaptions longCaptions)
        implements Serializable {
    public Recipe {
        methods = List.copyOf(methods);
    }

    public Recipe(List<Method> methods, int steps, double guidance) {
        this(methods, steps, guidance, LongCaptions.CUT);
    }

    public Recipe withSteps(int count) {
        return new Recipe(methods, count, guidance, longCaptions);
    }
}
