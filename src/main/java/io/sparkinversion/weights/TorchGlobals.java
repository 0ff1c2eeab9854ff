package io.sparkinversion.weights;

import io.sparkinversion.weights.PickleReader.Tuple;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The few Python names that a PyTorch state dict needs: {@code OrderedDict}, the storage classes, and the two functions
 * that make a tensor of a storage. Any other name is refused, so a checkpoint can execute nothing.
 */
final class TorchGlobals implements PickleReader.Globals {

    private static final Map<String, WeightType> STORAGE_TYPES = Map.of(
            "DoubleStorage", WeightType.F64,
            "FloatStorage", WeightType.F32,
            "HalfStorage", WeightType.F16,
            "BFloat16Storage", WeightType.BF16,
            "LongStorage", WeightType.I64,
            "IntStorage", WeightType.I32,
            "ShortStorage", WeightType.I16,
            "CharStorage", WeightType.I8,
            "ByteStorage", WeightType.U8,
            "BoolStorage", WeightType.BOOL);

    private enum Function {
        ORDERED_DICT,
        REBUILD_TENSOR,
        REBUILD_PARAMETER
    }

    private record StorageClass(WeightType type) {}

    /**
     * A one-dimensional block of memory that tensors are views of.
     *
     * @param key its name in the file
     * @param elements of the whole storage
     * @param viewOffset in elements: where this view of the storage begins, 0 but in very old files
     * @param viewElements of this view
     */
    record Storage(String key, WeightType type, long elements, long viewOffset, long viewElements) {}

    /**
     * A view of a storage: element (i, j, ...) is at offset + i x strides[0] + j x strides[1] + ...
     *
     * @param offset in elements, within the storage's view
     */
    record Tensor(Storage storage, long offset, long[] shape, long[] strides) {}

    /**
     * An object of a class that is not known, with the attributes and items that the pickle gives it. As a function it
     * gives another one, whatever its arguments: nothing is executed.
     */
    static final class Unknown extends LinkedHashMap<Object, Object> {
        private static final long serialVersionUID = 1L;
    }

    private final String file;
    private final boolean skipsUnknown;
    private final Map<String, Storage> storages = new HashMap<>();
    private int pairsLeft = PickleReader.MAX_INSTRUCTIONS;

    /**
     * @param file for messages
     * @param skipsUnknown whether objects of unknown classes are passed over; refused otherwise
     */
    TorchGlobals(String file, boolean skipsUnknown) {
        this.file = file;
        this.skipsUnknown = skipsUnknown;
    }

    /** The storages that the pickle referred to, by key. */
    Map<String, Storage> storages() {
        return storages;
    }

    @Override
    public Object find(String module, String name) {
        String global = module + "." + name;
        if (module.equals("torch") && STORAGE_TYPES.containsKey(name)) {
            return new StorageClass(STORAGE_TYPES.get(name));
        }
        return switch (global) {
            case "collections.OrderedDict" -> Function.ORDERED_DICT;
            case "torch._utils._rebuild_tensor_v2" -> Function.REBUILD_TENSOR;
            case "torch._utils._rebuild_parameter" -> Function.REBUILD_PARAMETER;
            default -> unknown(global);
        };
    }

    private Unknown unknown(String global) {
        if (skipsUnknown) {
            return new Unknown();
        }
        throw new WeightsException(file + ": the pickle refers to '" + global
                + "', which is refused: only plain state dicts of tensors are read. Nothing was executed. If you"
                + " trust the file, convert its tensors to safetensors");
    }

    @Override
    public Object call(Object function, List<Object> arguments) {
        if (function instanceof Unknown) {
            return new Unknown();
        }
        if (!(function instanceof Function known)) {
            throw error("calls something that is no function");
        }
        return switch (known) {
            case ORDERED_DICT -> orderedDict(arguments);
            case REBUILD_TENSOR -> tensor(arguments);
            case REBUILD_PARAMETER -> {
                if (arguments.isEmpty() || !(arguments.get(0) instanceof Tensor tensor)) {
                    throw error("makes a parameter of something that is no tensor");
                }
                yield tensor;
            }
        };
    }

    /** {@code ('storage', class, key, device, elements)}, in legacy files followed by None or a view of the storage. */
    @Override
    public Object persistent(Object id) {
        if (!(id instanceof Tuple tuple)
                || tuple.items().size() < 5
                || !"storage".equals(tuple.items().get(0))
                || !(tuple.items().get(1) instanceof StorageClass storageClass)
                || !(tuple.items().get(2) instanceof String key)
                || !(tuple.items().get(4) instanceof Long elements)
                || elements < 0) {
            throw error("refers to a storage in an unknown way");
        }
        Storage storage = new Storage(key, storageClass.type(), elements, 0, elements);
        storages.putIfAbsent(key, storage);
        Object view = tuple.items().size() > 5 ? tuple.items().get(5) : null;
        if (view == null) {
            return storage;
        }
        // (key of the view, its offset, its size)
        if (!(view instanceof Tuple parts)
                || parts.items().size() != 3
                || !(parts.items().get(1) instanceof Long offset)
                || !(parts.items().get(2) instanceof Long size)
                || offset < 0
                || size < 0
                || offset > elements
                || size > elements - offset) {
            throw error("has a view outside of its storage '" + key + "'");
        }
        return new Storage(key, storageClass.type(), elements, offset, size);
    }

    /** A module's state dict carries the attribute {@code _metadata}, which is of no use here. */
    @Override
    public void setState(Object target, Object state) {
        if (target instanceof Unknown unknown) {
            if (state instanceof Map<?, ?> attributes) {
                unknown.putAll(attributes);
            }
            return;
        }
        if (!(target instanceof Map) || !(state instanceof Map || state instanceof Tuple)) {
            throw error("sets attributes of something that is no OrderedDict");
        }
    }

    private Object orderedDict(List<Object> arguments) {
        Map<Object, Object> dict = new LinkedHashMap<>();
        if (arguments.isEmpty()) {
            return dict;
        }
        // Python 2 wrote OrderedDict([[key, value], ...]).
        if (arguments.size() != 1 || !(arguments.get(0) instanceof List<?> pairs)) {
            throw error("makes an OrderedDict of something that is no list of pairs");
        }
        // The same list may be used again and again.
        pairsLeft -= Math.min(pairs.size(), pairsLeft);
        if (pairsLeft == 0) {
            throw error("makes too many dicts");
        }
        for (Object pair : pairs) {
            Object items = pair instanceof Tuple tuple ? tuple.items() : pair;
            if (!(items instanceof List<?> keyAndValue)
                    || keyAndValue.size() != 2
                    || !(keyAndValue.get(0) instanceof String key)) {
                throw error("makes an OrderedDict of something that is no list of pairs");
            }
            dict.put(key, keyAndValue.get(1));
        }
        return dict;
    }

    /** {@code (storage, offset, shape, strides, requires_grad, backward_hooks)}, newer files add metadata. */
    private Object tensor(List<Object> arguments) {
        if (arguments.size() < 4
                || !(arguments.get(0) instanceof Storage storage)
                || !(arguments.get(1) instanceof Long offset)) {
            throw error("makes a tensor in an unknown way");
        }
        long[] shape = numbers(arguments.get(2));
        long[] strides = numbers(arguments.get(3));
        if (shape.length != strides.length) {
            throw error("makes a tensor of " + shape.length + " dimensions with " + strides.length + " strides");
        }
        return new Tensor(storage, offset, shape, strides);
    }

    private long[] numbers(Object tuple) {
        if (!(tuple instanceof Tuple numbers)
                || numbers.items().size() > Shapes.MAX_DIMENSIONS
                || numbers.items().stream().anyMatch(item -> !(item instanceof Long))) {
            throw error("has a shape that is no tuple of up to " + Shapes.MAX_DIMENSIONS + " integers");
        }
        return numbers.items().stream().mapToLong(Long.class::cast).toArray();
    }

    private WeightsException error(String what) {
        return new WeightsException(file + ": the pickle " + what + "; the file is damaged or no PyTorch checkpoint");
    }
}
