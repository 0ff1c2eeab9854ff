package io.sparkinversion.dataset.format;

/** How captions and images are stored. */
public enum Format {
    /** By the captions file's name, or by what the root holds. */
    AUTO,
    /** Separated values (RFC 4180) with a header, and image files. */
    CSV,
    /** One JSON object a line, or a list of objects, and image files. */
    JSON_LINES,
    /** Images, or their paths, and captions in Parquet columns. */
    PARQUET,
    /** Microsoft COCO's caption annotations (one JSON object), and image files. */
    COCO,
    /** PIE-Bench: mapping_file.json (one JSON object), and image files below annotation_images. */
    PIE_BENCH,
    /** Flickr8k's and Flickr30k's token files: name, #number, tab, caption; and image files. */
    FLICKR,
    /** Tar files, in which the files of an image have one name and different extensions. */
    WEBDATASET,
    /** Image files with a text file of the same name beside each. */
    SIDECAR,
    /** Image files without captions. */
    FOLDER
}
