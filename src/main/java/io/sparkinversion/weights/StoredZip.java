package io.sparkinversion.weights;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the entries of an uncompressed zip archive lie in its file, so that they can be mapped; {@link java.util.zip}
 * can only copy them. Zip64 is understood: archives over 4 GiB have it.
 *
 * <p>Format: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.3.
 */
final class StoredZip {

    private static final int LOCAL_HEADER = 0x04034b50;
    private static final int CENTRAL_HEADER = 0x02014b50;
    private static final int END = 0x06054b50;
    private static final int ZIP64_LOCATOR = 0x07064b50;
    private static final int ZIP64_END = 0x06064b50;

    private static final int LOCAL_HEADER_BYTES = 30;
    private static final int CENTRAL_HEADER_BYTES = 46;
    private static final int END_BYTES = 22;
    private static final int ZIP64_LOCATOR_BYTES = 20;
    private static final int ZIP64_END_BYTES = 56;
    private static final int ZIP64_FIELD = 1;
    private static final int MAX_COMMENT_BYTES = 0xffff;
    private static final long IN_ZIP64 = 0xffffffffL;
    private static final long MAX_DIRECTORY_BYTES = 64L << 20;

    private final MappedFile file;

    private StoredZip(MappedFile file) {
        this.file = file;
    }

    /**
     * @return entry name to the region of its bytes, in the directory's order
     * @throws WeightsException if the archive is damaged, or an entry is compressed or encrypted
     */
    static Map<String, TorchContents.Region> entries(MappedFile file) {
        return new StoredZip(file).entries();
    }

    private Map<String, TorchContents.Region> entries() {
        ByteBuffer directory = directory();
        Map<String, TorchContents.Region> entries = new LinkedHashMap<>();
        while (directory.remaining() >= CENTRAL_HEADER_BYTES) {
            int begin = directory.position();
            if (directory.getInt(begin) != CENTRAL_HEADER) {
                throw damaged("its directory");
            }
            int flags = directory.getShort(begin + 8);
            int method = directory.getShort(begin + 10);
            int nameLength = Short.toUnsignedInt(directory.getShort(begin + 28));
            int extraLength = Short.toUnsignedInt(directory.getShort(begin + 30));
            int commentLength = Short.toUnsignedInt(directory.getShort(begin + 32));
            int next = CENTRAL_HEADER_BYTES + nameLength + extraLength + commentLength;
            if (next > directory.remaining()) {
                throw damaged("its directory");
            }
            byte[] nameBytes = new byte[nameLength];
            directory.get(begin + CENTRAL_HEADER_BYTES, nameBytes);
            String name = new String(nameBytes, StandardCharsets.UTF_8);
            if (method != 0 || (flags & 1) != 0) {
                throw new WeightsException(file.path() + ": entry '" + name + "' is compressed or encrypted, which"
                        + " PyTorch does not do; save the checkpoint again or zip it without compression");
            }
            ByteBuffer extra = directory
                    .slice(begin + CENTRAL_HEADER_BYTES + nameLength, extraLength)
                    .order(directory.order());
            long[] sizes = {
                Integer.toUnsignedLong(directory.getInt(begin + 24)),
                Integer.toUnsignedLong(directory.getInt(begin + 20)),
                Integer.toUnsignedLong(directory.getInt(begin + 42))
            };
            readZip64(extra, sizes);
            TorchContents.Region region = data(name, sizes[0], sizes[2]);
            if (entries.put(name, region) != null) {
                throw damaged("it has two entries '" + name + "', and its directory");
            }
            directory.position(begin + next);
        }
        return entries;
    }

    /** Values that do not fit 32 bits are in an extra field: uncompressed size, compressed size, header offset. */
    private static void readZip64(ByteBuffer extra, long[] sizes) {
        while (extra.remaining() >= 4) {
            int id = Short.toUnsignedInt(extra.getShort());
            int length = Math.min(Short.toUnsignedInt(extra.getShort()), extra.remaining());
            int end = extra.position() + length;
            if (id == ZIP64_FIELD) {
                for (int i = 0; i < sizes.length; i++) {
                    if (sizes[i] == IN_ZIP64 && end - extra.position() >= Long.BYTES) {
                        sizes[i] = extra.getLong();
                    }
                }
            }
            extra.position(end);
        }
    }

    private TorchContents.Region data(String name, long length, long headerOffset) {
        ByteBuffer header = file.slice(headerOffset, LOCAL_HEADER_BYTES, "the header of entry '" + name + "'");
        if (header.getInt(0) != LOCAL_HEADER) {
            throw damaged("the header of entry '" + name + "'");
        }
        long offset = headerOffset
                + LOCAL_HEADER_BYTES
                + Short.toUnsignedInt(header.getShort(26))
                + Short.toUnsignedInt(header.getShort(28));
        if (length < 0 || offset > file.size() || length > file.size() - offset) {
            throw damaged("entry '" + name + "'");
        }
        return new TorchContents.Region(offset, length);
    }

    private ByteBuffer directory() {
        int tailLength = (int) Math.min(file.size(), END_BYTES + MAX_COMMENT_BYTES);
        long tailOffset = file.size() - tailLength;
        ByteBuffer tail = file.slice(tailOffset, tailLength, "the end of the zip archive");
        int end = tailLength - END_BYTES;
        while (end >= 0 && tail.getInt(end) != END) {
            end--;
        }
        if (end < 0) {
            throw new WeightsException(file.path() + " begins like a zip archive and has no directory at its end; the"
                    + " file is incomplete, fetch it again");
        }
        long length = Integer.toUnsignedLong(tail.getInt(end + 12));
        long offset = Integer.toUnsignedLong(tail.getInt(end + 16));
        long locatorOffset = tailOffset + end - ZIP64_LOCATOR_BYTES;
        if (locatorOffset >= 0) {
            ByteBuffer locator = file.slice(locatorOffset, ZIP64_LOCATOR_BYTES, "the end of the zip archive");
            if (locator.getInt(0) == ZIP64_LOCATOR) {
                ByteBuffer end64 = file.slice(locator.getLong(8), ZIP64_END_BYTES, "the end of the zip archive");
                if (end64.getInt(0) != ZIP64_END) {
                    throw damaged("its directory");
                }
                length = end64.getLong(40);
                offset = end64.getLong(48);
            }
        }
        if (length > MAX_DIRECTORY_BYTES) {
            throw damaged("its directory");
        }
        return file.slice(offset, length, "the directory of the zip archive");
    }

    private WeightsException damaged(String what) {
        return new WeightsException(file.path() + " is a damaged zip archive: " + what + " cannot be right");
    }
}
