package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.api.RunResult;
import io.sparkinversion.api.SparkInversion;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Bulk editing. */
@Command(
        name = "edit",
        description =
                "Edit the images of a dataset by prompts, and write the edits beside the originals. The edits of an"
                        + " image share one inversion. If interrupted, run the same command again to resume. With other edit"
                        + " prompts, it computes the changed edits only, from the kept inversions.",
        versionProvider = Main.Version.class,
        sortOptions = false)
final class EditCommand extends SingleRunCommand {
    @Option(
            names = "--edit",
            paramLabel = "TEMPLATE",
            description = {
                "Make an edit prompt from each caption: s/cat/dog/ (a regular expression, with flags g and i),"
                        + " '{caption} in watercolour', or one text for all. May be repeated for several edits per image."
                        + " Images without an edit are skipped.",
                "Default: the dataset's edit_prompt column."
            })
    private List<String> templates = List.of();

    @ArgGroup(validate = false, heading = "%nEditing%n", order = 3)
    private EditingOptions editing = new EditingOptions();

    @Override
    RunResult run(SparkInversion inversion) {
        if (editing.hasRows() && isGiven("--method")) {
            throw new UserException("--rows names the methods; leave out --method");
        }
        return inversion.edit(editing.edits(templates));
    }
}
