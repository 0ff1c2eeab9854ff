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
