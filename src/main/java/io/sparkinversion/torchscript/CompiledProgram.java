package io.sparkinversion.torchscript;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A program loaded by libtorch on one device, its weights bound. Methods may be called from several threads at once.
 * The weights belong to their {@link DeviceWeights} and are not closed with the program.
 */
public final class CompiledProgram implements AutoCloseable {
    private final Program program;
    private final Model model;
    private final PtSymbolBlock block;
    private final IValue weights;

    private CompiledProgram(Program program, Model model, IValue weights) {
        this.program = program;
        this.model = model;
        this.block = (PtSymbolBlock) model.getBlock();
        this.weights = weights;
    }

    /**
     * @throws IllegalArgumentException if a weight that the program uses is not among {@code weights}
     */
    public static CompiledProgram compile(Program program, DeviceWeights weights) {
        Model model = Model.newInstance(program.name(), weights.device(), "PyTorch");
        try {
            model.load(new ByteArrayInputStream(ProgramArchive.of(program)));
            PtNDArray[] bound = program.weights().stream().map(weights::array).toArray(PtNDArray[]::new);
            return new CompiledProgram(program, model, IValue.listFrom(bound));
        } catch (IOException | MalformedModelException e) {
            model.close();
            throw new IllegalStateException("libtorch refuses program " + program.name() + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** Calls a method that returns a tensor, without recording gradients. */
    public NDArray call(NDManager owner, String method, Argument... arguments) {
        try (IValue result = run(method, arguments)) {
            return result.toTensor((PtNDManager) owner);
        }
    }

    /** Calls a method that returns a {@code List[Tensor]}, without recording gradients. */
    public NDList callForList(NDManager owner, String method, Argument... arguments) {
        try (IValue result = run(method, arguments)) {
            return new NDList(result.toTensorArray((PtNDManager) owner));
        }
    }

    /** Calls a method that returns its intermediate results; by name, in the order of their computation. */
    public Map<String, NDArray> checkpoints(NDManager owner, String method, Argument... arguments) {
        NDList values = callForList(owner, method, arguments);
        Map<String, NDArray> named = new LinkedHashMap<>();
        List<String> names = program.checkpoints().get(method);
        for (int i = 0; i < names.size(); i++) {
            named.put(names.get(i), values.get(i));
        }
        return named;
    }

    private IValue run(String method, Argument... arguments) {
        // Thread-local in libtorch. Fusers gain nothing here and fail on some GPUs.
        JniUtils.setGraphExecutorOptimize(false);
        List<IValue> values = new ArrayList<>(arguments.length + 1);
        try {
            for (Argument argument : arguments) {
                values.add(value(argument));
            }
            values.add(weights);
            return IValueUtils.runMethod(block, method, values.toArray(IValue[]::new));
        } finally {
            values.remove(weights);
            values.forEach(IValue::close);
        }
    }

    private static IValue value(Argument argument) {
        if (argument instanceof Argument.Tensor tensor) {
            return IValue.from((PtNDArray) tensor.array());
        }
        if (argument instanceof Argument.Number number) {
            return IValue.from(number.value());
        }
        List<NDArray> arrays = ((Argument.TensorList) argument).arrays();
        return IValue.listFrom(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
    }

    @Override
    public void close() {
        weights.close();
        model.close();
    }
}
