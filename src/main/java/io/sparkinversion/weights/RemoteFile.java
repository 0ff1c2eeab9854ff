package io.sparkinversion.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** Brings one small file, such as LPIPS weights, to this machine. */
public final class RemoteFile {
    private RemoteFile() {}

    /**
     * @param address a local path, or an address of any Hadoop file system, from which a temporary copy is made
     * @throws WeightsException if there is no such file
     */
    public static Path local(String address, Configuration hadoop) {
        try {
            Optional<Path> local = Address.local(address);
            if (local.isPresent()) {
                return existing(local.get());
            }
            Address.requireNoCredentials(address);
            org.apache.hadoop.fs.Path source = new org.apache.hadoop.fs.Path(address);
            Path folder = Files.createTempDirectory("spark-inversion");
            Path copy = folder.resolve(source.getName());
            org.apache.hadoop.fs.Path target = new org.apache.hadoop.fs.Path(copy.toUri());
            source.getFileSystem(hadoop).copyToLocalFile(false, source, target, true);
            copy.toFile().deleteOnExit();
            folder.toFile().deleteOnExit();
            return copy;
        } catch (IOException | IllegalArgumentException e) {
            throw new WeightsException("cannot read " + address + ": " + e.getMessage(), e);
        }
    }

    private static Path existing(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new WeightsException("there is no file " + file);
        }
        return file;
    }
}
