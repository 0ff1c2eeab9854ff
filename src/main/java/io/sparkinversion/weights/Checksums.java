package io.sparkinversion.weights;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code SHA256SUMS} in a folder: the hash of each of its files, as the command sha256sum writes and checks them. */
final class Checksums {
    static final String FILE = "SHA256SUMS";

    private static final String SEPARATOR = "  ";
    private static final int BLOCK = 1 << 20;

    private Checksums() {}

    /** @param hashes by the file's name in the folder */
    static void write(Path folder, Map<String, String> hashes) throws IOException {
        StringBuilder text = new StringBuilder();
        hashes.forEach(
                (name, hash) -> text.append(hash).append(SEPARATOR).append(name).append('\n'));
        Files.writeString(folder.resolve(FILE), text);
    }

    /** The first of the files whose bytes are not those that were hashed, with what is wrong. */
    static Optional<String> damage(Path folder, List<String> names) throws IOException {
        Map<String, String> expected = read(folder);
        for (String name : names) {
            if (!expected.containsKey(name)) {
                return Optional.of(FILE + " has no line for " + name);
            }
            String hash = hash(folder.resolve(name));
            if (!hash.equals(expected.get(name))) {
                return Optional.of(name + " has SHA-256 " + hash + " instead of " + expected.get(name));
            }
        }
        return Optional.empty();
    }

    private static Map<String, String> read(Path folder) throws IOException {
        Map<String, String> hashes = new HashMap<>();
        try {
            for (String line : Files.readString(folder.resolve(FILE)).split("\n")) {
                String[] parts = line.split(SEPARATOR, 2);
                hashes.put(parts[parts.length - 1], parts[0]);
            }
        } catch (NoSuchFileException e) {
            return Map.of();
        }
        return hashes;
    }

    private static String hash(Path file) throws IOException {
        byte[] block = new byte[BLOCK];
        try (InputStream input = Files.newInputStream(file);
                DigestInputStream digesting = new DigestInputStream(input, Sha256.digest())) {
            while (digesting.read(block) >= 0) {
                // The stream hashes what passes.
            }
            return Sha256.hex(digesting.getMessageDigest().digest());
        }
    }
}
