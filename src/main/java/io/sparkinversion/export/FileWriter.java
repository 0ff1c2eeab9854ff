package io.sparkinversion.export;

import io.sparkinversion.export.ExportSettings.Layout;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;

/** Writes the files of one task; a task that is tried again writes the same files again. */
final class FileWriter implements Closeable {
    /** As img2dataset has it. */
    private static final int SHARD_FILES = 10_000;

    private static final long SHARD_BYTES = 1L << 30;

    private final FileSystem files;
    private final Path target;
    private final Layout layout;
    private final int task;
    private TarArchiveOutputStream shard;
    private int shards;
    private int inShard;
    private long shardBytes;

    FileWriter(String target, Layout layout, int task, Configuration configuration) throws IOException {
        this.target = new Path(target);
        this.files = fileSystem(this.target, configuration);
        this.layout = layout;
        this.task = task;
    }

    /** The local one without Hadoop's files of checksums, which nobody wants beside pictures. */
    static FileSystem fileSystem(Path target, Configuration configuration) throws IOException {
        FileSystem fileSystem = target.getFileSystem(configuration);
        return fileSystem instanceof LocalFileSystem local ? local.getRaw() : fileSystem;
    }

    void write(ExportedFile file) throws IOException {
        if (layout == Layout.WEBDATASET) {
            // What follows the first dot would be the member's kind.
            String key = file.name().replace('.', '_');
            openShard(file.png().length);
            add(key + ".png", file.png());
            add(key + ".txt", file.text().getBytes(StandardCharsets.UTF_8));
            add(key + ".json", file.json().getBytes(StandardCharsets.UTF_8));
            return;
        }
        create(file.name() + ".png", file.png());
        if (layout == Layout.SIDECAR) {
            create(file.name() + ".txt", file.text().getBytes(StandardCharsets.UTF_8));
        }
    }

    private void create(String name, byte[] content) throws IOException {
        try (OutputStream stream = files.create(new Path(target, name), true)) {
            stream.write(content);
        }
    }

    private void openShard(int length) throws IOException {
        if (shard != null && (inShard >= SHARD_FILES || shardBytes + length > SHARD_BYTES)) {
            closeShard();
        }
        if (shard == null) {
            String name = String.format(Locale.ROOT, "%05d-%03d.tar", task, shards++);
            shard = new TarArchiveOutputStream(files.create(new Path(target, name), true), "UTF-8");
            shard.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            inShard = 0;
            shardBytes = 0;
        }
        inShard++;
        shardBytes += length;
    }

    private void add(String name, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        // The same tables give the same shards.
        entry.setModTime(0);
        shard.putArchiveEntry(entry);
        shard.write(content);
        shard.closeArchiveEntry();
    }

    private void closeShard() throws IOException {
        shard.finish();
        shard.close();
        shard = null;
    }

    @Override
    public void close() throws IOException {
        if (shard != null) {
            closeShard();
        }
    }
}
