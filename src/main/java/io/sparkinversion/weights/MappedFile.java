package io.sparkinversion.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A whole file mapped read-only. A Java buffer ends at 2 GiB, so the file is mapped in windows of that size which
 * overlap by half. No channel stays open: an interrupted thread (a killed Spark task) would close it for every other
 * thread too.
 */
final class MappedFile {

    private static final long STRIDE = 1L << 30;

    private final Path path;
    private final long size;
    private final ByteBuffer[] windows;

    private MappedFile(Path path, long size, ByteBuffer[] windows) {
        this.path = path;
        this.size = size;
        this.windows = windows;
    }

    /**
     * @throws WeightsException if the path is no readable regular file
     */
    static MappedFile open(Path path) {
        if (!Files.isRegularFile(path)) {
            throw new WeightsException(Files.exists(path) ? path + " is not a file" : "there is no file " + path);
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            long size = channel.size();
            ByteBuffer[] windows = new ByteBuffer[(int) ((size + STRIDE - 1) / STRIDE)];
            for (int i = 0; i < windows.length; i++) {
                long begin = i * STRIDE;
                windows[i] =
                        channel.map(FileChannel.MapMode.READ_ONLY, begin, Math.min(size - begin, Integer.MAX_VALUE));
            }
            return new MappedFile(path, size, windows);
        } catch (IOException e) {
            throw new WeightsException("cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    Path path() {
        return path;
    }

    long size() {
        return size;
    }

    /**
     * A little-endian view of a part of the file, position 0.
     *
     * @param subject what the bytes are, for messages
     * @throws WeightsException if the part is not inside the file or has 2 GiB or more
     */
    ByteBuffer slice(long offset, long length, String subject) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw new WeightsException(path + ": " + subject + " is said to be " + length + " bytes at " + offset
                    + " and the file has " + size + "; it is damaged or incomplete");
        }
        int bytes = Shapes.bufferSize(length, path + ": " + subject);
        if (bytes == 0) {
            return ByteBuffer.allocateDirect(0).order(ByteOrder.LITTLE_ENDIAN);
        }
        ByteBuffer window = windows[(int) (offset / STRIDE)];
        int within = (int) (offset % STRIDE);
        ByteBuffer slice = bytes <= window.capacity() - within ? window.slice(within, bytes) : mapAlone(offset, bytes);
        return slice.order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A tensor of more than 1 GiB can begin in one window and end beyond it. */
    private ByteBuffer mapAlone(long offset, int bytes) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (channel.size() != size) {
                throw new WeightsException(path + " was changed while it was in use");
            }
            return channel.map(FileChannel.MapMode.READ_ONLY, offset, bytes);
        } catch (IOException e) {
            throw new WeightsException("cannot read " + path + ": " + e.getMessage(), e);
        }
    }
}
