package io.sparkinversion.cli;

import io.sparkinversion.job.DatasetSettings;
import java.util.Locale;
import picocli.CommandLine.Option;

/** Which images. */
final class DatasetOptions {
    @Option(
            names = "--dataset",
            required = true,
            description = {
                "A folder of images with captions.csv or captions.jsonl (path,caption[,id][,edit_prompt]) in it,",
                "Parquet with an image column, or COCO's image folder. Local, hdfs:// or s3a://."
            })
    private String root;

    @Option(names = "--captions", description = "The captions file, where it is not in the folder under its usual name.")
    private String captions;

    @Option(names = "--format", defaultValue = "auto", description = "auto, csv, json_lines, parquet or coco.")
    private String format;

    @Option(names = "--limit", defaultValue = "0", description = "Take only the first rows; 0 takes all.")
    private long limit;

    DatasetSettings settings() {
        return new DatasetSettings(
                root, captions, Choice.of("--format", DatasetSettings.Format.class, format.toUpperCase(Locale.ROOT)), limit);
    }
}
