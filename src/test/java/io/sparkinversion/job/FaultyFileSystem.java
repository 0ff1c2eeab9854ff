package io.sparkinversion.job;

import io.sparkinversion.cluster.Trap;
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
 * The local disk as {@code faulty:///}. This process can be killed on it: from one operation on nothing that it does
 * reaches the disk any more, its cleaning up included. And a {@link Trap} can wait there for any process.
 */
public final class FaultyFileSystem extends RawLocalFileSystem {
    /** The folder of the trap that operations may spring. */
    public static final String TRAP = "fs.faulty.trap";

    /** What may be fatal. */
    public enum Operation {
        CREATE,
        RENAME,
        DELETE
    }

    private static volatile Operation fatalOperation;
    private static volatile String fatalPath;
    private static volatile boolean dead;
    private static volatile Operation failingOperation;
    private static volatile String failingPath;

    private Trap trap;

    public static void register(Configuration configuration) {
        configuration.set("fs.faulty.impl", FaultyFileSystem.class.getName());
    }

    /** Kills at the first operation of the kind on a path that contains the text. */
    public static void killAt(Operation operation, String path) {
        dead = false;
        fatalPath = path;
        fatalOperation = operation;
    }

    /** Operations of the kind on paths that contain the text fail; nothing else does. */
    public static void failAt(Operation operation, String path) {
        failingPath = path;
        failingOperation = operation;
    }

    /** A new process comes up on the same disk. */
    public static void revive() {
        fatalOperation = null;
        failingOperation = null;
        dead = false;
    }

    public static boolean killed() {
        return dead;
    }

    @Override
    public void initialize(URI address, Configuration configuration) throws IOException {
        super.initialize(address, configuration);
        String folder = configuration.get(TRAP);
        trap = folder == null ? null : new Trap(java.nio.file.Path.of(folder));
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
        check(Operation.RENAME, to);
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
        return Arrays.stream(super.listStatus(path))
                .map(FaultyFileSystem::plain)
                .toArray(FileStatus[]::new);
    }

    private static FileStatus plain(FileStatus status) {
        return new FileStatus(
                status.getLen(),
                status.isDirectory(),
                status.getReplication(),
                status.getBlockSize(),
                status.getModificationTime(),
                status.getPath());
    }

    private void check(Operation operation, Path path) throws IOException {
        if (operation == failingOperation && path.toString().contains(failingPath)) {
            throw new IOException("injected: " + operation + " of " + path.getName() + " fails");
        }
        if (operation == fatalOperation && path.toString().contains(fatalPath)) {
            dead = true;
        }
        if (dead) {
            throw new IOException("injected: killed before " + operation + " of " + path.getName());
        }
        if (trap != null) {
            trap.reached(operation.name(), path.toUri().getPath());
        }
    }
}
