package io.sparkinversion.torchscript;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import io.sparkinversion.torchscript.WeightSpec.Packing;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightType;
import io.sparkinversion.weights.WeightsException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * Weights on a device in one numeric type, shared by all programs that are compiled with them. One that a program wants
 * packed and another plain is there twice.
 */
public final class DeviceWeights implements AutoCloseable {
    private static final int NAMED_IN_MESSAGE = 5;
    private static final int IMAGE_DIMENSIONS = 4;

    private final NDManager manager;
    private final ScalarType type;
    private final MemoryFormat format;
    private final Map<WeightSpec, PtNDArray> arrays = new ConcurrentHashMap<>();

    private DeviceWeights(NDManager manager, ScalarType type, MemoryFormat format) {
        this.manager = manager;
        this.type = type;
        this.format = format;
    }

    /** No weights, for programs that have none. */
    public static DeviceWeights none(NDManager parent) {
        return new DeviceWeights(parent.newSubManager(), ScalarType.FLOAT32, MemoryFormat.CHANNELS_FIRST);
    }

    /**
     * Loads the weights of a program.
     *
     * @param specs names and shapes that the source must have, no fewer and, but for {@code ignored}, no more
     * @param ignored names that may stand in the source without use
     * @param parent decides the device; the weights live until this object is closed
     * @throws WeightsException naming each missing, surplus or misshaped weight
     */
    public static DeviceWeights load(
            WeightSource source, List<WeightSpec> specs, Set<String> ignored, NDManager parent, ScalarType type) {
        return load(source, specs, ignored, parent, type, MemoryFormat.CHANNELS_FIRST);
    }

    /** @param format of the program that the weights are for */
    public static DeviceWeights load(
            WeightSource source,
            List<WeightSpec> specs,
            Set<String> ignored,
            NDManager parent,
            ScalarType type,
            MemoryFormat format) {
        requireFit(source, specs, ignored);
        DeviceWeights weights = new DeviceWeights(parent.newSubManager(), type, format);
        try {
            weights.add(source, specs);
            return weights;
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /** Those of the weights that are not there yet. */
    public List<WeightSpec> missing(List<WeightSpec> specs) {
        return specs.stream().filter(spec -> !arrays.containsKey(spec)).toList();
    }

    /**
     * Loads more weights.
     *
     * @param source which fits them
     */
    public void add(WeightSource source, List<WeightSpec> specs) {
        Set<Packing> packings =
                specs.stream().map(WeightSpec::packing).filter(Objects::nonNull).collect(Collectors.toSet());
        try (NDManager staging = manager.newSubManager();
                CompiledProgram converter = CompiledProgram.compile(converter(packings), none(staging))) {
            for (WeightSpec spec : specs) {
                Packing packing = spec.packing();
                PtNDArray array = packing == null
                        ? plain(source, spec, manager, converter)
                        : packed(source, spec, packing, converter);
                array.setName(CompiledProgram.WEIGHT_LIST);
                arrays.put(spec, array);
            }
        }
    }

    private PtNDArray packed(WeightSource source, WeightSpec spec, Packing packing, CompiledProgram converter) {
        try (NDManager staging = manager.newSubManager()) {
            NDArray plain = plain(source, spec, staging, converter);
            return (PtNDArray) converter.call(manager, packer(packing), Argument.of(plain));
        }
    }

    private PtNDArray plain(WeightSource source, WeightSpec spec, NDManager owner, CompiledProgram converter) {
        WeightTensor tensor = source.read(spec.name());
        Shape shape = new Shape(spec.shape());
        boolean half = tensor.type() == WeightType.F16;
        boolean reordered = format == MemoryFormat.CHANNELS_LAST && shape.dimension() == IMAGE_DIMENSIONS;
        if (type == ScalarType.FLOAT16 && half && !reordered) {
            return (PtNDArray) owner.create(tensor.data(), shape, DataType.FLOAT16);
        }
        ByteBuffer data = half ? tensor.data() : tensor.toFloat32();
        if (type == ScalarType.FLOAT32 && !half && !reordered && data.isReadOnly()) {
            // A part of a mapped file serves the CPU as it is.
            return (PtNDArray) owner.create(data, shape, DataType.FLOAT32);
        }
        // libtorch makes its own copy, so that no buffer outlives the call; DJL itself cannot make bfloat16.
        try (NDManager staging = owner.newSubManager()) {
            NDArray stored = staging.create(data, shape, half ? DataType.FLOAT16 : DataType.FLOAT32);
            // Not as inference tensors: through those no gradient could be taken.
            NDArray cast = converter
                    .callWithAutograd(staging, reordered ? "reorder" : "cast", stored)
                    .singletonOrThrow();
            cast.attach(owner);
            return (PtNDArray) cast;
        }
    }

    private Program converter(Set<Packing> packings) {
        ProgramBuilder builder = new ProgramBuilder("convert")
                .method(
                        "cast",
                        graph -> graph.returnsList(List.of(
                                graph.expression("torch.to(%s, %d, False, True)", graph.input("x"), type.code()))))
                .method(
                        "reorder",
                        graph -> graph.returnsList(List.of(graph.expression(
                                "torch.to(%s, %d, False, True, %d)", graph.input("x"), type.code(), format.code()))));
        packings.forEach(packing ->
                builder.method(packer(packing), graph -> graph.returns(graph.pack(graph.input("x"), packing))));
        return builder.build();
    }

    private static String packer(Packing packing) {
        return "pack_" + packing.stride() + "_" + packing.padding();
    }

    /**
     * Compares names, shapes and types; reads no weights.
     *
     * @param ignored names that may stand in the source without use
     * @throws WeightsException naming each missing, surplus or misshaped weight, or one that is no floating-point number
     */
    public static void requireFit(WeightSource source, List<WeightSpec> specs, Set<String> ignored) {
        Set<String> stored = source.names();
        Set<String> surplus = new TreeSet<>(stored);
        surplus.removeAll(ignored);
        List<String> missing = new ArrayList<>();
        List<String> misshaped = new ArrayList<>();
        for (WeightSpec spec : specs) {
            surplus.remove(spec.name());
            if (!stored.contains(spec.name())) {
                missing.add(spec.toString());
            } else if (!fits(source.shape(spec.name()), spec.shape())) {
                misshaped.add(spec + " is stored as " + Arrays.toString(source.shape(spec.name())));
            } else if (!source.type(spec.name()).isFloatingPoint()) {
                misshaped.add(spec + " is stored as " + source.type(spec.name()));
            }
        }
        List<String> problems = new ArrayList<>();
        report(problems, "missing", missing);
        report(problems, "of another shape or type", misshaped);
        report(problems, "not part of the architecture", new ArrayList<>(surplus));
        if (!problems.isEmpty()) {
            throw new WeightsException(
                    source.description() + " does not fit its config.json: " + String.join("; ", problems));
        }
    }

    /** Equal, or equal but for trailing ones: 1x1 convolutions and linear layers are stored as either. */
    private static boolean fits(long[] stored, long[] expected) {
        int common = Math.min(stored.length, expected.length);
        return Arrays.equals(stored, 0, common, expected, 0, common)
                && Arrays.stream(stored, common, stored.length).allMatch(size -> size == 1)
                && Arrays.stream(expected, common, expected.length).allMatch(size -> size == 1);
    }

    private static void report(List<String> problems, String what, List<String> names) {
        if (names.isEmpty()) {
            return;
        }
        String listed = String.join(", ", names.subList(0, Math.min(NAMED_IN_MESSAGE, names.size())));
        String more = names.size() > NAMED_IN_MESSAGE ? " and " + (names.size() - NAMED_IN_MESSAGE) + " more" : "";
        problems.add(names.size() + " " + what + ": " + listed + more);
    }

    PtNDArray array(WeightSpec spec) {
        PtNDArray array = arrays.get(spec);
        if (array == null) {
            throw new IllegalArgumentException("weight " + spec + " was not loaded");
        }
        return array;
    }

    public Device device() {
        return manager.getDevice();
    }

    @Override
    public void close() {
        manager.close();
    }
}
