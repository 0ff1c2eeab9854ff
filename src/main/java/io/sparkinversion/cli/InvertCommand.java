package io.sparkinversion.cli;

import io.sparkinversion.dataset.DatasetSettings;
import picocli.CommandLine.Command;

/** The main job. */
@Command(
        name = "invert",
        description = "Inverts the images of a dataset, reconstructs them, and measures the reconstructions.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        sortOptions = false,
        showDefaultValues = true)
final class InvertCommand extends SingleRunCommand {
    @Override
    DatasetSettings dataset(DatasetOptions options) {
        return options.settings(0);
    }
}
