package io.sparkinversion.cli;

import ai.djl.Device;
import io.sparkinversion.UserException;
import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.engine.DeviceChoice;
import io.sparkinversion.engine.DeviceChoice.Surroundings;
import io.sparkinversion.platform.Platform;
import io.sparkinversion.platform.Processor;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.verify.CaseReport;
import io.sparkinversion.verify.PlatformVerification;
import io.sparkinversion.verify.Verification;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.worker.WorkerHook;
import io.sparkinversion.worker.WorkerSettings.Precision;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compares this code with what the reference code computed, or this device with sums computed in Java. */
@Command(
        name = "verify",
        description =
                "Compare every golden tensor of a fixture folder with what this code computes; or, with --platform, every"
                        + " kind of operation in a model's networks on this device with sums computed in Java.",
        versionProvider = Main.Version.class)
final class VerifyCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FIXTURES", arity = "0..1", description = "Folder with models/, goldens/, lpips/.")
    private Path fixtures;

    @Option(names = "--platform", description = "Check the device, for the model chosen by the other options.")
    private boolean platform;

    @Option(names = "--device", paramLabel = "DEVICE", defaultValue = "auto", description = "auto, cpu, gpu or gpu:N.")
    private String device;

    @Option(
            names = "--dtype",
            defaultValue = "float32",
            description = "Numeric type of the UNet: float32, float16 or bfloat16.")
    private String dtype;

    @Option(
            names = "--batch-size",
            paramLabel = "N",
            defaultValue = "8",
            description = "Batch size to check, in addition to 1.")
    private int batchSize;

    @Mixin
    private ModelOptions model;

    @Override
    public Integer call() {
        if (platform == (fixtures != null)) {
            throw new UserException("give either FIXTURES or --platform, not both");
        }
        return platform ? verifyPlatform() : verifyFixtures();
    }

    private int verifyFixtures() {
        System.out.println("processor: " + Processor.of(Device.cpu()));
        CaseReport report = Verification.run(fixtures, System.out);
        System.out.printf(
                "%d passed, %d failed, %d not supported yet%n",
                report.passed(), report.failed(), report.notSupported());
        return report.failed() == 0 ? 0 : 1;
    }

    private int verifyPlatform() {
        ScalarType precision =
                ScalarType.valueOf(Choice.of("--dtype", Precision.class, dtype).name());
        if (batchSize < 1) {
            throw new UserException("--batch-size is " + batchSize + "; it must be 1 or more");
        }
        Surroundings here = new Surroundings(null, true, 0, WorkerHook.NONE.gpuCount());
        Platform checked = Platform.of(DeviceChoice.choose(device, here));
        Configuration hadoop = new Configuration();
        ModelComponents components = model.components(hadoop);
        try (WeightSource lpips = model.openLpips(hadoop)) {
            return PlatformVerification.run(components, lpips, precision, checked, batchSize, System.out) ? 0 : 1;
        }
    }
}
