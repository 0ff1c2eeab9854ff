package io.sparkinversion.engine;

import io.sparkinversion.inversion.Method;
import java.io.Serializable;
import java.util.List;

/**
 * What is done with every image.
 *
 * @param methods what to reconstruct with; they share one DDIM inversion
 * @param steps DDIM steps, 1 to 1000
 * @param guidance classifier-free guidance scale of the reconstruction
 */
public record Recipe(List<Method> methods, int steps, double guidance) implements Serializable {
    public Recipe {
        methods = List.copyOf(methods);
    }

    public Recipe withSteps(int count) {
        return new Recipe(methods, count, guidance);
    }
}
