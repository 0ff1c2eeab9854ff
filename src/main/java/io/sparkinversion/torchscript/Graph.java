package io.sparkinversion.torchscript;

import io.sparkinversion.torchscript.Operation.Attention;
import io.sparkinversion.torchscript.Operation.Convolution;
import io.sparkinversion.torchscript.Operation.Linear;
import io.sparkinversion.torchscript.WeightSpec.Packing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes one method of a program, operation by operation. Every operation adds a line of TorchScript and answers the
 * variable that holds its result; TorchScript's interpreter frees each variable after its last use. Tensors are
 * {@code [B, C, H, W]} or {@code [B, L, C]} as the operation says; no size but the channel counts is fixed.
 */
public final class Graph {
    private final ProgramBuilder program;
    private final String methodName;
    private final List<Program.Input> inputs = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private final Map<String, Value> checkpoints = new LinkedHashMap<>();
    private final Map<Double, Value> roots = new HashMap<>();
    private boolean differentiated;
    private @Nullable String result;
    private @Nullable String resultType;
    private int variables;

    Graph(ProgramBuilder program, String methodName) {
        this.program = program;
        this.methodName = methodName;
    }

    // ---- inputs and results -------------------------------------------------------------------------------------

    public Value input(String name) {
        inputs.add(new Program.Input(name, "Tensor"));
        return new Value(name);
    }

    /** A list of tensors as one input; {@link #element} takes them out. */
    public Value inputList(String name) {
        inputs.add(new Program.Input(name, "List[Tensor]"));
        return new Value(name);
    }

    /** A Python float as an input. */
    public Value inputNumber(String name) {
        inputs.add(new Program.Input(name, "float"));
        return new Value(name);
    }

    /** Several tensors as one list. */
    public Value listOf(List<Value> values) {
        return assign("%s", list(values));
    }

    public Value element(Value list, int index) {
        return new Value(list + "[" + index + "]");
    }

    public void returns(Value value) {
        finish(value.expression(), "Tensor");
    }

    public void returnsList(List<Value> values) {
        finish(list(values), "List[Tensor]");
    }

    /** Names an intermediate result, so that tests and {@code verify} can look inside a network. */
    public Value checkpoint(String name, Value value) {
        checkpoints.put(name, value);
        return value;
    }

    Map<String, Value> checkpoints() {
        return checkpoints;
    }

    private void finish(String expression, String type) {
        if (result != null) {
            throw new IllegalStateException(program.describe(methodName) + " returns already");
        }
        result = expression;
        resultType = type;
    }

    // ---- layers: operations with weights ------------------------------------------------------------------------

    /** The weight {@code name}, expected in this shape. */
    public Value weight(String name, long... shape) {
        return program.weight(name, null, shape);
    }

    /** A square convolution with bias: {@code [B, in, H, W] -> [B, out, H', W']}. */
    public Value conv2d(Value x, String name, int in, int out, int size, int stride, int padding) {
        Convolution operation = new Convolution(in, out, size, stride, padding, true, program.type(), differentiated);
        Value weight = weight(operation, name + ".weight");
        return compute(operation, program.kernels()::of, x, weight, weight(name + ".bias", out));
    }

    /** A square convolution without bias and padding: {@code [B, in, H, W] -> [B, out, H', W']}. */
    public Value conv2dWithoutBias(Value x, String weightName, int in, int out, int size, int stride) {
        Convolution operation = new Convolution(in, out, size, stride, 0, false, program.type(), differentiated);
        return compute(operation, program.kernels()::of, x, weight(operation, weightName));
    }

    private Value weight(Convolution operation, String name) {
        long[] shape = {operation.out(), operation.in(), operation.size(), operation.size()};
        return program.weight(name, program.kernels().of(operation).packing(operation), shape);
    }

    /** {@code x A^T + b} over the last dimension. */
    public Value linear(Value x, String name, int in, int out) {
        return linear(x, weight(name + ".weight", out, in), weight(name + ".bias", out), in, out);
    }

    /** The output features {@code from} (inclusive) to {@code to} (exclusive) of {@link #linear}. */
    public Value linear(Value x, String name, int in, int out, int from, int to) {
        Value weight = slice(weight(name + ".weight", out, in), 0, from, to);
        return linear(x, weight, slice(weight(name + ".bias", out), 0, from, to), in, to - from);
    }

    private Value linear(Value x, Value weight, Value bias, int in, int out) {
        return compute(
                new Linear(in, out, true, program.type(), differentiated), program.kernels()::of, x, weight, bias);
    }

    public Value linearWithoutBias(Value x, String name, int in, int out) {
        return compute(
                new Linear(in, out, false, program.type(), differentiated),
                program.kernels()::of,
                x,
                weight(name + ".weight", out, in));
    }

    private <O extends Operation> Value compute(O operation, Function<O, Kernel<O>> kernels, Value... inputs) {
        program.uses(operation);
        return kernels.apply(operation).emit(this, operation, inputs);
    }

    public Value groupNorm(Value x, String name, int groups, int channels, double epsilon) {
        Value weight = weight(name + ".weight", channels);
        Value bias = weight(name + ".bias", channels);
        // Where it is differentiated, its many operations would cost more than they save.
        if (program.format() == MemoryFormat.CHANNELS_LAST && !differentiated) {
            return groupNormOfPixels(x, groups, weight, bias, epsilon);
        }
        return assign("torch.group_norm(%s, %d, %s, %s, %s)", x, groups, weight, bias, epsilon);
    }

    /**
     * libtorch's own would bring the image into the other memory format, and the next convolution bring it back. By the
     * deviation and not its square, which float16 may not hold: sqrt(variance + epsilon) is their hypotenuse.
     */
    private Value groupNormOfPixels(Value x, int groups, Value weight, Value bias, double epsilon) {
        Value pixels = assign("torch.unflatten(torch.transpose(torch.flatten(%s, 2), 1, 2), 2, [%d, -1])", x, groups);
        Value deviation = new Value("v" + variables++);
        Value mean = new Value("v" + variables++);
        lines.add("    " + deviation + ", " + mean + ", = torch.std_mean(" + pixels + ", [1, 3], False, True)\n");
        Value root = roots.computeIfAbsent(epsilon, e -> assign("torch.new_full(%s, [1], %s)", x, Math.sqrt(e)));
        Value scale = assign(
                "torch.div(torch.unflatten(%s, 0, [%d, -1]), torch.hypot(%s, %s))", weight, groups, deviation, root);
        Value shift =
                assign("torch.addcmul(torch.unflatten(%s, 0, [%d, -1]), %s, %s, value=-1)", bias, groups, mean, scale);
        return toImage(assign("torch.flatten(torch.addcmul(%s, %s, %s), 2)", shift, pixels, scale), x);
    }

    public Value layerNorm(Value x, String name, int width, double epsilon) {
        Value weight = weight(name + ".weight", width);
        Value bias = weight(name + ".bias", width);
        return assign("torch.layer_norm(%s, [%d], %s, %s, %s)", x, width, weight, bias, epsilon);
    }

    /** Rows of a table: ids {@code [B, L]} int64 to {@code [B, L, width]}. */
    public Value embedding(Value ids, String name, int rows, int width) {
        return assign("torch.embedding(%s, %s)", weight(name + ".weight", rows, width), ids);
    }

    // ---- attention ----------------------------------------------------------------------------------------------

    /** softmax(q k^T / sqrt(d)) v over {@code [B, heads, L, d]}. */
    public Value scaledDotProductAttention(Value q, Value k, Value v, int headSize) {
        return attention(q, k, v, headSize, false, program.type());
    }

    /** The same of arguments in {@code type}, which need not be the program's. */
    public Value scaledDotProductAttention(Value q, Value k, Value v, int headSize, ScalarType type) {
        return attention(q, k, v, headSize, false, type);
    }

    /** The same where position i sees only positions up to i. */
    public Value causalAttention(Value q, Value k, Value v, int headSize) {
        return attention(q, k, v, headSize, true, program.type());
    }

    private Value attention(Value q, Value k, Value v, int headSize, boolean causal, ScalarType type) {
        return compute(new Attention(headSize, causal, type, differentiated), program.kernels()::of, q, k, v);
    }

    /** {@code [B, L, heads * d] -> [B, heads, L, d]}. */
    public Value splitHeads(Value x, int heads, int headSize) {
        return assign("torch.transpose(torch.unflatten(%s, -1, [%d, %d]), 1, 2)", x, heads, headSize);
    }

    /** {@code [B, heads, L, d] -> [B, L, heads * d]}. */
    public Value joinHeads(Value x) {
        return assign("torch.flatten(torch.transpose(%s, 1, 2), 2)", x);
    }

    // ---- shapes -------------------------------------------------------------------------------------------------

    /** {@code [B, C, H, W] -> [B, H * W, C]}. */
    public Value toTokens(Value x) {
        return assign("torch.transpose(torch.flatten(%s, 2), 1, 2)", x);
    }

    /** {@code [B, H * W, C]} back to the height and width of {@code like} {@code [B, *, H, W]}. */
    public Value toImage(Value tokens, Value like) {
        return assign(
                "torch.unflatten(torch.transpose(%s, 1, 2), 2, [torch.size(%s, 2), torch.size(%s, 3)])",
                tokens, like, like);
    }

    public Value concatenate(int dimension, Value... values) {
        return assign("torch.cat(%s, %d)", list(Arrays.asList(values)), dimension);
    }

    /** Elements {@code from} (inclusive) to {@code to} (exclusive) of a dimension. */
    public Value slice(Value x, int dimension, int from, int to) {
        return assign("torch.slice(%s, %d, %d, %d, 1)", x, dimension, from, to);
    }

    /** Appends dimensions of size 1. */
    public Value appendDimensions(Value x, int count) {
        String expression = x.expression();
        for (int i = 0; i < count; i++) {
            expression = "torch.unsqueeze(" + expression + ", -1)";
        }
        return assign(expression);
    }

    // ---- pointwise ----------------------------------------------------------------------------------------------

    public Value add(Value a, Value b) {
        return assign("torch.add(%s, %s)", a, b);
    }

    public Value multiply(Value a, Value b) {
        return assign("torch.mul(%s, %s)", a, b);
    }

    public Value multiply(Value a, double factor) {
        return assign("torch.mul(%s, %s)", a, factor);
    }

    public Value silu(Value x) {
        return assign("torch.silu(%s)", x);
    }

    /** The exact (erf) form. */
    public Value gelu(Value x) {
        return assign("torch.gelu(%s)", x);
    }

    /** x sigmoid(1.702 x). */
    public Value quickGelu(Value x) {
        return assign("torch.mul(%s, torch.sigmoid(torch.mul(%s, 1.702)))", x, x);
    }

    /** Values below 0 become 0. */
    public Value relu(Value x) {
        return assign("torch.relu(%s)", x);
    }

    // ---- resampling ---------------------------------------------------------------------------------------------

    /** Nearest-neighbour upsampling to twice the height and width. */
    public Value upsampleTwice(Value x) {
        return assign("torch.upsample_nearest2d(%s, None, [2., 2.])", x);
    }

    /** Nearest-neighbour resampling to the height and width of another image. */
    public Value upsampleTo(Value x, Value like) {
        return assign("torch.upsample_nearest2d(%s, [torch.size(%s, 2), torch.size(%s, 3)], None)", x, like, like);
    }

    /** Zeros to the right and below. */
    public Value padRightAndBelow(Value x, int pixels) {
        return assign("torch.constant_pad_nd(%s, [0, %d, 0, %d], 0.)", x, pixels, pixels);
    }

    // ---- memory -------------------------------------------------------------------------------------------------

    /** How the program's images lie in memory. */
    MemoryFormat format() {
        return program.format();
    }

    /** An image in a memory format; a copy where it is in another. */
    public Value inFormat(Value image, MemoryFormat format) {
        return assign("torch.contiguous(%s, memory_format=%d)", image, format.code());
    }

    /**
     * A copy of an image in a memory format. An image of one pixel is in both formats, and {@link #inFormat} leaves it
     * with the strides that it has; libtorch's convolutions go by the strides.
     */
    Value copyInFormat(Value image, MemoryFormat format) {
        return assign("torch.clone(%s, memory_format=%d)", image, format.code());
    }

    /** A convolution's weight as oneDNN computes with it. */
    public Value pack(Value weight, Packing packing) {
        return assign(
                "torch.mkldnn_reorder_conv2d_weight(torch.to_mkldnn(%s), [%d, %d], [%d, %d], [1, 1], 1)",
                weight, packing.padding(), packing.padding(), packing.stride(), packing.stride());
    }

    /** An image as callers expect it, channel after channel. */
    public Value channelsFirst(Value x) {
        return program.format() == MemoryFormat.CHANNELS_FIRST ? x : inFormat(x, MemoryFormat.CHANNELS_FIRST);
    }

    // ---- numeric type -------------------------------------------------------------------------------------------

    public Value cast(Value x, ScalarType type) {
        return assign("torch.to(%s, %d)", x, type.code());
    }

    /** Any other expression, for operations that one network alone needs. */
    public Value expression(String format, Object... arguments) {
        return assign(format, arguments);
    }

    // ---- gradients ----------------------------------------------------------------------------------------------

    /**
     * A copy of {@code x} that the operations which follow are differentiated by, until {@link #gradient}. Such a
     * method must be called through {@link CompiledProgram#callWithAutograd}.
     */
    public Value variable(Value x) {
        differentiated = true;
        // DJL leaves the thread that started the engine without gradients, and others with them.
        assign("torch.set_grad_enabled(True)");
        return assign("torch.requires_grad_(torch.clone(torch.detach(%s)), True)", x);
    }

    /** The derivative of a sum by a {@link #variable}, in its shape; what follows is not differentiated any more. */
    public Value gradient(Value sum, Value variable) {
        return gradients(sum, List.of(variable)).get(0);
    }

    /** Likewise by several variables. */
    public List<Value> gradients(Value sum, List<Value> variables) {
        Value gradients = assign("torch.autograd.grad([%s], %s)", sum, list(variables));
        assign("torch.set_grad_enabled(False)");
        return IntStream.range(0, variables.size())
                .mapToObj(i -> assign("unchecked_cast(Tensor, %s[%d])", gradients, i))
                .toList();
    }

    // ---- text ---------------------------------------------------------------------------------------------------

    private Value assign(String format, Object... arguments) {
        String variable = "v" + variables++;
        // Some locales have digits of their own.
        lines.add("    " + variable + " = " + String.format(Locale.ROOT, format, arguments) + "\n");
        return new Value(variable);
    }

    private static String list(List<Value> values) {
        return values.stream().map(Value::expression).collect(Collectors.joining(", ", "[", "]"));
    }

    /** The method's name, inputs and result, once it returns something. */
    Program.Method signature() {
        return new Program.Method(methodName, inputs, Objects.requireNonNull(resultType));
    }

    String emit() {
        if (result == null) {
            throw new IllegalStateException(program.describe(methodName) + " returns nothing");
        }
        String arguments = inputs.stream()
                .map(input -> "      " + input.name() + ": " + input.type() + ",\n")
                .collect(Collectors.joining());
        return "  def " + methodName + "(self: __torch__.Net,\n" + arguments + "      w: List[Tensor]) -> " + resultType
                + ":\n" + String.join("", lines) + "    return " + result + "\n";
    }
}
