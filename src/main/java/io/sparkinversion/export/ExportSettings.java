package io.sparkinversion.export;

import io.sparkinversion.UserException;
import java.util.List;

/**
 * What of a run becomes files.
 *
 * @param run its directory
 * @param target the folder of the files, which is empty or not there yet: a local path or an address
 * @param layout how files and captions lie in it
 * @param pictures which columns of the table images: original, reconstruction, edited, mask; none for the run's usual ones
 * @param where a condition in Spark SQL on the columns of metrics; null for all rows
 * @param pick which of those rows
 * @param by the score that best and worst go by
 */
public record ExportSettings(
        String run, String target, Layout layout, List<String> pictures, String where, Pick pick, String by) {
    /** Every picture that a run may have. */
    public static final List<String> PICTURES = List.of("original", "reconstruction", "edited", "mask");

    /** How files and captions lie in the folder. */
    public enum Layout {
        /** A folder for each kind of picture, and captions.csv. */
        FOLDER,
        /** Hugging Face's: the same files, and metadata.jsonl. */
        IMAGEFOLDER,
        /** Tar files of a PNG, a text and a JSON each. */
        WEBDATASET,
        /** A text of the same name beside each picture. */
        SIDECAR
    }

    /**
     * A part of the rows.
     *
     * @param order which come first
     * @param count how many are taken; 0 for all
     */
    public record Pick(Order order, long count) {
        public static final Pick ALL = new Pick(Order.ID, 0);
    }

    /** Which rows come first. */
    public enum Order {
        ID,
        BEST,
        WORST,
        /** By SHA-256 of the id: the same rows each time. */
        SAMPLE
    }

    /** @throws UserException if a picture is unknown or a count is negative */
    public ExportSettings {
        pictures = List.copyOf(pictures);
        for (String picture : pictures) {
            if (!PICTURES.contains(picture)) {
                throw new UserException(
                        "pictures: invalid value '" + picture + "'; expected some of " + String.join(", ", PICTURES));
            }
        }
        if (pick.count() < 0) {
            throw new UserException("a number of rows to export is negative: " + pick.count());
        }
    }
}
