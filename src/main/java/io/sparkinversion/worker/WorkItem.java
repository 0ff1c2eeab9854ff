package io.sparkinversion.worker;

import io.sparkinversion.engine.Failure;
import java.io.Serializable;

/**
 * One image to be inverted, as the manifest lists it.
 *
 * @param imageId unique in the run
 * @param path where the bytes are (local path or {@code scheme://} address), or the name they carried inside a Parquet
 *     column
 * @param caption the source prompt; null where the dataset has none
 * @param edit what else is to be made of it; null where nothing is edited
 * @param bytes the encoded image where the dataset carries it inline, else null and {@code path} is read
 * @param rejection why this row cannot be worked on, found while planning (a duplicate id, a missing caption), else
 *     null
 * @param size bytes of the file at the path; -1 where that is not known
 */
public record WorkItem(
        String imageId, String path, String caption, EditWork edit, byte[] bytes, Failure rejection, long size)
        implements Serializable {
    /** Of a file that nobody has asked for yet. */
    public WorkItem(String imageId, String path, String caption, EditWork edit, byte[] bytes, Failure rejection) {
        this(imageId, path, caption, edit, bytes, rejection, -1);
    }

    /** The same, now that the size of its file is known. */
    public WorkItem ofSize(long length) {
        return new WorkItem(imageId, path, caption, edit, bytes, rejection, length);
    }
}
