package io.sparkinversion.editing;

import io.sparkinversion.image.PixelMask;
import java.util.List;
import java.util.Optional;

/**
 * Where one step lets one edit change the picture.
 *
 * @param words what the source's branch and the target's look at of the words whose region may change
 * @param subtracted likewise of the words whose region must not, where there are such
 */
record Blend(LocalBlend settings, BlendMask words, Optional<BlendMask> subtracted) {

    /** As in the authors' code a region that may change is widened, one that must not is not. */
    static Blend of(LocalBlend settings, Maps words, Maps subtracted, int height, int width) {
        return new Blend(
                settings,
                words.mask(true, height, width),
                settings.subtracts() ? Optional.of(subtracted.mask(false, height, width)) : Optional.empty());
    }

    /**
     * Attention to certain words.
     *
     * @param values the source's {@code [height * width]}, then the target's
     */
    record Maps(int height, int width, float[][] values) {
        private BlendMask mask(boolean widened, int latentHeight, int latentWidth) {
            return BlendMask.of(values, height, width, widened, latentHeight, latentWidth);
        }
    }

    /** By latent element whether it may change. */
    boolean[] region() {
        boolean[] region = words.above(settings.threshold())[1];
        subtracted.ifPresent(mask -> {
            boolean[] kept = mask.above(settings.subtractThreshold())[1];
            for (int i = 0; i < region.length; i++) {
                region[i] &= !kept[i];
            }
        });
        return region;
    }

    PixelMask mask() {
        return new PixelMask(words.width(), words.height(), region());
    }

    /** What may change, then what may not. */
    List<BlendMask> masks() {
        return subtracted.map(mask -> List.of(words, mask)).orElse(List.of(words));
    }
}
