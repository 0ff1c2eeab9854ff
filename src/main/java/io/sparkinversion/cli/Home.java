package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where this project is installed, as its launchers say. */
final class Home {
    /** Set by {@code jobs/} to the folder that holds data-samples and conf. */
    static final String PROPERTY = "spark.inversion.home";

    private Home() {}

    /**
     * @throws UserException if it is not there
     */
    static Path sample(String name) {
        Path file = path("data-samples").resolve(name);
        if (!Files.exists(file)) {
            throw new UserException("the default " + name + " does not exist: " + file
                    + "; give one on the command line, or use the scripts in jobs/");
        }
        return file;
    }

    /** A file or folder of the project, whether it is there or not. */
    static Path path(String name) {
        return Path.of(System.getProperty(PROPERTY, "."), name).toAbsolutePath().normalize();
    }
}
