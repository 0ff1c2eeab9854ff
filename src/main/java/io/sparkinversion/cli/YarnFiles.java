package io.sparkinversion.cli;

import io.sparkinversion.weights.ModelFolder;
import io.sparkinversion.weights.Sha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.hadoop.fs.FileSystem;

/**
 * What applications on YARN need of this project, kept on the cluster's file system under names that change with the
 * content: uploaded once, and cached by the nodes from one application to the next.
 *
 * @param files of the cluster
 * @param folder in which it is kept
 */
record YarnFiles(FileSystem files, org.apache.hadoop.fs.Path folder) {
    /** Of a SHA-256, enough to tell versions apart. */
    private static final int DIGITS = 16;

    /**
     * Jars as one archive, as {@code spark.yarn.archive} takes it.
     *
     * @return its address
     */
    String archive(List<Path> jars) throws IOException {
        org.apache.hadoop.fs.Path archive =
                new org.apache.hadoop.fs.Path(folder, "libraries-" + fingerprint(jars) + ".zip");
        if (!files.exists(archive)) {
            System.err.println("uploading " + jars.size() + " libraries to " + archive + " (once) ...");
            org.apache.hadoop.fs.Path part = part();
            // Jars are compressed.
            try (ZipOutputStream out = new ZipOutputStream(files.create(part))) {
                out.setLevel(Deflater.NO_COMPRESSION);
                for (Path jar : jars) {
                    out.putNextEntry(new ZipEntry(jar.getFileName().toString()));
                    Files.copy(jar, out);
                    out.closeEntry();
                }
            }
            publish(part, archive);
        }
        return archive.toString();
    }

    /**
     * A folder, file by file.
     *
     * @return its address
     */
    String copy(Path source) throws IOException {
        String fingerprint = ModelFolder.hash(source).substring(0, DIGITS);
        org.apache.hadoop.fs.Path copy =
                new org.apache.hadoop.fs.Path(folder, source.getFileName() + "-" + fingerprint);
        if (!files.exists(copy)) {
            List<Path> all;
            try (Stream<Path> found = Files.walk(source)) {
                all = found.filter(Files::isRegularFile).toList();
            }
            System.err.println("uploading " + source + " to " + copy + " (once) ...");
            org.apache.hadoop.fs.Path part = part();
            for (Path file : all) {
                String relative = source.relativize(file).toString();
                try (OutputStream out = files.create(new org.apache.hadoop.fs.Path(part, relative))) {
                    Files.copy(file, out);
                }
            }
            publish(part, copy);
        }
        return copy.toString();
    }

    private org.apache.hadoop.fs.Path part() {
        return new org.apache.hadoop.fs.Path(folder, "_part-" + UUID.randomUUID());
    }

    /** Visible only when it is whole. Of two that upload at once, the first one's stays. */
    private void publish(org.apache.hadoop.fs.Path part, org.apache.hadoop.fs.Path name) throws IOException {
        boolean first = !files.exists(name) && files.rename(part, name);
        if (!first) {
            files.delete(part, true);
            if (!files.exists(name)) {
                throw new IOException("cannot rename " + part + " to " + name);
            }
        }
    }

    /** By names and sizes: the names of libraries have their versions in them. */
    private static String fingerprint(List<Path> all) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Path file : all) {
            text.append(file.getFileName()).append(' ').append(Files.size(file)).append('\n');
        }
        return Sha256.of(text.toString().getBytes(StandardCharsets.UTF_8)).substring(0, DIGITS);
    }
}
