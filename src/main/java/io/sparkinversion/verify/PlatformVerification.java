package io.sparkinversion.verify;

import io.sparkinversion.diffusion.ModelComponents;
import io.sparkinversion.diffusion.ModelNetworks;
import io.sparkinversion.network.LpipsNetwork;
import io.sparkinversion.platform.Finding;
import io.sparkinversion.platform.Platform;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.weights.WeightSource;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Every operation of a model's networks, checked on a device without loading the model's weights. */
public final class PlatformVerification {
    private static final String ROW = "%-64s  %-28s  %8s  %s%n";

    private final Platform platform;
    private final int batch;
    private final List<Finding> findings = new ArrayList<>();

    private PlatformVerification(Platform platform, int batch) {
        this.platform = platform;
        this.batch = batch;
    }

    /**
     * Prints a table: the operation, the kernel that is used, its largest error in units of the results' root mean
     * square, and the kernels before it that are wrong or missing.
     *
     * @param lpips null for none
     * @param precision of the UNet
     * @param batch images at once, beside one
     * @return whether every operation can be computed
     */
    public static boolean run(
            ModelComponents model,
            WeightSource lpips,
            ScalarType precision,
            Platform platform,
            int batch,
            PrintStream out) {
        PlatformVerification verification = new PlatformVerification(platform, batch);
        verification.model(model, precision);
        if (lpips != null) {
            verification.check(new LpipsNetwork(lpips)::program, MemoryFormat.CHANNELS_FIRST);
        }
        return verification.print(out);
    }

    private void model(ModelComponents model, ScalarType precision) {
        MemoryFormat format = MemoryFormat.of(platform.device());
        ModelNetworks networks = ModelNetworks.of(model, precision);
        networks.textEncoders().values().forEach(encoder -> check(encoder::program, MemoryFormat.CHANNELS_FIRST));
        check(networks.vae()::program, format);
        check(networks.unet()::inferenceProgram, format);
        check(networks.unet()::gradientProgram, format);
    }

    private void check(Function<Target, Program> network, MemoryFormat format) {
        platform.inspect(network, format, batch).stream()
                .filter(finding -> !findings.contains(finding))
                .forEach(findings::add);
    }

    private boolean print(PrintStream out) {
        out.printf("processor: %s%n%n", platform.processor());
        out.printf(ROW, "operation", "kernel", "error", "not used");
        for (Finding finding : findings) {
            out.printf(
                    Locale.ROOT,
                    ROW,
                    finding.operation().fullName(),
                    finding.computable() ? finding.kernel().description() : "NONE",
                    finding.computable() ? String.format(Locale.ROOT, "%.1e", finding.error()) : "",
                    finding.failures());
        }
        long replaced = findings.stream()
                .filter(Finding::replaced)
                .filter(Finding::computable)
                .count();
        long refused =
                findings.stream().filter(finding -> !finding.computable()).count();
        out.printf(
                Locale.ROOT,
                "%n%d operations checked in %.1f s for batches of 1 and %d: %d right, %d right by another kernel,"
                        + " %d wrong by every kernel%n",
                findings.size(),
                platform.seconds(),
                Math.max(2, batch),
                findings.size() - replaced - refused,
                replaced,
                refused);
        return refused == 0;
    }
}
