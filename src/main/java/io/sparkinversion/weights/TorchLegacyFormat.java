package io.sparkinversion.weights;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The format of PyTorch before 1.6 (and of {@code _use_new_zipfile_serialization=False}): five pickles in a row (magic
 * number, protocol, the writer's system, the object, the list of storage keys), then for each key an int64 element
 * count and the storage's bytes.
 */
final class TorchLegacyFormat {

    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long PROTOCOL = 1001;

    private TorchLegacyFormat() {}

    /**
     * @param start of a file, 13 bytes or more
     * @return whether it is the pickled magic number
     */
    static boolean matches(ByteBuffer start) {
        byte[] magic = MAGIC.toByteArray();
        if (start.remaining() < magic.length + 4
                || start.get(0) != (byte) 0x80
                || start.get(2) != (byte) 0x8a
                || start.get(3) != magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if (start.get(4 + i) != magic[magic.length - 1 - i]) {
                return false;
            }
        }
        return true;
    }

    static TorchContents read(MappedFile file, boolean amongOthers) {
        String path = file.path().toString();
        TorchGlobals globals = new TorchGlobals(path, amongOthers);
        ByteBuffer input = file.slice(0, Math.min(file.size(), TorchContents.MAX_PICKLE_BYTES), "the pickle");
        PickleReader pickles = new PickleReader(input, globals, path);
        if (!MAGIC.equals(pickles.read())) {
            throw new WeightsException(path + " does not begin with PyTorch's magic number");
        }
        Object protocol = pickles.read();
        if (!Long.valueOf(PROTOCOL).equals(protocol)) {
            throw new WeightsException(path + " is of an unknown version of PyTorch's format; save it again with a"
                    + " newer PyTorch or as safetensors");
        }
        if (pickles.read() instanceof Map<?, ?> system && Boolean.FALSE.equals(system.get("little_endian"))) {
            throw new WeightsException(path + " was written on a big-endian machine; save it again on another");
        }
        Object root = pickles.read();
        if (!(pickles.read() instanceof List<?> keys)) {
            throw new WeightsException(path + " has no list of storages after its pickle; it is damaged");
        }
        return new TorchContents(root, regions(file, keys, globals.storages(), input.position()));
    }

    private static Map<String, TorchContents.Region> regions(
            MappedFile file, List<?> keys, Map<String, TorchGlobals.Storage> storages, long begin) {
        Map<String, TorchContents.Region> regions = new HashMap<>();
        long offset = begin;
        for (Object key : keys) {
            TorchGlobals.Storage storage = key instanceof String ? storages.get(key) : null;
            if (storage == null || regions.containsKey(key)) {
                throw new WeightsException(
                        file.path() + " lists a storage twice, or one that its pickle does not use; it is damaged");
            }
            String subject = "storage '" + key + "'";
            long elements = file.slice(offset, Long.BYTES, subject).getLong();
            offset += Long.BYTES;
            if (elements != storage.elements()
                    || elements > (file.size() - offset) / storage.type().bytes()) {
                throw new WeightsException(file.path() + ": " + subject + " has " + elements + " elements of type "
                        + storage.type() + " where the pickle says " + storage.elements() + " and the file has "
                        + (file.size() - offset) + " bytes left; it is damaged or incomplete");
            }
            long bytes = elements * storage.type().bytes();
            regions.put(storage.key(), new TorchContents.Region(offset, bytes));
            offset += bytes;
        }
        return regions;
    }
}
