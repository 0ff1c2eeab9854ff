package io.sparkinversion.cli;

import io.sparkinversion.api.InversionSettings;
import io.sparkinversion.api.SparkInversion;
import io.sparkinversion.dataset.DatasetSettings.Format;
import picocli.CommandLine.Option;

/** Which images. */
final class DatasetOptions {
    @Option(
            names = "--dataset",
            paramLabel = "FOLDER",
            required = true,
            description = "Images with captions, local, hdfs:// or s3a://: a folder with captions.csv or"
                    + " captions.jsonl (columns path, caption; optional id, edit_prompt, blend_words), Parquet with"
                    + " an image column, COCO's image folder, or PIE-Bench's folder with mapping_file.json.")
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
            description = "Dataset format: auto, csv, json-lines, parquet, coco or pie-bench.")
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
