package io.sparkinversion.editing;

import java.io.Serializable;

/**
 * One prompt-to-prompt edit (Hertz et al., arXiv 2208.01626), whatever the prompts.
 *
 * @param attention what becomes of the targets' cross-attention; with {@link AttentionEdit.None} the next three do
 *     nothing
 * @param crossReplace when
 * @param selfReplace when the targets take the source's self-attention
 * @param selfReplacePixels only in layers of at most this many pixels
 * @param localBlend where the picture may change
 * @param sharing what else the targets take from the source
 */
public record EditSettings(
        AttentionEdit attention,
        CrossReplace crossReplace,
        Window selfReplace,
        int selfReplacePixels,
        LocalBlend localBlend,
        Sharing sharing)
        implements Serializable {
    /** The authors' limit: 32 x 32. */
    public static final int SELF_REPLACE_PIXELS = 1024;

    /** Every branch for itself. */
    public static final EditSettings NONE = new EditSettings(
            new AttentionEdit.None(),
            CrossReplace.until(0),
            Window.NEVER,
            SELF_REPLACE_PIXELS,
            LocalBlend.NONE,
            new Sharing.None());

    /**
     * @throws IllegalArgumentException if the number of pixels is negative
     */
    public EditSettings {
        if (selfReplacePixels < 0) {
            throw new IllegalArgumentException("self-replacement in layers of at most " + selfReplacePixels
                    + " pixels; the number must be 0 or more");
        }
    }

    /**
     * An edit of the first steps, in the whole picture.
     *
     * @param crossReplace share of the steps whose cross-attention is edited
     * @param selfReplace share of the steps whose self-attention is the source's
     */
    public static EditSettings of(AttentionEdit attention, double crossReplace, double selfReplace) {
        return new EditSettings(
                attention,
                CrossReplace.until(crossReplace),
                Window.until(selfReplace),
                SELF_REPLACE_PIXELS,
                LocalBlend.NONE,
                new Sharing.None());
    }

    public EditSettings withLocalBlend(LocalBlend blend) {
        return new EditSettings(attention, crossReplace, selfReplace, selfReplacePixels, blend, sharing);
    }

    /** The same during other steps. */
    public EditSettings during(CrossReplace cross, Window self) {
        return new EditSettings(attention, cross, self, selfReplacePixels, localBlend, sharing);
    }

    public EditSettings withSelfReplacePixels(int pixels) {
        return new EditSettings(attention, crossReplace, selfReplace, pixels, localBlend, sharing);
    }

    /** The same with something else shared. */
    public EditSettings withSharing(Sharing other) {
        return new EditSettings(attention, crossReplace, selfReplace, selfReplacePixels, localBlend, other);
    }
}
