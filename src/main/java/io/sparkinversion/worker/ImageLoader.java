package io.sparkinversion.worker;

import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.Failure.Stage;
import io.sparkinversion.image.ImageDecoder;
import io.sparkinversion.image.ImageException;
import io.sparkinversion.image.Picture;
import io.sparkinversion.image.Picture.Mark;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.Placement;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.image.Size;
import io.sparkinversion.image.UndecodedImage;
import io.sparkinversion.weights.Sha256;
import io.sparkinversion.worker.ImageOutcome.Source;
import io.sparkinversion.worker.WorkerHook.Point;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.function.Function;

/** Reads, decodes, crops and resizes images. */
final class ImageLoader {
    /** No camera writes a file of 512 MiB; a mislabelled video may well have it. And a small heap holds less. */
    private static final int MAX_FILE_BYTES = (int) Math.min(512 << 20, PictureHeap.heapBytes() / 8);

    private static final int WORK_PICTURES = 3;

    private final FileReader files;
    private final WorkerSettings settings;
    private final PictureHeap heap;
    private final Checkpoints checkpoints;

    /** @param heap shared by everything that decodes in this process */
    ImageLoader(FileReader files, WorkerSettings settings, PictureHeap heap, Checkpoints checkpoints) {
        this.files = files;
        this.settings = settings;
        this.heap = heap;
        this.checkpoints = checkpoints;
    }

    /** Opens a file wherever it is. */
    @FunctionalInterface
    interface FileReader {
        InputStream open(String address) throws IOException;

        /** Likewise of a file whose size is known, which saves object stores a request. */
        default InputStream open(String address, long size) throws IOException {
            return open(address);
        }

        /** What is there instead of a file that is not; goes behind a message. */
        default String hint(String address) {
            return "";
        }

        /** Whether the place where a file could not be read answers at all. */
        default boolean isReachable(String address) {
            return true;
        }
    }

    /**
     * An image that is ready for the engine, or why it is not.
     *
     * @param image of a size that the engine takes
     * @param mask what the dataset says that edits should change, of the image's pixels; null where it says nothing
     * @param placement which part of the picture the image is
     */
    record Loaded(WorkItem item, Source source, RgbImage image, PixelMask mask, Placement placement, Failure failure) {

        /** Of the image. */
        Size size() {
            return new Size(image.width(), image.height());
        }
    }

    /** @throws IllegalStateException if the file system is gone, no image's fault: Spark tries the task again */
    Loaded load(WorkItem item) {
        if (item.rejection() != null) {
            return new Loaded(item, null, null, null, null, item.rejection());
        }
        checkpoints.reached(Point.LOAD, item.imageId());
        byte[] encoded;
        try {
            encoded = bytes(item);
        } catch (FileNotFoundException | NoSuchFileException e) {
            return failed(
                    item,
                    null,
                    Stage.LOAD,
                    ErrorCode.FILE_NOT_FOUND,
                    "there is no file " + item.path() + files.hint(item.path()));
        } catch (IllegalArgumentException e) {
            return failed(
                    item,
                    null,
                    Stage.LOAD,
                    ErrorCode.INVALID_PATH,
                    "the path " + item.path() + " cannot be parsed: " + Failure.reason(e));
        } catch (IOException | RuntimeException e) {
            if (!files.isReachable(item.path())) {
                throw new UnreachableException(
                        "cannot read " + item.path() + " nor the folder that it is in: " + Failure.reason(e), e);
            }
            return failed(
                    item,
                    null,
                    Stage.LOAD,
                    ErrorCode.FILE_UNREADABLE,
                    "cannot read " + item.path() + ": " + Failure.reason(e));
        } catch (OutOfMemoryError e) {
            return failed(item, null, Stage.LOAD, ErrorCode.IMAGE_TOO_LARGE, tooLargeForHeap(item));
        }
        if (encoded.length > MAX_FILE_BYTES) {
            return failed(
                    item,
                    null,
                    Stage.LOAD,
                    ErrorCode.IMAGE_TOO_LARGE,
                    item.path() + " is larger than " + (MAX_FILE_BYTES >> 20) + " MiB (512 MiB at most, or an eighth of"
                            + " the executor's heap)");
        }
        checkpoints.reached(Point.DECODE, item.imageId());
        Source undecoded = new Source(Sha256.of(encoded), 0, 0, encoded.length);
        try {
            UndecodedImage image = ImageDecoder.open(
                    encoded, settings.maxPixels(), settings.pictures().decoding());
            long needed = heapBytes(image, encoded.length);
            if (!heap.holds(needed)) {
                return failed(
                        item,
                        undecoded,
                        Stage.DECODE,
                        ErrorCode.IMAGE_TOO_LARGE,
                        item.path() + ": " + image.width() + " x " + image.height() + " pixels take "
                                + (needed >> 20) + " MiB to decode, and pictures may fill " + heap.mebibytes()
                                + " MiB of this executor's heap; raise spark.executor.memory, or lower --max-pixels");
            }
            return heap.with(needed, () -> decoded(item, undecoded, image));
        } catch (ImageException e) {
            return failed(item, undecoded, Stage.DECODE, code(e.kind()), item.path() + ": " + e.getMessage());
        } catch (OutOfMemoryError e) {
            return failed(item, undecoded, Stage.DECODE, ErrorCode.IMAGE_TOO_LARGE, tooLargeForHeap(item));
        }
    }

    /** The size that an image will have, by its file's header; null where only loading it can say why it has none. */
    Size shape(WorkItem item) {
        if (item.rejection() != null) {
            return null;
        }
        try {
            byte[] encoded = bytes(item);
            Size picture = ImageDecoder.open(
                            encoded, settings.maxPixels(), settings.pictures().decoding())
                    .size();
            return settings.sizing().place(picture.width(), picture.height()).target();
        } catch (IOException | ImageException | RuntimeException | OutOfMemoryError e) {
            return null;
        }
    }

    private Loaded decoded(WorkItem item, Source undecoded, UndecodedImage encoded) {
        try {
            Picture decoded = encoded.decode();
            RgbImage image = decoded.image();
            Placement placement;
            try {
                placement = settings.sizing().place(image.width(), image.height());
            } catch (ImageException e) {
                Source narrow = source(undecoded, decoded);
                return failed(item, narrow, Stage.DECODE, code(e.kind()), item.path() + ": " + e.getMessage());
            }
            Source source = source(undecoded, placement.enlarges() ? decoded.with(Mark.SMALL) : decoded);
            if (Math.min(image.width(), image.height()) < settings.pictures().minSize()) {
                return failed(
                        item,
                        source,
                        Stage.DECODE,
                        ErrorCode.IMAGE_TOO_SMALL,
                        item.path() + " has " + image.size() + " pixels; this run takes images of "
                                + settings.pictures().minSize() + " and more (--min-size)");
            }
            PixelMask mask = item.edit() == null ? null : item.edit().mask();
            return new Loaded(
                    item,
                    source,
                    placement.apply(image, settings.resize()),
                    mask == null ? null : placement.apply(mask),
                    placement,
                    null);
        } catch (ImageException e) {
            return failed(item, undecoded, Stage.DECODE, code(e.kind()), item.path() + ": " + e.getMessage());
        } catch (RuntimeException e) {
            // One strange image must not end the task that it shares with others.
            return failed(
                    item,
                    undecoded,
                    Stage.DECODE,
                    ErrorCode.CORRUPT_IMAGE,
                    item.path() + " cannot be cropped and resized: " + Failure.reason(e));
        }
    }

    private static Source source(Source undecoded, Picture picture) {
        RgbImage image = picture.image();
        return new Source(undecoded.sha256(), image.width(), image.height(), undecoded.byteCount(), picture.markText());
    }

    /** The most that one picture takes at a time: copies of its file, and decoding, or else cropping and resizing. */
    private long heapBytes(UndecodedImage image, int fileBytes) {
        long decoding = 3L * fileBytes + image.decodingBytes();
        try {
            // Turned pictures take as much.
            Placement placement = settings.sizing().place(image.width(), image.height());
            return Math.max(decoding, 3L * fileBytes + placement.pictureBytes()) + placement.resizingBytes();
        } catch (ImageException e) {
            // It is refused when it is upright.
            return decoding;
        }
    }

    /**
     * Reads a picture again and does work with it that takes no more than three pictures of its size.
     *
     * @throws IllegalStateException if the picture is not the one that was loaded, or takes more heap than there is
     */
    <T> T withPicture(Loaded loaded, Function<RgbImage, T> work) {
        String path = loaded.item().path();
        try {
            byte[] encoded = bytes(loaded.item());
            if (!Sha256.of(encoded).equals(loaded.source().sha256())) {
                throw new IllegalStateException(path + " has changed while it was worked on");
            }
            UndecodedImage image = ImageDecoder.open(
                    encoded, settings.maxPixels(), settings.pictures().decoding());
            long picture = (long) RgbImage.CHANNELS * image.width() * image.height();
            long needed = heapBytes(image, encoded.length) + WORK_PICTURES * picture;
            if (!heap.holds(needed)) {
                throw new IllegalStateException("its own size takes " + (needed >> 20) + " MiB, and pictures may fill "
                        + heap.mebibytes() + " MiB of this executor's heap; raise spark.executor.memory, or leave out"
                        + " --restore-size");
            }
            return heap.with(needed, () -> {
                try {
                    return work.apply(image.decode().image());
                } catch (ImageException e) {
                    throw new IllegalStateException(e.getMessage(), e);
                }
            });
        } catch (IOException e) {
            String message = "cannot read " + path + " again: " + Failure.reason(e);
            throw files.isReachable(path)
                    ? new IllegalStateException(message, e)
                    : new UnreachableException(message, e);
        } catch (ImageException e) {
            throw new IllegalStateException("cannot read " + path + " again: " + e.getMessage(), e);
        }
    }

    private static String tooLargeForHeap(WorkItem item) {
        return item.path() + " does not fit into the executor's heap; raise spark.executor.memory or lower"
                + " --max-pixels";
    }

    private byte[] bytes(WorkItem item) throws IOException {
        if (item.bytes() != null) {
            return item.bytes();
        }
        try (InputStream stream = item.size() < 0 ? files.open(item.path()) : files.open(item.path(), item.size())) {
            return stream.readNBytes(MAX_FILE_BYTES + 1);
        }
    }

    private static ErrorCode code(ImageException.Kind kind) {
        return switch (kind) {
            case EMPTY -> ErrorCode.EMPTY_FILE;
            case UNKNOWN_FORMAT -> ErrorCode.UNKNOWN_FORMAT;
            case CORRUPT -> ErrorCode.CORRUPT_IMAGE;
            case TOO_LARGE -> ErrorCode.IMAGE_TOO_LARGE;
            case ASPECT_RATIO -> ErrorCode.ASPECT_RATIO;
        };
    }

    private static Loaded failed(WorkItem item, Source source, Stage stage, ErrorCode code, String message) {
        return new Loaded(item, source, null, null, null, new Failure(stage, code, message));
    }
}
