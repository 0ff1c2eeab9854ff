package io.sparkinversion.torchscript;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Native libraries that are mapped into this process. */
public final class LoadedLibraries {
    private static final Path MAPS = Path.of("/proc/self/maps");

    private LoadedLibraries() {}

    /**
     * The file of a library, where the system tells.
     *
     * @param name the file's name, as a regular expression
     */
    public static Optional<String> find(String name) {
        Pattern file = Pattern.compile("/.*/" + name + "$");
        try (Stream<String> lines = Files.lines(MAPS)) {
            return lines.flatMap(line -> file.matcher(line).results())
                    .map(match -> match.group())
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
