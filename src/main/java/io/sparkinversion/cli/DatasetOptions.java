package io.sparkinversion.cli;

import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.DatasetSettings.Format;
import io.sparkinversion.dataset.EditSource;
import picocli.CommandLine.Option;

/** Which images. */
final class DatasetOptions {
    @Option(
            names = "--dataset",
            required = true,
            description = {
                "A folder of images with captions.csv or captions.jsonl in it",
                "(path,caption[,id][,edit_prompt][,blend_words]), Parquet with an image column, COCO's image folder,",
                "or PIE-Bench's folder with mapping_file.json. Local, hdfs:// or s3a://."
            })
    private String root;

    @Option(names = "--captions", description = "The captions file, where the folder has none under a usual name.")
    private String captions;

    @Option(
            names = "--format",
            defaultValue = "auto",
            description = "auto, csv, json-lines, parquet, coco or pie-bench.")
    private String format;

    @Option(names = "--limit", defaultValue = "0", description = "Take only the first rows; 0 takes all.")
    private long limit;

    @Option(
            names = "--sample",
            paramLabel = "N",
            description = "Draw so many rows at random, of the first --limit ones where that is given; 0 takes all.")
    private Long sample;

    @Option(
            names = "--seed",
            defaultValue = "0",
            description = "Of the sample: the same rows are drawn with the same seed.")
    private long seed;

    /**
     * Nothing is edited.
     *
     * @param sampleByDefault how many rows are drawn where the user does not say; 0 for all
     */
    DatasetSettings settings(long sampleByDefault) {
        return settings(sampleByDefault, EditSource.NONE);
    }

    /**
     * @param sampleByDefault how many rows are drawn where the user does not say; 0 for all
     * @param edits where edit prompts come from
     */
    DatasetSettings settings(long sampleByDefault, EditSource edits) {
        return new DatasetSettings(
                root,
                captions,
                Choice.of("--format", Format.class, format.replace('-', '_')),
                limit,
                sample == null ? sampleByDefault : sample,
                seed,
                edits);
    }
}
