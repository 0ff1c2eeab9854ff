package io.sparkinversion.dataset;

import java.io.Serializable;

/** Turns the paths that a dataset gives into absolute addresses, by name only: nothing is looked up. */
@FunctionalInterface
interface PathResolver extends Serializable {

    /** @param path may be null */
    Resolved resolve(String path);

    /**
     * A path that was resolved, or why it cannot be.
     *
     * @param address absolute, as Hadoop's {@code Path} writes it; null where there is a problem
     * @param stem the path as an id, without its last extension and without credentials; null where it was blank
     * @param problem what is wrong with the path, else null
     */
    record Resolved(String address, String stem, String problem) {}
}
