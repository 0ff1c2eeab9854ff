package io.sparkinversion.platform;

import ai.djl.Device;
import io.sparkinversion.torchscript.Kernel;
import io.sparkinversion.torchscript.Operation;
import io.sparkinversion.torchscript.Operation.Attention;
import io.sparkinversion.torchscript.Operation.Convolution;
import io.sparkinversion.torchscript.Operation.Linear;
import java.util.List;
import java.util.function.BiPredicate;

/** A device on which some kernels are faulty. */
public record FaultyCatalog(KernelCatalog device, Fault fault, BiPredicate<Operation, Kernel<?>> faulty)
        implements KernelCatalog {

    /** A platform of the CPU's kernels, where some are faulty. */
    public static Platform platform(Fault fault, BiPredicate<Operation, Kernel<?>> faulty) {
        return new Platform(Device.cpu(), new FaultyCatalog(KernelCatalog.of(Device.cpu()), fault, faulty));
    }

    @Override
    public List<Kernel<Convolution>> of(Convolution operation) {
        return spoiled(operation, device.of(operation));
    }

    @Override
    public List<Kernel<Linear>> of(Linear operation) {
        return spoiled(operation, device.of(operation));
    }

    @Override
    public List<Kernel<Attention>> of(Attention operation) {
        return spoiled(operation, device.of(operation));
    }

    private <O extends Operation> List<Kernel<O>> spoiled(O operation, List<Kernel<O>> kernels) {
        return kernels.stream()
                .map(kernel -> faulty.test(operation, kernel) ? fault.in(kernel) : kernel)
                .toList();
    }
}
