package io.sparkinversion.worker;

import io.sparkinversion.weights.Address;
import io.sparkinversion.weights.Reachability;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FutureDataInputStreamBuilder;
import org.apache.hadoop.fs.Options.OpenFileOptions;
import org.apache.hadoop.util.functional.FutureIO;

/** Image files wherever they are. */
record ImageFiles(Configuration hadoop) implements ImageLoader.FileReader {

    /** Under this name or, where there is no such file, another way to write it. */
    @Override
    public InputStream open(String address) throws IOException {
        try {
            return openExactly(address);
        } catch (FileNotFoundException | NoSuchFileException e) {
            for (String other : OtherNames.of(address)) {
                try {
                    return openExactly(other);
                } catch (FileNotFoundException | NoSuchFileException alsoMissing) {
                    e.addSuppressed(alsoMissing);
                }
            }
            throw e;
        }
    }

    @Override
    public InputStream open(String address, long size) throws IOException {
        if (Address.local(address).isPresent()) {
            return open(address);
        }
        var path = new org.apache.hadoop.fs.Path(address);
        FutureDataInputStreamBuilder builder = path.getFileSystem(hadoop).openFile(path);
        builder.opt(OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY, "whole-file, sequential");
        // Otherwise S3's client asks for it first.
        builder.optLong(OpenFileOptions.FS_OPTION_OPENFILE_LENGTH, size);
        return FutureIO.awaitFuture(builder.build());
    }

    @Override
    public String hint(String address) {
        return Address.local(address).map(OtherNames::hint).orElse("");
    }

    private InputStream openExactly(String address) throws IOException {
        // Not through Hadoop: its local file system says of files that may not be read that they are not there.
        Optional<Path> local = Address.local(address);
        if (local.isPresent()) {
            return Files.newInputStream(local.get());
        }
        var path = new org.apache.hadoop.fs.Path(address);
        return path.getFileSystem(hadoop).open(path);
    }

    @Override
    public boolean isReachable(String address) {
        return Reachability.isReachable(address, hadoop);
    }
}
