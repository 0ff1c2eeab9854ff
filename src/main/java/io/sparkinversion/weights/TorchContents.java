package io.sparkinversion.weights;

import java.util.Map;

/**
 * What either of PyTorch's file formats holds.
 *
 * @param root the pickled object, whose tensors are {@link TorchGlobals.Tensor}
 * @param storages where the storages' bytes are, by key
 */
record TorchContents(Object root, Map<String, Region> storages) {

    /** The pickle of a checkpoint has some kilobytes; the tensors' bytes are outside of it. */
    static final int MAX_PICKLE_BYTES = 64 << 20;

    /**
     * @param offset in the file, bytes
     * @param length bytes
     */
    record Region(long offset, long length) {}
}
