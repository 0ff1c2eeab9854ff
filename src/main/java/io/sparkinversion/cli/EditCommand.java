package io.sparkinversion.cli;

import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.EditSource;
import io.sparkinversion.editing.EditMethod;
import io.sparkinversion.gallery.EditReport;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.worker.WorkerSettings;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
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
final class EditCommand extends SingleRunCommand {
    /** More would make the page slow. */
    static final int GALLERY_ROWS = 10_000;

    @Option(
            names = "--edit",
            paramLabel = "TEMPLATE",
            description = {
                "Makes an edit prompt of each caption: s/cat/dog/ (a regular expression, flags g and i),",
                "'{caption} in watercolour', or a text for all. Give it several times for several edits an image.",
                "Default: the dataset's edit_prompt column. Images without an edit are left out."
            })
    private List<String> templates = List.of();

    @ArgGroup(validate = false, heading = "%nEditing%n", order = 3)
    private EditingOptions editing = new EditingOptions();

    @Override
    DatasetSettings dataset(DatasetOptions options) {
        return options.settings(0, templates.isEmpty() ? EditSource.DATASET : EditSource.templates(templates));
    }

    @Override
    WorkerSettings worker(WorkerSettings plain) {
        plain.methods().forEach(EditMethod::of);
        return plain.editing(editing.recipe());
    }

    @Override
    void afterwards(SparkSession spark, JobSettings settings) {
        System.out.print(
                EditReport.write(spark, settings.output(), GALLERY_ROWS).place());
    }
}
