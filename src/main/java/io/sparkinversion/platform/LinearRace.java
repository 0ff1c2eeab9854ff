package io.sparkinversion.platform;

import ai.djl.Device;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.torchscript.Argument;
import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.Kernel;
import io.sparkinversion.torchscript.LinearKernel;
import io.sparkinversion.torchscript.Operation.Linear;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
import java.util.List;
import java.util.Locale;

/**
 * Which of two libraries multiplies matrices faster on this CPU: libtorch's own choice is MKL, which takes its code for
 * AVX2 on processors of other makers, where oneDNN takes what the processor has. Run once in a process, for about
 * 50 ms.
 */
final class LinearRace {
    private static final Linear LAYER = new Linear(320, 640, true, ScalarType.FLOAT32, false);
    private static final int ROWS = 1024;
    private static final int ROUNDS = 7;

    /** oneDNN is taken where they are about equal, so that noise does not decide between two roundings. */
    private static final double ABOUT_EQUAL = 1.25;

    private static final class Result {
        private static final boolean ONEDNN_WINS = run();
    }

    private LinearRace() {}

    /** Whether oneDNN is at least about as fast. */
    static boolean oneDnnWins() {
        return Result.ONEDNN_WINS;
    }

    private static boolean run() {
        List<Kernel<Linear>> kernels = List.of(LinearKernel.LIBTORCH, LinearKernel.ONEDNN);
        ProgramBuilder builder = new ProgramBuilder("linear_race");
        for (Kernel<Linear> kernel : kernels) {
            builder.method(
                    name(kernel),
                    graph -> graph.returns(
                            kernel.emit(graph, LAYER, graph.input("x"), graph.input("weight"), graph.input("bias"))));
        }
        try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
                CompiledProgram program = CompiledProgram.compile(builder.build(), DeviceWeights.none(manager))) {
            Argument[] inputs = {
                Argument.of(manager.ones(new Shape(ROWS, LAYER.in()))),
                Argument.of(manager.ones(new Shape(LAYER.out(), LAYER.in()))),
                Argument.of(manager.ones(new Shape(LAYER.out())))
            };
            long[] least = {Long.MAX_VALUE, Long.MAX_VALUE};
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < least.length; i++) {
                    least[i] = Math.min(least[i], nanoseconds(manager, program, name(kernels.get(i)), inputs));
                }
            }
            return least[1] < ABOUT_EQUAL * least[0];
        } catch (IllegalStateException | EngineException e) {
            // A libtorch without oneDNN.
            return false;
        }
    }

    private static String name(Kernel<Linear> kernel) {
        return kernel.toString().toLowerCase(Locale.ROOT);
    }

    private static long nanoseconds(NDManager manager, CompiledProgram program, String method, Argument... inputs) {
        long started = System.nanoTime();
        program.call(manager, method, inputs).close();
        return System.nanoTime() - started;
    }
}
