package io.sparkinversion.image;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A decoded picture, upright.
 *
 * @param image its pixels
 * @param marks what was particular about its file
 */
public record Picture(RgbImage image, Set<Mark> marks) {
    /** What may be particular about a file. The names are part of the result tables' format. */
    public enum Mark {
        /** It ends early; the missing part is black. */
        TRUNCATED,
        /** It has a fault that changes no pixel. */
        REPAIRED,
        /** Some of it is transparent. */
        ALPHA,
        /** It has a colour profile other than sRGB, by which it was converted. */
        PROFILE,
        /** It has a colour profile other than sRGB, which was not applied. */
        PROFILE_IGNORED,
        /** It is smaller than what it is resized to. */
        SMALL;

        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** The same with another mark. */
    public Picture with(Mark mark) {
        EnumSet<Mark> all = EnumSet.of(mark);
        all.addAll(marks);
        return new Picture(image, all);
    }

    /** The marks' names in their order with commas between them; null where there are none. */
    public String markText() {
        return marks.isEmpty()
                ? null
                : EnumSet.copyOf(marks).stream().map(Mark::label).collect(Collectors.joining(","));
    }
}
