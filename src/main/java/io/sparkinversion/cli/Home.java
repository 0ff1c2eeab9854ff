package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where this project is installed, as its launchers say. */
final class Home {
    /** Set by {@code jobs/} to the folder that holds data-samples and conf. */
    static final String PROPERTY = "spark.inversion.home";
    /** Set where other machines run the driver or executors: where all of them find the folder of sample models. */
    static final String SAMPLES = "spark.inversion.sample-models";

    private Home() {}

    /**
     * The address of a sample model.
     *
     * @throws UserException if it is not there
     */
    static String sampleModel(String name) {
        String uploaded = System.getProperty(SAMPLES);
        if (uploaded != null) {
            return uploaded + "/" + name;
        }
        Path file = path("data-samples/models").resolve(name);
        if (!Files.exists(file)) {
            throw new UserException("the default " + name + " does not exist: " + file
                    + "; give one on the command line, or use the scripts in jobs/");
        }
        return file.toString();
    }

    /** A file or folder of the project, whether it is there or not. */
    static Path path(String name) {
        return Path.of(System.getProperty(PROPERTY, "."), name).toAbsolutePath().normalize();
    }
}
