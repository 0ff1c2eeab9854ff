package io.sparkinversion.cli;

import io.sparkinversion.job.DatasetReader;
import io.sparkinversion.job.EditReport;
import io.sparkinversion.job.EditSource;
import io.sparkinversion.job.InversionJob;
import io.sparkinversion.job.JobSettings;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.worker.EngineRegistry;
import io.sparkinversion.worker.InversionWorker;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Bulk editing. */
@Command(
        name = "edit",
        description = "Edits the images of a dataset by prompts, and writes the edits beside the originals. An image's"
                + " edits share one inversion. The same command again goes on where it ended; with other edit prompts"
                + " it edits again what has changed, from the inversions that it has kept.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        showDefaultValues = true)
final class EditCommand implements Callable<Integer> {
    /** More would make the page slow. */
    static final int GALLERY_ROWS = 10_000;

    @Mixin
    private DatasetOptions dataset;

    @Option(
            names = "--edit",
            paramLabel = "TEMPLATE",
            description = {
                "Makes an edit prompt of each caption: s/cat/dog/ (a regular expression, flags g and i),",
                "'{caption} in watercolour', or a text for all. Give it several times for several edits an image.",
                "Default: the dataset's edit_prompt column. Images without an edit are left out."
            })
    private List<String> templates = List.of();

    @Option(names = "--output", required = true, description = "Where the tables go: a folder, hdfs:// or s3a://.")
    private String output;

    @ArgGroup(validate = false, heading = "%nModel%n")
    private ModelOptions model = new ModelOptions();

    @ArgGroup(validate = false, heading = "%nInversion%n")
    private MethodOptions method = new MethodOptions();

    @ArgGroup(validate = false, heading = "%nEditing%n")
    private EditingOptions editing = new EditingOptions();

    @ArgGroup(validate = false, heading = "%nRun%n")
    private RunOptions run = new RunOptions();

    @ArgGroup(validate = false, heading = "%nSpark%n")
    private SparkOptions sparkOptions = new SparkOptions();

    @Override
    public Integer call() throws IOException {
        JobSettings settings = settings();
        DatasetReader.requireDataset(settings.dataset(), sparkOptions.hadoop());
        try (SparkSession spark = sparkOptions.session("edit " + settings.dataset().root(), settings.output())) {
            RunSummary summary = InversionJob.run(
                    settings, new InversionWorker(settings.worker()), spark, System.out, run.progress());
            System.out.print(EditReport.write(spark, settings.output(), GALLERY_ROWS));
            return summary.nothingWorked() ? Main.EVERY_IMAGE_FAILED : 0;
        } finally {
            EngineRegistry.closeAll();
        }
    }

    JobSettings settings() {
        EditSource source = templates.isEmpty() ? EditSource.DATASET : EditSource.templates(templates);
        method.methods().forEach(io.sparkinversion.editing.EditMethod::of);
        return new JobSettings(
                dataset.settings(0, source),
                output,
                model.chosen(sparkOptions.hadoop())
                        .settings(method.methods(), method.steps(), method, run, 0)
                        .editing(editing.recipe()),
                model.lpipsName(),
                run.partitions(),
                run.waveSize(),
                run.resume());
    }
}
