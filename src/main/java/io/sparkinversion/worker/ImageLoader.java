package io.sparkinversion.worker;

import io.sparkinversion.image.ImageDecoder;
import io.sparkinversion.image.ImageException;
import io.sparkinversion.image.PillowResize;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.image.SquareCrop;
import io.sparkinversion.weights.Sha256;
import io.sparkinversion.worker.Failure.Stage;
import io.sparkinversion.worker.ImageOutcome.Source;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;

/** Reads, decodes, crops and resizes images. */
final class ImageLoader {
    /** No camera writes a file of this size; a mislabelled video may well have it. */
    private static final int MAX_FILE_BYTES = 512 << 20;

    private final FileReader files;
    private final WorkerSettings settings;

    ImageLoader(FileReader files, WorkerSettings settings) {
        this.files = files;
        this.settings = settings;
    }

    /** Opens a file wherever it is. */
    @FunctionalInterface
    interface FileReader {
        InputStream open(String address) throws IOException;
    }

    /**
     * An image that is ready for the engine, or why it is not.
     *
     * @param mask what the dataset says that edits should change, of the image's pixels; null where it says nothing
     */
    record Loaded(WorkItem item, Source source, RgbImage image, PixelMask mask, Failure failure) {}

    Loaded load(WorkItem item) {
        if (item.rejection() != null) {
            return new Loaded(item, null, null, null, item.rejection());
        }
        byte[] encoded;
        try {
            encoded = bytes(item);
        } catch (FileNotFoundException | NoSuchFileException e) {
            return failed(item, null, Stage.LOAD, ErrorCode.FILE_NOT_FOUND, "there is no file " + item.path());
        } catch (IllegalArgumentException e) {
            return failed(item, null, Stage.LOAD, ErrorCode.INVALID_PATH,
                    "the path " + item.path() + " cannot be parsed: " + Failure.reason(e));
        } catch (IOException | RuntimeException e) {
            return failed(item, null, Stage.LOAD, ErrorCode.FILE_UNREADABLE,
                    "cannot read " + item.path() + ": " + Failure.reason(e));
        } catch (OutOfMemoryError e) {
            return failed(item, null, Stage.LOAD, ErrorCode.IMAGE_TOO_LARGE, tooLargeForHeap(item));
        }
        if (encoded.length > MAX_FILE_BYTES) {
            return failed(item, null, Stage.LOAD, ErrorCode.IMAGE_TOO_LARGE,
                    item.path() + " is larger than " + (MAX_FILE_BYTES >> 20) + " MiB");
        }
        Source undecoded = new Source(Sha256.of(encoded), 0, 0, encoded.length);
        try {
            RgbImage image = ImageDecoder.decode(encoded, settings.maxPixels());
            Source source = new Source(undecoded.sha256(), image.width(), image.height(), encoded.length);
            RgbImage square = SquareCrop.centre(image);
            int side = settings.resolution();
            RgbImage resized = PillowResize.resize(square, side, side, settings.resize());
            return new Loaded(item, source, resized, mask(item, image, side), null);
        } catch (ImageException e) {
            return failed(item, undecoded, Stage.DECODE, code(e.kind()), item.path() + ": " + e.getMessage());
        } catch (RuntimeException e) {
            // One strange image must not end the task that it shares with others.
            return failed(item, undecoded, Stage.DECODE, ErrorCode.CORRUPT_IMAGE,
                    item.path() + " cannot be cropped and resized: " + Failure.reason(e));
        } catch (OutOfMemoryError e) {
            return failed(item, undecoded, Stage.DECODE, ErrorCode.IMAGE_TOO_LARGE, tooLargeForHeap(item));
        }
    }

    /** A mask may have been drawn at another size than the image's. */
    private static PixelMask mask(WorkItem item, RgbImage image, int side) {
        PixelMask mask = item.edit() == null ? null : item.edit().mask();
        return mask == null
                ? null
                : SquareCrop.centre(mask.resized(image.width(), image.height())).resized(side, side);
    }

    private static String tooLargeForHeap(WorkItem item) {
        return item.path() + " does not fit into the executor's heap; raise spark.executor.memory or lower"
                + " --max-pixels";
    }

    private byte[] bytes(WorkItem item) throws IOException {
        if (item.bytes() != null) {
            return item.bytes();
        }
        try (InputStream stream = files.open(item.path())) {
            return stream.readNBytes(MAX_FILE_BYTES + 1);
        }
    }

    private static ErrorCode code(ImageException.Kind kind) {
        return switch (kind) {
            case EMPTY -> ErrorCode.EMPTY_FILE;
            case UNKNOWN_FORMAT -> ErrorCode.UNKNOWN_FORMAT;
            case CORRUPT -> ErrorCode.CORRUPT_IMAGE;
            case TOO_LARGE -> ErrorCode.IMAGE_TOO_LARGE;
        };
    }

    private static Loaded failed(WorkItem item, Source source, Stage stage, ErrorCode code, String message) {
        return new Loaded(item, source, null, null, new Failure(stage, code, message));
    }
}
