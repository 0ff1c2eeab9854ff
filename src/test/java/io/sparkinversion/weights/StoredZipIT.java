package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.WithoutSpark;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithoutSpark
class StoredZipIT {

    private static final byte[] CONTENTS = {3, 1, 4};

    @TempDir
    private Path folder;

    /** The JDK writes the Zip64 end record because of the number of entries. */
    @Test
    void readsADirectoryOfMoreThan65535Entries() throws IOException {
        Path path = folder.resolve("many.zip");
        try (OutputStream out = Files.newOutputStream(path);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (int i = 0; i < 70_000; i++) {
                zip.putNextEntry(stored("archive/data/" + i));
                zip.write(CONTENTS);
                zip.closeEntry();
            }
        }
        MappedFile file = MappedFile.open(path);
        Map<String, TorchContents.Region> entries = StoredZip.entries(file);

        assertThat(entries).hasSize(70_000);
        assertThat(bytes(file, entries.get("archive/data/69999"))).isEqualTo(CONTENTS);
    }

    /** A sparse archive whose second entry, directory and end lie beyond 4 GiB; the JDK reads it too. */
    @Test
    void readsEntriesBeyondFourGibibytes() throws IOException {
        long far = (4L << 30) + 77;
        Path path = folder.resolve("large.zip");
        byte[] first = localHeader("a/first");
        byte[] second = localHeader("a/second");
        ByteBuffer end = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
        centralHeader(end, "a/first", 0);
        centralHeader(end, "a/second", far);
        int directoryLength = end.position();
        long directory = far + second.length + CONTENTS.length;
        end.putInt(0x06064b50)
                .putLong(44)
                .putShort((short) 45)
                .putShort((short) 45)
                .putInt(0)
                .putInt(0);
        end.putLong(2).putLong(2).putLong(directoryLength).putLong(directory);
        end.putInt(0x07064b50).putInt(0).putLong(directory + directoryLength).putInt(1);
        end.putInt(0x06054b50).putInt(0).putShort((short) 2).putShort((short) 2);
        end.putInt(directoryLength).putInt(-1).putShort((short) 0);
        try (RandomAccessFile writer = new RandomAccessFile(path.toFile(), "rw")) {
            writer.write(first);
            writer.write(CONTENTS);
            writer.seek(far);
            writer.write(second);
            writer.write(CONTENTS);
            writer.write(end.array(), 0, end.position());
        }
        try (ZipFile reference = new ZipFile(path.toFile())) {
            assertThat(reference.getInputStream(reference.getEntry("a/second")).readAllBytes())
                    .isEqualTo(CONTENTS);
        }
        MappedFile file = MappedFile.open(path);
        Map<String, TorchContents.Region> entries = StoredZip.entries(file);

        assertThat(entries).containsOnlyKeys("a/first", "a/second");
        assertThat(entries.get("a/second").offset()).isEqualTo(far + second.length);
        assertThat(bytes(file, entries.get("a/first"))).isEqualTo(CONTENTS);
        assertThat(bytes(file, entries.get("a/second"))).isEqualTo(CONTENTS);
    }

    @Test
    void findsTheDirectoryBeforeAComment() throws IOException {
        Path path = folder.resolve("comment.zip");
        try (OutputStream out = Files.newOutputStream(path);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            zip.setComment("c".repeat(5000));
            zip.putNextEntry(stored("a/b"));
            zip.write(CONTENTS);
            zip.closeEntry();
        }
        MappedFile file = MappedFile.open(path);

        assertThat(bytes(file, StoredZip.entries(file).get("a/b"))).isEqualTo(CONTENTS);
    }

    @Test
    void refusesAnEntryThatLeavesTheFile() throws IOException {
        Path path = folder.resolve("damaged.zip");
        ByteBuffer zip = ByteBuffer.allocate(1000).order(ByteOrder.LITTLE_ENDIAN);
        zip.put(localHeader("a/b")).put(CONTENTS);
        int directory = zip.position();
        centralHeader(zip, "a/b", 0);
        zip.putInt(directory + 24, 5000);
        int length = zip.position() - directory;
        zip.putInt(0x06054b50)
                .putInt(0)
                .putShort((short) 1)
                .putShort((short) 1)
                .putInt(length)
                .putInt(directory);
        zip.putShort((short) 0);
        byte[] bytes = new byte[zip.position()];
        zip.get(0, bytes);
        Files.write(path, bytes);

        assertThatThrownBy(() -> StoredZip.entries(MappedFile.open(path)))
                .isInstanceOf(WeightsException.class)
                .hasMessage(path + " is a damaged zip archive: entry 'a/b' cannot be right");
    }

    private static byte[] bytes(MappedFile file, TorchContents.Region region) {
        byte[] bytes = new byte[(int) region.length()];
        file.slice(region.offset(), region.length(), "entry").get(bytes);
        return bytes;
    }

    private static ZipEntry stored(String name) {
        ZipEntry entry = new ZipEntry(name);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(CONTENTS.length);
        entry.setCrc(crc());
        return entry;
    }

    private static long crc() {
        CRC32 crc = new CRC32();
        crc.update(CONTENTS);
        return crc.getValue();
    }

    private static byte[] localHeader(String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(30 + bytes.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x04034b50)
                .putShort((short) 20)
                .putInt(14, (int) crc())
                .putInt(18, CONTENTS.length)
                .putInt(22, CONTENTS.length)
                .putShort(26, (short) bytes.length)
                .position(30)
                .put(bytes)
                .array();
    }

    /** With the header's offset in a Zip64 field. */
    private static void centralHeader(ByteBuffer out, String name, long offset) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        int begin = out.position();
        out.putInt(0x02014b50).putShort((short) 45).putShort((short) 45);
        out.putInt(begin + 16, (int) crc()).putInt(begin + 20, CONTENTS.length).putInt(begin + 24, CONTENTS.length);
        out.putShort(begin + 28, (short) bytes.length)
                .putShort(begin + 30, (short) 12)
                .putInt(begin + 42, -1);
        out.position(begin + 46)
                .put(bytes)
                .putShort((short) 1)
                .putShort((short) 8)
                .putLong(offset);
    }
}
