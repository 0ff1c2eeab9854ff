package io.sparkinversion.engine;

/** The kinds of failure that an image can have. The names are part of the result tables' format. */
public enum ErrorCode {
    /** Two rows of the dataset have the same id; the first one keeps it. */
    DUPLICATE_ID,
    /** The row has no caption, or a blank one. */
    MISSING_CAPTION,
    /** The path leaves the dataset's root or cannot be parsed. */
    INVALID_PATH,
    /** The mask that the dataset gives of what an edit should change cannot be read. */
    INVALID_MASK,
    /**
     * The edits of the row cannot be read; or, where only edits of it fail, the prompts do not allow what was asked
     * for.
     */
    INVALID_EDIT,
    /** There is no file at the path. */
    FILE_NOT_FOUND,
    /** The file exists and could not be read. */
    FILE_UNREADABLE,
    /** The file has no bytes. */
    EMPTY_FILE,
    /** The bytes are in no image format that is supported. */
    UNKNOWN_FORMAT,
    /** The bytes begin like an image and end early or contradict themselves. */
    CORRUPT_IMAGE,
    /** The image has more pixels than the decoder's bound. */
    IMAGE_TOO_LARGE,
    /** The image's shorter side has fewer pixels than the run asks for. */
    IMAGE_TOO_SMALL,
    /** The image is too long and narrow for the way in which it is to be resized. */
    ASPECT_RATIO,
    /** The device had no memory for this image even alone in its batch. */
    OUT_OF_DEVICE_MEMORY,
    /** The network's output was not finite. */
    NOT_FINITE,
    /** The engine failed otherwise, or what it returned could not be measured; the stage tells which. */
    ENGINE_ERROR
}
