package io.sparkinversion.cli;

import io.sparkinversion.verify.CaseReport;
import io.sparkinversion.verify.Verification;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Compares this code with what the reference code computed. */
@Command(
        name = "verify",
        description = "Compares every golden tensor of a fixture folder with what this code computes.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class)
final class VerifyCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FIXTURES", description = "A folder with models/, goldens/, lpips/.")
    private Path fixtures;

    @Override
    public Integer call() {
        CaseReport report = Verification.run(fixtures, System.out);
        System.out.printf(
                "%d passed, %d failed, %d not supported yet%n",
                report.passed(), report.failed(), report.notSupported());
        return report.failed() == 0 ? 0 : 1;
    }
}
