package io.sparkinversion.weights;

import java.util.Set;

/**
 * Named tensors: a checkpoint file, several that belong together, or invented ones. Safe for use by several threads.
 *
 * <p>What {@link #read} returned stays valid after {@link #close}; mapped memory goes back when the last buffer on it
 * is collected.
 */
public interface WeightSource extends AutoCloseable {

    /** The names of all tensors, unmodifiable, in the source's own order. */
    Set<String> names();

    /**
     * @throws WeightsException if there is no such tensor; the message names the nearest ones that exist
     */
    long[] shape(String name);

    /**
     * @throws WeightsException if there is no such tensor or its type is not a {@link WeightType}
     */
    WeightType type(String name);

    /**
     * @throws WeightsException if there is no such tensor, its type is not a {@link WeightType}, it has 2 GiB or more,
     *     or the source is closed
     */
    WeightTensor read(String name);

    /** Where the tensors come from, for messages: usually a file's path. */
    String description();

    /** Idempotent. */
    @Override
    void close();
}
