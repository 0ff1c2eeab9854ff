package io.sparkinversion.weights;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A PyTorch checkpoint ({@code .pth}, {@code .pt}, {@code .bin}, {@code .ckpt}) with a state dict, in the zip format of
 * PyTorch 1.6 and later or the older one, read without Python and without executing anything of it. The file is
 * memory-mapped; reading a tensor that lies in row-major order copies nothing, others are copied into that order.
 */
public final class TorchCheckpoint implements WeightSource {

    private static final String STATE_DICT = "state_dict";
    private static final int DEEPEST = 8;
    private static final int ZIP_MAGIC = 0x04034b50;

    private final Path path;
    private final Map<String, TorchGlobals.Tensor> tensors;
    private final Map<String, TorchContents.Region> storages;
    private final Object root;
    private volatile MappedFile file;

    private TorchCheckpoint(MappedFile file, Map<String, TorchGlobals.Tensor> tensors, TorchContents contents) {
        this.path = file.path();
        this.file = file;
        this.tensors = tensors;
        this.storages = contents.storages();
        this.root = contents.root();
    }

    /**
     * The tensors are those of the pickled dict, or of the dict that it has under {@code state_dict}; other values of
     * it (step counts, settings) are ignored.
     *
     * @throws WeightsException if the file cannot be read, is damaged, refers to anything but plain tensors, or holds
     *     none
     */
    public static TorchCheckpoint open(Path path) {
        MappedFile file = MappedFile.open(path);
        TorchContents contents = contents(file, false);
        return of(file, contents, stateDict(contents.root(), path));
    }

    /** Likewise, but objects of unknown classes beside the tensors are skipped instead of refused. */
    static TorchCheckpoint openAmongOthers(Path path) {
        MappedFile file = MappedFile.open(path);
        TorchContents contents = contents(file, true);
        return of(file, contents, stateDict(contents.root(), path));
    }

    /** Likewise; tensors of dicts within the dict are named by the keys that lead to them, joined by {@code /}. */
    static TorchCheckpoint openNested(Path path) {
        MappedFile file = MappedFile.open(path);
        TorchContents contents = contents(file, true);
        Map<String, TorchGlobals.Tensor> tensors = new LinkedHashMap<>();
        nested(contents.root(), "", 0, tensors);
        return of(file, contents, tensors);
    }

    private static void nested(Object value, String name, int depth, Map<String, TorchGlobals.Tensor> tensors) {
        if (value instanceof TorchGlobals.Tensor tensor && tensor.shape().length > 0) {
            tensors.put(name, tensor);
        } else if (value instanceof Map<?, ?> dict && depth < DEEPEST) {
            dict.forEach((key, item) ->
                    nested(item, name.isEmpty() ? String.valueOf(key) : name + "/" + key, depth + 1, tensors));
        }
    }

    private static TorchCheckpoint of(
            MappedFile file, TorchContents contents, Map<String, TorchGlobals.Tensor> tensors) {
        tensors.forEach((name, tensor) -> check(name, tensor, contents.storages(), file));
        return new TorchCheckpoint(file, Collections.unmodifiableMap(tensors), contents);
    }

    private static TorchContents contents(MappedFile file, boolean amongOthers) {
        ByteBuffer start = file.slice(0, Math.min(file.size(), 16), "the start");
        if (isZip(start)) {
            return TorchZipFormat.read(file, amongOthers);
        }
        if (TorchLegacyFormat.matches(start)) {
            return TorchLegacyFormat.read(file, amongOthers);
        }
        throw new WeightsException(
                file.path() + " is no PyTorch checkpoint: it begins neither like a zip archive nor with"
                        + " the magic number of older files");
    }

    /** The whole numbers of the pickled dict. */
    Map<String, Long> numbers() {
        return values(Long.class);
    }

    /** The texts of the pickled dict. */
    Map<String, String> texts() {
        return values(String.class);
    }

    private <T> Map<String, T> values(Class<T> type) {
        Map<String, T> values = new LinkedHashMap<>();
        if (root instanceof Map<?, ?> dict) {
            dict.forEach((key, value) -> {
                if (key instanceof String name && type.isInstance(value)) {
                    values.put(name, type.cast(value));
                }
            });
        }
        return values;
    }

    /** Whether a file that begins so may be a checkpoint. */
    static boolean matches(ByteBuffer start) {
        return isZip(start) || TorchLegacyFormat.matches(start);
    }

    private static boolean isZip(ByteBuffer start) {
        return start.remaining() >= Integer.BYTES && start.getInt(0) == ZIP_MAGIC;
    }

    private static Map<String, TorchGlobals.Tensor> stateDict(Object root, Path path) {
        if (!(root instanceof Map<?, ?> dict)) {
            throw new WeightsException(path + " holds no dict; save the model's state_dict()");
        }
        for (int depth = 0; depth < DEEPEST && dict.get(STATE_DICT) instanceof Map<?, ?> nested; depth++) {
            dict = nested;
        }
        Map<String, TorchGlobals.Tensor> tensors = new LinkedHashMap<>();
        dict.forEach((key, value) -> {
            if (key instanceof String name && value instanceof TorchGlobals.Tensor tensor) {
                tensors.put(name, tensor);
            }
        });
        if (tensors.isEmpty()) {
            throw new WeightsException(path + " holds a dict without tensors; its keys: "
                    + keys(dict)
                    + "; save the model's state_dict()");
        }
        return tensors;
    }

    private static String keys(Map<?, ?> dict) {
        return dict.keySet().stream()
                .limit(10)
                .map(String::valueOf)
                .map(key -> key.substring(0, Math.min(key.length(), 60)))
                .toList()
                .toString();
    }

    private static void check(
            String name, TorchGlobals.Tensor tensor, Map<String, TorchContents.Region> storages, MappedFile file) {
        TorchGlobals.Storage storage = tensor.storage();
        String subject = file.path() + ": tensor '" + name + "'";
        TorchContents.Region region = storages.get(storage.key());
        if (region == null) {
            throw new WeightsException(subject + " is in storage '" + storage.key() + "', which the file does not have;"
                    + " it is damaged or incomplete");
        }
        long bytes = Shapes.bytes(tensor.shape(), storage.type(), subject);
        long end = lastElement(tensor, subject);
        boolean inside = tensor.offset() >= 0
                && end <= storage.viewElements()
                && storage.elements() <= region.length() / storage.type().bytes();
        // A view may repeat elements, and a short file could then claim any size.
        if (!inside || bytes > file.size()) {
            throw new WeightsException(subject + " with shape " + Arrays.toString(tensor.shape()) + ", strides "
                    + Arrays.toString(tensor.strides()) + " and offset " + tensor.offset() + " exceeds its storage '"
                    + storage.key() + "' of " + storage.viewElements() + " elements; the file is damaged");
        }
    }

    /** One more than the index of the last element that the view touches; the offset itself where it is empty. */
    private static long lastElement(TorchGlobals.Tensor tensor, String subject) {
        long[] shape = tensor.shape();
        try {
            long last = tensor.offset();
            for (int i = 0; i < shape.length; i++) {
                if (shape[i] == 0) {
                    return tensor.offset();
                }
                if (tensor.strides()[i] < 0) {
                    throw new WeightsException(subject + " has a negative stride; the file is damaged");
                }
                last = Math.addExact(last, Math.multiplyExact(shape[i] - 1, tensor.strides()[i]));
            }
            return Math.addExact(last, 1);
        } catch (ArithmeticException e) {
            throw new WeightsException(subject + " claims more bytes than any file can hold", e);
        }
    }

    @Override
    public Set<String> names() {
        return tensors.keySet();
    }

    @Override
    public long[] shape(String name) {
        return tensor(name).shape().clone();
    }

    @Override
    public WeightType type(String name) {
        return tensor(name).storage().type();
    }

    @Override
    public WeightTensor read(String name) {
        TorchGlobals.Tensor tensor = tensor(name);
        MappedFile opened = file;
        if (opened == null) {
            throw new WeightsException(path + " is closed; tensor '" + name + "' cannot be read any more");
        }
        TorchGlobals.Storage storage = tensor.storage();
        WeightType type = storage.type();
        String subject = "tensor '" + name + "'";
        long elements = Shapes.elements(tensor.shape(), subject);
        int bytes = Shapes.bufferSize(elements * type.bytes(), path + ": " + subject);
        long begin = storages.get(storage.key()).offset() + (storage.viewOffset() + tensor.offset()) * type.bytes();
        if (elements == 0 || StridedCopy.isRowMajor(tensor.shape(), tensor.strides())) {
            return new WeightTensor(name, type, tensor.shape(), opened.slice(begin, bytes, subject));
        }
        long extent = lastElement(tensor, subject) - tensor.offset();
        ByteBuffer source = opened.slice(begin, extent * type.bytes(), subject);
        ByteBuffer data = StridedCopy.rowMajor(source, tensor.shape(), tensor.strides(), type.bytes(), (int) elements);
        return new WeightTensor(name, type, tensor.shape(), data);
    }

    @Override
    public String description() {
        return path.toString();
    }

    @Override
    public void close() {
        file = null;
    }

    private TorchGlobals.Tensor tensor(String name) {
        TorchGlobals.Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw MissingTensor.exception(name, description(), names());
        }
        return tensor;
    }
}
