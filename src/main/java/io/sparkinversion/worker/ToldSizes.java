package io.sparkinversion.worker;

import io.sparkinversion.diffusion.SizeCondition;
import io.sparkinversion.image.Placement;

/**
 * What a Stable Diffusion XL is told of images' sizes.
 *
 * @param ofPictures whether the sizes that the pictures had before they were resized
 */
public record ToldSizes(boolean ofPictures) {
    public static ToldSizes of(WorkerSettings settings) {
        return new ToldSizes(settings.tellsPictureSize());
    }

    /** As in the model's training: the picture is resized whole, and then cropped. Null for the image's own size. */
    public SizeCondition of(Placement placement) {
        return ofPictures
                ? new SizeCondition(
                        placement.picture().height(),
                        placement.picture().width(),
                        placement.scaledTop(),
                        placement.scaledLeft(),
                        placement.target().height(),
                        placement.target().width())
                : null;
    }
}
