package io.sparkinversion.platform;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.platform.Finding.Attempt;
import io.sparkinversion.torchscript.Kernel;
import io.sparkinversion.torchscript.KernelChoice;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Operation;
import io.sparkinversion.torchscript.Operation.Attention;
import io.sparkinversion.torchscript.Operation.Convolution;
import io.sparkinversion.torchscript.Operation.Linear;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.Target;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/**
 * A device that is not trusted. Before a network runs on it, every distinct operation of the network's program is
 * computed by the kernel that the program would take, forward and, where the program differentiates it, backward, for
 * one image and for a whole batch, and compared with sums computed in Java. A kernel that is wrong is never used: the
 * fastest right one takes its place, and where there is none the network is refused.
 *
 * <p>PSNR cannot replace this: a network that is wrong inverts itself. Safe for use by several threads.
 */
public final class Platform {
    private static final ConcurrentMap<Device, Platform> PLATFORMS = new ConcurrentHashMap<>();

    private final Device device;
    private final KernelCatalog catalog;
    private final Processor processor;
    private final Map<Key, Finding> findings = new HashMap<>();
    private double seconds;

    private record Key(Operation operation, MemoryFormat format, int batch) {}

    /** @param catalog which kernels may be taken */
    public Platform(Device device, KernelCatalog catalog) {
        this.device = device;
        this.catalog = catalog;
        this.processor = Processor.of(device);
    }

    /** The device with all its kernels; what was found out about it serves the whole process. */
    public static Platform of(Device device) {
        return PLATFORMS.computeIfAbsent(device, key -> new Platform(key, KernelCatalog.of(key)));
    }

    public Device device() {
        return device;
    }

    public Processor processor() {
        return processor;
    }

    /**
     * A network's program whose operations are all right on this device.
     *
     * @param network writes the program for a target
     * @param format of images, in memory
     * @param batch how many images it will compute on at once
     * @throws PlatformException if no kernel computes one of its operations rightly
     */
    public Fitted fit(Function<Target, Program> network, MemoryFormat format, int batch) {
        Program draft = network.apply(new Target(format, new Choice(operation -> null)));
        Map<Operation, Finding> found = find(draft.operations(), format, batch);
        found.values().stream()
                .filter(finding -> !finding.computable())
                .findFirst()
                .ifPresent(finding -> {
                    throw new PlatformException(finding, processor);
                });
        Program program =
                network.apply(new Target(format, new Choice(operation -> Objects.requireNonNull(found.get(operation))
                        .kernel())));
        return new Fitted(program, List.copyOf(found.values()));
    }

    /** What is found about a network's operations, whether or not they can be computed; see {@link #fit}. */
    public List<Finding> inspect(Function<Target, Program> network, MemoryFormat format, int batch) {
        Program draft = network.apply(new Target(format, new Choice(operation -> null)));
        return List.copyOf(find(draft.operations(), format, batch).values());
    }

    /**
     * A program and what was found about its operations.
     *
     * @param findings in the order of the operations' first use
     */
    public record Fitted(Program program, List<Finding> findings) {}

    /** Findings in the order of the operations; one thread at a time checks. */
    private synchronized Map<Operation, Finding> find(List<Operation> operations, MemoryFormat format, int batch) {
        long started = System.nanoTime();
        List<Operation> unknown = operations.stream()
                .filter(operation -> !findings.containsKey(new Key(operation, format, batch)))
                .toList();
        try (NDManager manager = NDManager.newBaseManager(device, "PyTorch")) {
            KernelTrials trials = new KernelTrials(manager, format, batch);
            List<Iterator<Candidate<?>>> kernels =
                    unknown.stream().map(each -> candidates(each).iterator()).toList();
            List<Attempt> first = trials.attempt(
                    kernels.stream().<Candidate<?>>map(Iterator::next).toList());
            for (int i = 0; i < unknown.size(); i++) {
                List<Attempt> tried = new ArrayList<>(List.of(first.get(i)));
                while (!tried.get(tried.size() - 1).right() && kernels.get(i).hasNext()) {
                    tried.addAll(trials.attempt(List.of(kernels.get(i).next())));
                }
                findings.put(new Key(unknown.get(i), format, batch), new Finding(unknown.get(i), tried));
            }
        }
        seconds += (System.nanoTime() - started) / 1e9;
        Map<Operation, Finding> found = new LinkedHashMap<>();
        for (Operation operation : operations) {
            found.put(operation, findings.get(new Key(operation, format, batch)));
        }
        return found;
    }

    private List<Candidate<?>> candidates(Operation operation) {
        if (operation instanceof Convolution convolution) {
            return candidates(convolution, catalog.of(convolution));
        }
        if (operation instanceof Linear linear) {
            return candidates(linear, catalog.of(linear));
        }
        Attention attention = (Attention) operation;
        return candidates(attention, catalog.of(attention));
    }

    private static <O extends Operation> List<Candidate<?>> candidates(O operation, List<Kernel<O>> kernels) {
        return kernels.stream()
                .<Candidate<?>>map(kernel -> new Candidate<>(operation, kernel))
                .toList();
    }

    /** Seconds spent on checking, over all that was checked so far. */
    public synchronized double seconds() {
        return seconds;
    }

    /** All that was found so far, by operation. */
    public synchronized List<Finding> findings() {
        return findings.values().stream()
                .sorted(Comparator.comparing(finding -> finding.operation().fullName()))
                .toList();
    }

    /** The kernel that a lookup has for an operation, or the catalog's first. */
    private final class Choice implements KernelChoice {
        private final Function<Operation, Kernel<?>> lookup;

        private Choice(Function<Operation, Kernel<?>> lookup) {
            this.lookup = lookup;
        }

        @Override
        public Kernel<Convolution> of(Convolution operation) {
            return choose(operation, catalog.of(operation));
        }

        @Override
        public Kernel<Linear> of(Linear operation) {
            return choose(operation, catalog.of(operation));
        }

        @Override
        public Kernel<Attention> of(Attention operation) {
            return choose(operation, catalog.of(operation));
        }

        private <O extends Operation> Kernel<O> choose(O operation, List<Kernel<O>> kernels) {
            Kernel<?> chosen = lookup.apply(operation);
            return chosen == null
                    ? kernels.get(0)
                    : kernels.stream()
                            .filter(kernel -> kernel.equals(chosen))
                            .findFirst()
                            .orElseThrow();
        }
    }
}
