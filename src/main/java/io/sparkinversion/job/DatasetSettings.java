package io.sparkinversion.job;

import java.io.Serializable;

/**
 * Where the images and their captions are.
 *
 * @param images the root folder of the images, or a Parquet file or folder; a local path or any address that Hadoop
 *     reads ({@code hdfs://}, {@code s3a://})
 * @param captions the captions file, or null for the default one in {@code images}
 *     ({@link CaptionsDataset#DEFAULT_FILES}); null for Parquet
 * @param format how to read it
 */
public record DatasetSettings(String images, String captions, Format format) implements Serializable {

    /** The forms of a dataset. */
    public enum Format {
        /** Found from the file names: {@code .json} is COCO, {@code .parquet} Parquet, else a captions file. */
        AUTO,
        /** A folder tree of images and a CSV or JSON Lines file of paths and captions. */
        CAPTIONS,
        /** Parquet with the images in a column. */
        PARQUET,
        /** A folder of images and a COCO captions document. */
        COCO
    }

    public DatasetSettings {
        if (images == null || images.isBlank()) {
            throw new JobException("no dataset given; name the folder of images or the Parquet data");
        }
        Addresses.refuseSecrets("dataset", images);
        Addresses.refuseSecrets("captions file", captions);
    }
}
