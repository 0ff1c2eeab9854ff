package io.sparkinversion.cli;

import io.sparkinversion.api.InversionSettings;
import io.sparkinversion.api.SparkInversion;
import io.sparkinversion.dataset.DatasetSettings.Format;
import picocli.CommandLine.Option;

/** Which images. */
final class DatasetOptions {
    @Option(
            names = "--dataset",
            required = true,
            description = "A folder of images with captions.csv or captions.jsonl"
                    + " (path,caption[,id][,edit_prompt][,blend_words]), Parquet with an image column, COCO's image"
                    + " folder, or PIE-Bench's folder with mapping_file.json. Local, hdfs:// or s3a://.")
    private String root;

    @Option(names = "--captions", description = "The captions file, if it is not in the folder or has another name.")
    private String captions;

    @Option(
            names = "--format",
            defaultValue = InversionSettings.FORMAT,
            description = "Dataset format: auto, csv, json-lines, parquet, coco or pie-bench.")
    private String format;

    @Option(
            names = "--limit",
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
            defaultValue = "" + InversionSettings.SEED,
            description = "Random seed for --sample; the same seed draws the same rows.")
    private long seed;

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
    }
}
