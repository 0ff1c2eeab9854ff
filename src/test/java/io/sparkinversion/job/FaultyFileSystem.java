package io.sparkinversion.job;

import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

/**
 * The local disk as {@code faulty:///}, on which a process can be killed: from one operation on nothing that it does
 * reaches the disk any more, its cleaning up included.
 */
public final class FaultyFileSystem extends RawLocalFileSystem {
    /** What may be fatal. */
    enum Operation {
        CREATE,
        DELETE
    }

    private static volatile Operation fatalOperation;
    private static volatile String fatalPath;
    private static volatile boolean dead;

    static void register(Configuration configuration) {
        configuration.set("fs.faulty.impl", FaultyFileSystem.class.getName());
    }

    /** Kills at the first operation of the kind on a path that contains the text. */
    static void killAt(Operation operation, String path) {
        dead = false;
        fatalPath = path;
        fatalOperation = operation;
    }

    /** A new process comes up on the same disk. */
    static void revive() {
        fatalOperation = null;
        dead = false;
    }

    static boolean killed() {
        return dead;
    }

    @Override
    public URI getUri() {
        return URI.create("faulty:///");
    }

    @Override
    public String getScheme() {
        return "faulty";
    }

    @Override
    public FSDataOutputStream create(
            Path path,
            FsPermission permission,
            boolean overwrite,
            int bufferSize,
            short replication,
            long blockSize,
            Progressable progress)
            throws IOException {
        check(Operation.CREATE, path);
        return super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
    }

    @Override
    public FSDataOutputStream create(
            Path path, boolean overwrite, int bufferSize, short replication, long blockSize, Progressable progress)
            throws IOException {
        check(Operation.CREATE, path);
        return super.create(path, overwrite, bufferSize, replication, blockSize, progress);
    }

    @Override
    public boolean mkdirs(Path path) throws IOException {
        check(Operation.CREATE, path);
        return super.mkdirs(path);
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
        check(Operation.CREATE, to);
        return super.rename(from, to);
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
        check(Operation.DELETE, path);
        return super.delete(path, recursive);
    }

    /** Plain statuses: the local disk's own look their permissions up by {@code file:} addresses. */
    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
        return plain(super.getFileStatus(path));
    }

    @Override
    public FileStatus[] listStatus(Path path) throws IOException {
        return Arrays.stream(super.listStatus(path)).map(FaultyFileSystem::plain).toArray(FileStatus[]::new);
    }

    private static FileStatus plain(FileStatus status) {
        return new FileStatus(
                status.getLen(), status.isDirectory(), status.getReplication(), status.getBlockSize(),
                status.getModificationTime(), status.getPath());
    }

    private static void check(Operation operation, Path path) throws IOException {
        if (operation == fatalOperation && path.toString().contains(fatalPath)) {
            dead = true;
        }
        if (dead) {
            throw new IOException("injected: killed before " + operation + " of " + path.getName());
        }
    }
}
