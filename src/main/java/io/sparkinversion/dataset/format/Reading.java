package io.sparkinversion.dataset.format;

import io.sparkinversion.dataset.JobException;
import java.io.Serializable;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the user says of how a dataset is to be read; by default all of it is found out.
 *
 * @param imageColumn the column of the images or their paths; null for the common names
 * @param captionColumn the column of the captions; null likewise
 * @param idColumn the column of the ids; null likewise
 * @param editColumn the column of the edit prompts; null likewise
 * @param encoding of texts, such as {@code cp1252}; null for UTF-8, or UTF-16 where a text begins like it
 * @param split which of the dataset's splits, several with a plus between them, or {@code all}; null where there is one
 * @param captionsPerImage which captions of an image count
 * @param caption one caption for all images, instead of the dataset's own; null for none
 * @param captionFrom where captions come from
 */
public record Reading(
        String imageColumn,
        String captionColumn,
        String idColumn,
        String editColumn,
        String encoding,
        String split,
        CaptionsPerImage captionsPerImage,
        String caption,
        CaptionFrom captionFrom)
        implements Serializable {

    /** All splits of a dataset. */
    public static final String ALL_SPLITS = "all";

    /** Everything is found out. */
    public static final Reading DEFAULT =
            new Reading(null, null, null, null, null, null, CaptionsPerImage.AUTO, null, CaptionFrom.DATASET);

    /** Which captions of an image count. */
    public enum CaptionsPerImage {
        /** Every row of a table is a row; of a list of captions in a row the first counts. */
        AUTO,
        /** One caption an image: of a list, and of several rows with the same path, the first. */
        FIRST,
        /** Every caption of a list is a row of its own. */
        ALL
    }

    /** Where captions come from. */
    public enum CaptionFrom {
        /** The dataset's own. */
        DATASET,
        /** The name of the image file without its extension; underscores are blanks. */
        FILE_NAME,
        /** Every image has the empty prompt. */
        NONE
    }

    /** @throws JobException if Java does not know the encoding, or two sources of captions are named */
    public Reading {
        if (encoding != null) {
            charset(encoding);
        }
        if (caption != null && captionFrom != CaptionFrom.DATASET) {
            throw new JobException("caption and caption-from exclude each other; give only one of them");
        }
        if (caption != null && caption.isBlank()) {
            throw new JobException("caption is blank; for the empty prompt use --caption-from none");
        }
    }

    /** Whether captions of the dataset are not looked for. */
    public boolean givesCaptions() {
        return caption != null || captionFrom != CaptionFrom.DATASET;
    }

    static Charset charset(String name) {
        try {
            return Charset.forName(name);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            throw new JobException(
                    "encoding: unknown '" + name + "'; give one such as cp1252, iso-8859-1, utf-16 or gb18030", e);
        }
    }

    /** Those that change which rows there are or what they say, by their names; those left to be found out are absent. */
    public Map<String, String> named() {
        Map<String, String> named = new LinkedHashMap<>();
        put(named, "image_column", imageColumn);
        put(named, "caption_column", captionColumn);
        put(named, "id_column", idColumn);
        put(named, "edit_column", editColumn);
        put(named, "encoding", encoding);
        put(named, "split", split);
        put(named, "captions_per_image", captionsPerImage == CaptionsPerImage.AUTO ? null : label(captionsPerImage));
        put(named, "caption", caption);
        put(named, "caption_from", captionFrom == CaptionFrom.DATASET ? null : label(captionFrom));
        return named;
    }

    private static void put(Map<String, String> named, String name, String value) {
        if (value != null) {
            named.put(name, value);
        }
    }

    private static String label(Enum<?> value) {
        return value.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    /** Makes an object of these options, each of which is found out unless it is set. */
    public static final class Builder {
        private String imageColumn;
        private String captionColumn;
        private String idColumn;
        private String editColumn;
        private String encoding;
        private String split;
        private CaptionsPerImage captionsPerImage = CaptionsPerImage.AUTO;
        private String caption;
        private CaptionFrom captionFrom = CaptionFrom.DATASET;

        public Builder imageColumn(String name) {
            imageColumn = name;
            return this;
        }

        public Builder captionColumn(String name) {
            captionColumn = name;
            return this;
        }

        public Builder idColumn(String name) {
            idColumn = name;
            return this;
        }

        public Builder editColumn(String name) {
            editColumn = name;
            return this;
        }

        public Builder encoding(String name) {
            encoding = name;
            return this;
        }

        public Builder split(String names) {
            split = names;
            return this;
        }

        public Builder captionsPerImage(CaptionsPerImage which) {
            captionsPerImage = which;
            return this;
        }

        public Builder caption(String text) {
            caption = text;
            return this;
        }

        public Builder captionFrom(CaptionFrom where) {
            captionFrom = where;
            return this;
        }

        public Reading build() {
            return new Reading(
                    imageColumn,
                    captionColumn,
                    idColumn,
                    editColumn,
                    encoding,
                    split,
                    captionsPerImage,
                    caption,
                    captionFrom);
        }
    }
}
