package io.sparkinversion.image;

import io.sparkinversion.image.PillowResize.Filter;

/**
 * Which part of a picture is taken, and which size it gets.
 *
 * @param picture its own size
 * @param left pixels that are cut off
 * @param top likewise
 * @param cut the size of the part, in the picture's pixels
 * @param target the size that the part is resized to
 */
public record Placement(Size picture, int left, int top, Size cut, Size target) {

    /** All of the picture, whatever that does to its aspect ratio. */
    static Placement whole(Size picture, Size target) {
        return new Placement(picture, 0, 0, picture, target);
    }

    /** A picture that has the size already. */
    static Placement same(RgbImage image) {
        Size size = new Size(image.width(), image.height());
        return whole(size, size);
    }

    /**
     * The largest part in the middle that has the target's aspect ratio. Where an odd number of pixels is cut off, the
     * part lies half a pixel towards the left or the top.
     */
    static Placement cropped(Size picture, Size target) {
        long widthOfHeight = Math.round((double) picture.height() * target.width() / target.height());
        long heightOfWidth = Math.round((double) picture.width() * target.height() / target.width());
        Size cut = widthOfHeight <= picture.width()
                ? new Size((int) Math.max(1, widthOfHeight), picture.height())
                : new Size(picture.width(), (int) Math.max(1, Math.min(picture.height(), heightOfWidth)));
        return new Placement(
                picture, (picture.width() - cut.width()) / 2, (picture.height() - cut.height()) / 2, cut, target);
    }

    /** Whether nothing of the picture is cut off. */
    public boolean isWhole() {
        return cut.equals(picture);
    }

    /** Whether the part has fewer pixels along a side than it is resized to. */
    public boolean enlarges() {
        return cut.width() < target.width() || cut.height() < target.height();
    }

    /** The part in its new size. */
    public RgbImage apply(RgbImage image, Filter filter) {
        RgbImage part = image.part(left, top, cut);
        return PillowResize.resize(part, target.width(), target.height(), filter);
    }

    /** The same part of a mask, which may have been drawn at another size than the picture's. */
    public PixelMask apply(PixelMask mask) {
        return mask.resized(picture.width(), picture.height())
                .part(left, top, cut)
                .resized(target.width(), target.height());
    }

    /**
     * Puts what was made of the part in its place.
     *
     * @param result of the target's size
     * @param original the picture, of which the margins stay; not read where the part is all of it
     * @return of the picture's size
     */
    public RgbImage restore(RgbImage result, RgbImage original, Filter filter) {
        RgbImage part = PillowResize.resize(result, cut.width(), cut.height(), filter);
        return isWhole() ? part : original.with(part, left, top);
    }

    /** Likewise; the margins are outside of the mask. */
    public PixelMask restore(PixelMask mask) {
        PixelMask part = mask.resized(cut.width(), cut.height());
        boolean[] inside = new boolean[Math.multiplyExact(picture.width(), picture.height())];
        for (int y = 0; y < cut.height(); y++) {
            System.arraycopy(part.inside(), y * cut.width(), inside, (top + y) * picture.width() + left, cut.width());
        }
        return new PixelMask(picture.width(), picture.height(), inside);
    }

    /** Of the picture and, where it is another, of the part. */
    public long pictureBytes() {
        return RgbImage.CHANNELS * (picture.pixels() + (isWhole() ? 0 : cut.pixels()));
    }

    /** The most that resizing takes at a time, whichever of the two passes is the first. */
    public long resizingBytes() {
        return (long) RgbImage.CHANNELS
                * Math.max(target.width(), target.height())
                * Math.max(cut.width(), cut.height());
    }

    /** Pixels of the resized picture that lie to the left of the part. */
    public int scaledLeft() {
        return (int) Math.round((double) left * target.width() / cut.width());
    }

    /** Likewise, above it. */
    public int scaledTop() {
        return (int) Math.round((double) top * target.height() / cut.height());
    }
}
