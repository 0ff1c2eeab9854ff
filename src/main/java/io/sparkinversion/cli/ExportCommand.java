package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.export.ExportSettings;
import io.sparkinversion.export.ExportSettings.Layout;
import io.sparkinversion.export.ExportSettings.Order;
import io.sparkinversion.export.ExportSettings.Pick;
import io.sparkinversion.export.RunExport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Results as files. */
@Command(
        name = "export",
        description = "Write pictures of a finished run as PNG files with captions, to train on or to look at.",
        versionProvider = Main.Version.class,
        sortOptions = false)
final class ExportCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "RUN",
            description = "The --output of invert or edit, or a steps- folder of an evaluation.")
    private String run;

    @Option(
            names = "--to",
            required = true,
            description = "Folder for the files, empty or new: a local path, hdfs:// or s3a://.")
    private String target;

    @Option(
            names = "--as",
            paramLabel = "LAYOUT",
            defaultValue = "folder",
            description =
                    "folder (with captions.csv), imagefolder (with metadata.jsonl, for Hugging Face), sidecar (a text"
                            + " beside each picture, for LoRA trainers) or webdataset (tar files).")
    private String layout;

    @Option(
            names = "--pictures",
            split = ",",
            paramLabel = "KIND",
            description =
                    "original, reconstruction, edited, mask; comma-separated. Default: edited, or for a run without"
                            + " edits original,reconstruction.")
    private List<String> pictures = List.of();

    @Option(
            names = "--where",
            paramLabel = "SQL",
            description = "Only rows of metrics that meet this condition, such as \"lpips < 0.2 and method ="
                    + " 'negative-prompt'\".")
    private String where;

    @Option(names = "--worst", paramLabel = "N", description = "Only the N worst rows, by the score of --by.")
    private Long worst;

    @Option(names = "--best", paramLabel = "N", description = "Only the N best rows, by the score of --by.")
    private Long best;

    @Option(names = "--sample", paramLabel = "N", description = "Only N rows drawn by their ids.")
    private Long sample;

    @Option(
            names = "--by",
            paramLabel = "COLUMN",
            defaultValue = "psnr",
            description = "Score of metrics that --worst and --best go by.")
    private String by;

    @Mixin
    private SparkOptions sparkOptions;

    @Override
    public Integer call() throws IOException {
        ExportSettings settings =
                new ExportSettings(run, target, Choice.of("--as", Layout.class, layout), pictures, where, pick(), by);
        try (SparkSession spark = sparkOptions.session("export of " + run, target)) {
            long count = RunExport.write(spark, settings);
            System.out.println(count + (count == 1 ? " picture" : " pictures") + " written to " + target);
        }
        return 0;
    }

    private Pick pick() {
        List<Pick> picks = new ArrayList<>();
        add(picks, Order.WORST, worst);
        add(picks, Order.BEST, best);
        add(picks, Order.SAMPLE, sample);
        if (picks.size() > 1) {
            throw new UserException("--worst, --best and --sample exclude each other; give only one of them");
        }
        return picks.isEmpty() ? Pick.ALL : picks.get(0);
    }

    private static void add(List<Pick> picks, Order order, Long count) {
        if (count != null) {
            picks.add(new Pick(order, count));
        }
    }
}
