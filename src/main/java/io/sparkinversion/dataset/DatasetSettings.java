package io.sparkinversion.dataset;

import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.dataset.format.Reading;
import java.io.Serializable;

/**
 * Where the images and captions of a run are.
 *
 * @param root the image folder, or the folder or file of Parquet: a local path, or an address such as {@code file:},
 *     {@code hdfs://} or {@code s3a://}
 * @param captions the address of the captions file, or null to look for one in the root
 * @param format how captions and images are stored
 * @param limit how many rows to take from the front of the dataset; 0 takes all
 * @param sample how many of those to draw; 0 takes all
 * @param seed of that draw: the same rows are drawn with the same seed, whatever their order
 * @param edits where edit prompts come from. Where images are edited, those that have a caption and no edit are left
 *     out; the limit counts them still, the sample is drawn from the others
 * @param reading what the user says of columns, captions, encoding and splits
 */
public record DatasetSettings(
        String root,
        String captions,
        Format format,
        long limit,
        long sample,
        long seed,
        EditSource edits,
        Reading reading)
        implements Serializable {

    /** Takes the place of an address where the images come as a data frame. */
    public static final String DATA_FRAME = "dataframe";

    /**
     * @throws JobException if no root is given, an address has credentials in it, or the limit or sample is negative
     */
    public DatasetSettings {
        if (root == null || root.isBlank()) {
            throw new JobException("no dataset given: name the image folder or the Parquet folder or file");
        }
        PublicAddress.requireNoCredentials("dataset", root);
        PublicAddress.requireNoCredentials("captions", captions);
        if (limit < 0) {
            throw new JobException("dataset limit " + limit + " is negative: give a number of rows, or 0 for all");
        }
        if (sample < 0) {
            throw new JobException("dataset sample " + sample + " is negative: give a number of rows, or 0 for all");
        }
    }

    /**
     * The settings of a dataset that comes as a data frame.
     *
     * @param limit see {@link DatasetSettings}
     * @param sample likewise
     * @param seed likewise
     * @param edits likewise
     * @param reading likewise
     */
    public static DatasetSettings ofDataFrame(long limit, long sample, long seed, EditSource edits, Reading reading) {
        return new DatasetSettings(DATA_FRAME, null, Format.AUTO, limit, sample, seed, edits, reading);
    }

    /** Everything about columns, captions, encoding and splits is found out. */
    public DatasetSettings(
            String root, String captions, Format format, long limit, long sample, long seed, EditSource edits) {
        this(root, captions, format, limit, sample, seed, edits, Reading.DEFAULT);
    }

    /** A sample, of which nothing is edited. */
    public DatasetSettings(String root, String captions, Format format, long limit, long sample, long seed) {
        this(root, captions, format, limit, sample, seed, EditSource.NONE);
    }

    /** All rows up to the limit, of which nothing is edited. */
    public DatasetSettings(String root, String captions, Format format, long limit) {
        this(root, captions, format, limit, 0, 0);
    }
}
