package io.sparkinversion.cli;

import io.sparkinversion.diffusion.ModelPrograms;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ProgramFiles;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes what libtorch runs to files. */
@Command(
        name = "programs",
        description =
                "Write the networks of a model as the TorchScript programs that jobs run: NAME.pt for torch.jit.load in"
                        + " Python or C++, without weights, and NAME.json with the order in which to pass the weights.",
        versionProvider = Main.Version.class)
final class ProgramsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ModelOptions model;

    @Option(names = "--dtype", defaultValue = "float32", description = "Numeric type of the UNet.")
    private String dtype;

    @Option(
            names = "--memory-format",
            defaultValue = "channels-last",
            description = "channels-last (what jobs use on a GPU) or channels-first (on the CPU).")
    private String memoryFormat;

    @Option(names = "--output", required = true, paramLabel = "FOLDER", description = "Folder to write to.")
    private Path output;

    @Override
    public Integer call() {
        ScalarType precision =
                ScalarType.valueOf(Choice.of("--dtype", Precision.class, dtype).name());
        MemoryFormat format = Choice.of("--memory-format", MemoryFormat.class, memoryFormat.replace('-', '_'));
        ModelPrograms programs =
                ModelPrograms.of(model.components(new Configuration()), precision, Target.portable(format));
        for (Program program : programs.all()) {
            ProgramFiles.write(program, output);
            spec.commandLine()
                    .getOut()
                    .printf(
                            "%s: %d weights, %,d parameters%n",
                            output.resolve(program.name() + ".pt"),
                            program.weights().size(),
                            program.parameterCount());
        }
        spec.commandLine().getOut().flush();
        return 0;
    }
}
