package io.sparkinversion.yarn;

import io.sparkinversion.cli.Main;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/** The project at a place that the cluster's nodes do not see, with the code that is being tested. */
record ProjectCopy(Path home) {
    /** Folders of the project that are as they are. */
    private static final List<String> LINKS = List.of(
            "conf", "data-samples", "target/job-libs", "target/spark-libs", "target/native-cpu", "target/spark-yarn");

    /** What the build copies for the cluster's tests. */
    static boolean isComplete() {
        return LINKS.stream().map(Path::of).allMatch(Files::isDirectory);
    }

    static ProjectCopy into(Path home) {
        try {
            for (String link : LINKS) {
                Path place = home.resolve(link);
                Files.createDirectories(place.getParent());
                Files.createSymbolicLink(place, Path.of(link).toAbsolutePath());
            }
            Path jobs = Files.createDirectories(home.resolve("jobs"));
            for (String script : List.of("submit", "spark-class", "spark-yarn.sh")) {
                Files.createSymbolicLink(
                        jobs.resolve(script), Path.of("jobs", script).toAbsolutePath());
            }
            // What it would build is there.
            Path build = Files.writeString(jobs.resolve("build.sh"), "#!/bin/sh\n");
            build.toFile().setExecutable(true);
            jar(home.resolve("target/spark-inversion.jar"));
            return new ProjectCopy(home);
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void jar(Path jar) throws IOException, URISyntaxException {
        Path classes = Path.of(
                Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file);
                Stream<Path> found = Files.walk(classes)) {
            for (Path each : found.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(each).toString()));
                Files.copy(each, out);
                out.closeEntry();
            }
        }
    }

    /**
     * {@code jobs/submit --cpu}.
     *
     * @param conf Hadoop's
     * @param log takes what it prints
     */
    Process submit(Path conf, Path log, List<String> words) {
        List<String> command =
                new ArrayList<>(List.of(home.resolve("jobs/submit").toString(), "--cpu"));
        command.addAll(words);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.to(log.toFile()));
        builder.environment().remove("SPARK_HOME");
        builder.environment().put("HADOOP_CONF_DIR", conf.toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("JAVA_OPTS", "-Xmx700m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
