package io.sparkinversion.torchscript;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.EngineException;
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
    /** DJL's ways to name, by an input's name, the method to call and a list that inputs of one name make up. */
    private static final String METHOD_PREFIX = "module_method:";

    static final String WEIGHT_LIST = "w[]";

    private final Program program;
    private final Model model;
    private final PtSymbolBlock block;
    private final List<PtNDArray> weightArrays;
    private final IValue weights;

    private CompiledProgram(Program program, Model model, List<PtNDArray> weightArrays) {
        this.program = program;
        this.model = model;
        this.block = (PtSymbolBlock) model.getBlock();
        this.weightArrays = weightArrays;
        this.weights = IValue.listFrom(weightArrays.toArray(PtNDArray[]::new));
    }

    /**
     * @throws IllegalStateException if libtorch refuses the program's text
     * @throws IllegalArgumentException if a weight that the program uses is not among {@code weights}
     */
    public static CompiledProgram compile(Program program, DeviceWeights weights) {
        Model model = Model.newInstance(program.name(), weights.device(), "PyTorch");
        NativeSwitches.set();
        try {
            load(model, program);
            List<PtNDArray> bound =
                    program.weights().stream().map(weights::array).toList();
            return new CompiledProgram(program, model, bound.isEmpty() ? List.of(placeholder(model)) : bound);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** DJL cannot pass an empty list by name: a program without weights gets this one, which it does not read. */
    private static PtNDArray placeholder(Model model) {
        PtNDArray placeholder = (PtNDArray) model.getNDManager().create(0f);
        placeholder.setName(WEIGHT_LIST);
        return placeholder;
    }

    private static void load(Model model, Program program) {
        try {
            model.load(new ByteArrayInputStream(ProgramArchive.of(program)));
        } catch (IOException | MalformedModelException | EngineException e) {
            throw new IllegalStateException("libtorch refuses program " + program.name() + ": " + e.getMessage(), e);
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

    /**
     * Calls a method that returns its intermediate results; by name, in the order of their computation.
     *
     * @throws IllegalArgumentException if the method was not built by {@link ProgramBuilder#checkpoints}
     */
    public Map<String, NDArray> checkpoints(NDManager owner, String method, Argument... arguments) {
        List<String> names = program.checkpoints().get(method);
        if (names == null) {
            throw new IllegalArgumentException("method " + method + " of program " + program.name()
                    + " names no intermediate results; those that do: "
                    + program.checkpoints().keySet());
        }
        NDList values = callForList(owner, method, arguments);
        Map<String, NDArray> named = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            named.put(names.get(i), values.get(i));
        }
        return named;
    }

    /**
     * Calls a method that returns a {@code List[Tensor]} outside of libtorch's inference mode: it may take gradients,
     * and gradients may be taken through its results later.
     *
     * @param inputs tensors only, in the order of the method's inputs
     */
    public NDList callWithAutograd(NDManager owner, String method, NDArray... inputs) {
        JniUtils.setGraphExecutorOptimize(false);
        // The first array names the method and decides whose the results are.
        try (NDArray methodName = owner.create(0f)) {
            methodName.setName(METHOD_PREFIX + method);
            NDList all = new NDList(inputs.length + 1 + weightArrays.size());
            all.add(methodName);
            all.addAll(List.of(inputs));
            all.addAll(weightArrays);
            return IValueUtils.forward(block, all, true);
        }
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
