package io.sparkinversion.dataset.format;

import java.io.Closeable;
import java.io.IOException;
import java.io.Serializable;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;

/** Reads what a file says of images, one after the other; knows nothing of Spark. */
interface EntryReader extends Serializable {

    /** The entries of one file; a malformed file has a last entry that says so. */
    interface Entries extends Iterator<Entry>, Closeable {}

    /**
     * @param withBytes whether images that the file holds are wanted; else only what is said of them
     * @throws IOException if the file cannot be opened
     */
    Entries open(SourceFile file, Configuration configuration, boolean withBytes) throws IOException;

    /** Whether the file holds the images. */
    default boolean holdsImages() {
        return false;
    }

    /** What is wrong with files that have no entry, behind their name: {@code has no lines}. */
    String nothing();

    /** What is wrong with files in which no entry has a path, a caption or edits; null where it is nothing. */
    default String lacking(SourceFile file, Configuration configuration, Lacking what) throws IOException {
        return null;
    }

    /**
     * What no entry has.
     *
     * @param entries how many there are
     * @param edits only where the dataset's own are asked for
     */
    record Lacking(long entries, boolean paths, boolean captions, boolean edits) {}
}
