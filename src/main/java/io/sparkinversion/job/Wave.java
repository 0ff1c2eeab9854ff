package io.sparkinversion.job;

import java.util.SortedSet;

/**
 * Images whose results commit together.
 *
 * @param number names its folders
 * @param images how many are computed
 * @param kept how many are copied from the waves that it replaces
 * @param replaces waves that are void once this one has committed; none for most waves
 */
record Wave(int number, long images, long kept, SortedSet<Integer> replaces) {

    /** All images in its tables. */
    long size() {
        return images + kept;
    }
}
