package io.sparkinversion.job;

import java.util.SortedSet;

/**
 * Images whose results commit together.
 *
 * @param number names its folders
 * @param last the last number that the manifest gives its images; their first one is {@code number}
 * @param images how many are computed
 * @param kept how many are copied from the waves that it replaces
 * @param replaces waves that are void once this one has committed; none for most waves
 */
record Wave(int number, int last, long images, long kept, SortedSet<Integer> replaces) {

    /** A wave as it was planned. */
    Wave(int number, long images, long kept, SortedSet<Integer> replaces) {
        this(number, number, images, kept, replaces);
    }

    /** All images in its tables. */
    long size() {
        return images + kept;
    }

    /** Whether it only adds rows. */
    boolean isNew() {
        return replaces.isEmpty();
    }

    /** Both as one wave, with this one's number. Both are new, and this one's images come just before the other's. */
    Wave with(Wave next) {
        return new Wave(number, next.last, images + next.images, 0, replaces);
    }
}
