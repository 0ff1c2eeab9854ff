package io.sparkinversion.cli;

import io.sparkinversion.api.RunResult;
import io.sparkinversion.api.SparkInversion;
import picocli.CommandLine.Command;

/** The main job. */
@Command(
        name = "invert",
        description =
                "Invert the images of a dataset, reconstruct them, and measure the reconstructions. If interrupted, run"
                        + " the same command again to resume.",
        versionProvider = Main.Version.class,
        sortOptions = false)
final class InvertCommand extends SingleRunCommand {
    @Override
    RunResult run(SparkInversion inversion) {
        return inversion.invert();
    }
}
