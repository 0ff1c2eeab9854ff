package io.sparkinversion.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where this project is installed, as its launchers say. */
final class Home {
    /** Set by {@code jobs/} to the folder that holds data-samples. */
    static final String PROPERTY = "spark.inversion.home";

    private Home() {}

    /**
     * @throws IllegalArgumentException if it is not there
     */
    static Path sample(String name) {
        Path file = Path.of(System.getProperty(PROPERTY, "."), "data-samples", name)
                .toAbsolutePath()
                .normalize();
        if (!Files.exists(file)) {
            throw new IllegalArgumentException("the default " + name + " is not at " + file
                    + "; name one on the command line, or start through jobs/ in the project's folder");
        }
        return file;
    }
}
