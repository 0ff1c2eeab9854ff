package io.sparkinversion.image;

import io.sparkinversion.image.PillowResize.Filter;
import java.io.Serializable;

/**
 * What is asked for of pictures' sizes.
 *
 * @param mode how they come to a size that the model takes
 * @param filter that they are resampled with
 * @param restoresSize whether results get the picture's own size back
 * @param told which size a Stable Diffusion XL is told
 */
public record Resizing(ResizeMode mode, Filter filter, boolean restoresSize, SizeConditioning told)
        implements Serializable {
    private static final long serialVersionUID = 1L;
}
