package io.sparkinversion.verify.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * How a checkpoint is put together from pieces of other files: segments are bytes in base 64, or
 * {@code [source, offset, length]}.
 */
record Recipe(JsonNode json) {
    private static final String ENDING = ".recipe.json.gz";

    static boolean isOne(String name) {
        return name.endsWith(ENDING);
    }

    /** The name of the file that it makes. */
    static String target(String name) {
        return name.substring(0, name.length() - ENDING.length());
    }

    static Recipe read(Path file) {
        try (InputStream input = new GZIPInputStream(Files.newInputStream(file))) {
            return new Recipe(new ObjectMapper().readTree(input));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /**
     * @param root that the sources' paths start from
     * @return a file in a folder of its own, to be deleted with it
     * @throws IllegalArgumentException if it has another hash than the recipe says
     */
    Path assemble(Path root) {
        List<FileChannel> sources = new ArrayList<>();
        try {
            Path folder = Files.createTempDirectory("spark-inversion");
            Path file = folder.resolve(
                    Path.of(json.path("file").asText()).getFileName().toString());
            for (JsonNode source : json.path("sources")) {
                sources.add(FileChannel.open(root.resolve(source.asText())));
            }
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (OutputStream output = new DigestOutputStream(Files.newOutputStream(file), digest)) {
                for (JsonNode segment : json.path("segments")) {
                    if (segment.isTextual()) {
                        output.write(Base64.getDecoder().decode(segment.textValue()));
                    } else {
                        InputStream source = Channels.newInputStream(
                                sources.get(segment.get(0).asInt())
                                        .position(segment.get(1).asLong()));
                        output.write(source.readNBytes(segment.get(2).asInt()));
                    }
                }
            }
            String hash = HexFormat.of().formatHex(digest.digest());
            if (!hash.equals(json.path("sha256").asText())) {
                delete(file);
                throw new IllegalArgumentException("the assembled file has the hash " + hash + ", the recipe says "
                        + json.path("sha256").asText());
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot assemble " + json.path("file").asText(), e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        } finally {
            sources.forEach(Recipe::close);
        }
    }

    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
            Files.deleteIfExists(file.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
