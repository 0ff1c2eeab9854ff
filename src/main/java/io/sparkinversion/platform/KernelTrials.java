package io.sparkinversion.platform;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.platform.Finding.Attempt;
import io.sparkinversion.platform.TrialProgram.Case;
import io.sparkinversion.torchscript.Argument;
import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Operation;
import io.sparkinversion.torchscript.ScalarType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Kernels, run as the networks' programs run them, and their results held against {@link Trial}s.
 *
 * @param manager of the device
 * @param format of the images of the networks
 * @param batch images at once, beside one
 */
record KernelTrials(NDManager manager, MemoryFormat format, int batch) {

    /**
     * How far a right result may be off. The numbers that go in are exact in every type, so this is the rounding of
     * sums and of what is stored; wrong kernels are off by about 1.
     */
    private static double bound(ScalarType type) {
        return switch (type) {
            case FLOAT64, FLOAT32 -> 1e-4;
            case FLOAT16 -> 1e-2;
            case BFLOAT16 -> 5e-2;
        };
    }

    /** One attempt for each candidate, in their order. */
    List<Attempt> attempt(List<Candidate<?>> candidates) {
        // One row, as a timestep has, and many.
        List<Integer> batches = List.of(1, Math.max(2, batch));
        List<Case> cases = candidates.stream()
                .map(candidate -> new Case(candidate, trials(candidate.operation(), batches)))
                .toList();
        try (NDManager scope = manager.newSubManager();
                CompiledProgram program =
                        CompiledProgram.compile(new TrialProgram(format).of(cases), DeviceWeights.none(scope))) {
            NDArray block = scope.create(Numbers.block());
            List<Attempt> attempts = new ArrayList<>();
            for (int i = 0; i < cases.size(); i++) {
                attempts.add(attempt(program, TrialProgram.method(i), cases.get(i), block));
            }
            return attempts;
        } catch (IllegalStateException e) {
            // libtorch does not know an operation of one of them.
            return candidates.size() == 1
                    ? List.of(Attempt.refused(candidates.get(0).kernel(), e))
                    : candidates.stream()
                            .flatMap(each -> attempt(List.of(each)).stream())
                            .toList();
        }
    }

    private static List<Trial> trials(Operation operation, List<Integer> batches) {
        return batches.stream().map(images -> Trial.of(operation, images)).toList();
    }

    private static Attempt attempt(CompiledProgram program, String method, Case each, NDArray block) {
        Operation operation = each.candidate().operation();
        List<Expected> expected = new ArrayList<>();
        for (Trial trial : each.trials()) {
            expected.add(trial.result());
            if (operation.differentiated()) {
                expected.addAll(trial.gradients());
            }
        }
        try (NDManager scope = block.getManager().newSubManager()) {
            List<NDArray> inputs = new ArrayList<>(List.of(block));
            expected.forEach(some -> inputs.add(scope.create(some.places(), new Shape(some.places().length))));
            NDList results = call(program, method, operation, scope, inputs);
            double error = 0;
            for (int i = 0; i < expected.size(); i++) {
                error = Math.max(error, expected.get(i).error(results.get(i).toFloatArray()));
            }
            return Attempt.of(each.candidate().kernel(), error, bound(operation.type()));
        } catch (EngineException e) {
            if (isOfTheDevice(e)) {
                throw e;
            }
            return Attempt.refused(each.candidate().kernel(), e);
        }
    }

    /** Memory that ran out, or a device that is lost: it tells nothing of the kernel. */
    private static boolean isOfTheDevice(EngineException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        // The message has the program's text in it, which speaks of memory formats.
        return Stream.of("out of memory", "not enough memory", "allocate memory", "cuda error")
                .anyMatch(message::contains);
    }

    private static NDList call(
            CompiledProgram program, String method, Operation operation, NDManager scope, List<NDArray> inputs) {
        return operation.differentiated()
                ? program.callWithAutograd(scope, method, inputs.toArray(NDArray[]::new))
                : program.callForList(
                        scope, method, inputs.stream().map(Argument::of).toArray(Argument[]::new));
    }
}
