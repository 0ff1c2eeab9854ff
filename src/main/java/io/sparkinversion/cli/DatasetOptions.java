package io.sparkinversion.cli;

import io.sparkinversion.api.InversionSettings;
import io.sparkinversion.api.SparkInversion;
import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.dataset.format.Reading;
import io.sparkinversion.dataset.format.Reading.CaptionFrom;
import io.sparkinversion.dataset.format.Reading.CaptionsPerImage;
import io.sparkinversion.diffusion.LongCaptions;
import picocli.CommandLine.Option;

/** Which images. */
final class DatasetOptions {
    @Option(
            names = "--dataset",
            paramLabel = "FOLDER",
            required = true,
            description = "Images with captions: a folder with captions.csv, a Hugging Face image folder or Parquet,"
                    + " WebDataset shards, COCO, PIE-Bench, Flickr8k/30k, texts beside images, or images alone"
                    + " (docs/datasets.md). Local, hdfs:// or s3a://.")
    private String root;

    @Option(
            names = "--captions",
            paramLabel = "FILE",
            hidden = true,
            description = "The captions file, if it is not in the folder or has another name.")
    private String captions;

    @Option(
            names = "--format",
            paramLabel = "NAME",
            hidden = true,
            defaultValue = InversionSettings.FORMAT,
            description =
                    "Dataset format: auto, csv, json-lines, parquet, coco, pie-bench, flickr, webdataset, sidecar or"
                            + " folder.")
    private String format;

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "" + InversionSettings.LIMIT,
            description = "Take the first N rows; 0: all rows.")
    private long limit;

    @Option(
            names = "--sample",
            paramLabel = "N",
            description = "Take N random rows (of the first --limit, if given); 0: all rows.")
    private Long sample;

    @Option(
            names = "--seed",
            paramLabel = "N",
            hidden = true,
            defaultValue = "" + InversionSettings.SEED,
            description = "Random seed for --sample; the same seed draws the same rows.")
    private long seed;

    @Option(
            names = "--split",
            paramLabel = "NAME",
            hidden = true,
            description = "Which split of the dataset: a name, several as train+test, or all.")
    private String split;

    @Option(
            names = "--image-column",
            hidden = true,
            paramLabel = "NAME",
            description = "Column of the images or their paths.")
    private String imageColumn;

    @Option(names = "--caption-column", hidden = true, paramLabel = "NAME", description = "Column of the captions.")
    private String captionColumn;

    @Option(names = "--id-column", hidden = true, paramLabel = "NAME", description = "Column of the ids.")
    private String idColumn;

    @Option(names = "--edit-column", hidden = true, paramLabel = "NAME", description = "Column of the edit prompts.")
    private String editColumn;

    @Option(
            names = "--captions-per-image",
            hidden = true,
            paramLabel = "WHICH",
            description =
                    "first: one caption an image; all: each caption of a list is an image of its own. Default: each"
                            + " row of a table is one, of a list the first counts.")
    private String captionsPerImage;

    @Option(
            names = "--long-captions",
            hidden = true,
            paramLabel = "HOW",
            defaultValue = InversionSettings.LONG_CAPTIONS,
            description =
                    "Captions of more than 75 tokens: cut them, or encode them in chunks of 75 tokens, which the UNet"
                            + " reads one after the other. Edits of such captions are refused.")
    private String longCaptions;

    @Option(names = "--caption", hidden = true, paramLabel = "TEXT", description = "One caption for all images.")
    private String caption;

    @Option(
            names = "--caption-from",
            hidden = true,
            paramLabel = "WHERE",
            description = "dataset, file-name, or none for the empty prompt. Default: dataset.")
    private String captionFrom;

    @Option(
            names = "--encoding",
            hidden = true,
            paramLabel = "NAME",
            description = "Encoding of captions that are not UTF-8 or UTF-16, such as cp1252.")
    private String encoding;

    String root() {
        return root;
    }

    void apply(SparkInversion run) {
        run.images(root)
                .captions(captions)
                .format(Choice.of("--format", Format.class, format.replace('-', '_')))
                .limit(limit)
                .seed(seed);
        if (sample != null) {
            run.sample(sample);
        }
        run.reading(this::read).longCaptions(Choice.of("--long-captions", LongCaptions.class, longCaptions));
    }

    private void read(Reading.Builder how) {
        how.split(split)
                .imageColumn(imageColumn)
                .captionColumn(captionColumn)
                .idColumn(idColumn)
                .editColumn(editColumn)
                .caption(caption)
                .encoding(encoding);
        if (captionsPerImage != null) {
            how.captionsPerImage(Choice.of("--captions-per-image", CaptionsPerImage.class, captionsPerImage));
        }
        if (captionFrom != null) {
            how.captionFrom(Choice.of("--caption-from", CaptionFrom.class, captionFrom.replace('-', '_')));
        }
    }
}
