package io.sparkinversion.kubernetes;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The project's folder as {@code jobs/submit} finds it, with what is built already; and a distribution of Spark made of
 * the libraries that Maven has fetched, with Spark's client of Kubernetes.
 *
 * @param folder of both
 */
record SubmissionHome(Path folder) implements AutoCloseable {
    static final Path KUBERNETES_LIBS = Path.of("target/kubernetes-libs").toAbsolutePath();
    static final Path SPARK_LIBS = Path.of("target/spark-libs").toAbsolutePath();
    private static final String FETCH = "mvn -B -ntp -f src/test/kubernetes/pom.xml dependency:copy-dependencies";

    /** Libraries that Spark has, too, of the same version: Maven counts them as the job's. */
    private static final String SHARED = "slf4j-api|commons-(codec|compress)|gson|netty-.*";

    /** As the distribution's own does: what starts Spark is put together by its launcher. */
    private static final String SPARK_SUBMIT = """
            #!/usr/bin/env bash
            words=()
            while IFS= read -r -d '' word; do words+=("$word"); done < <(
                java -cp "$SPARK_HOME/jars/*" org.apache.spark.launcher.Main org.apache.spark.deploy.SparkSubmit "$@")
            words[1]=${words[1]#$'\\n'}
            exec "${words[@]:1}"
            """;

    /** Skips the test where there is not what it needs. */
    static SubmissionHome in(Path folder) throws IOException {
        assumeThat(KUBERNETES_LIBS)
                .as("no Spark client of Kubernetes here; fetch it: " + FETCH)
                .isDirectory();
        for (String built : List.of("spark-inversion.jar", "job-libs", "spark-libs", "native-cpu")) {
            assumeThat(Path.of("target", built))
                    .as("not built; run jobs/build.sh")
                    .exists();
        }
        SubmissionHome home = new SubmissionHome(folder);
        home.link("target", "conf", "data-samples");
        Files.createDirectories(home.path("jobs"));
        Files.copy(Path.of("jobs/submit"), home.path("jobs/submit"));
        home.script("jobs/build.sh", "#!/bin/sh\n");
        home.script("spark/bin/spark-submit", SPARK_SUBMIT);
        home.linkJars();
        return home;
    }

    Path path(String name) {
        return folder.resolve(name);
    }

    Path sparkHome() {
        return path("spark");
    }

    /** Writes a script. */
    Path script(String name, String text) throws IOException {
        Files.createDirectories(path(name).getParent());
        Files.writeString(path(name), text);
        return Files.setPosixFilePermissions(path(name), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void link(String... names) throws IOException {
        for (String name : names) {
            Files.createSymbolicLink(path(name), Path.of(name).toAbsolutePath());
        }
    }

    /** Spark's libraries, and of the others those that it has not in another version. */
    private void linkJars() throws IOException {
        Path jars = Files.createDirectories(path("spark/jars"));
        List<Path> spark = new ArrayList<>(list(SPARK_LIBS));
        list(Path.of("target/job-libs").toAbsolutePath()).stream()
                .filter(jar -> artifact(jar).matches(SHARED))
                .forEach(spark::add);
        Set<String> artifacts = spark.stream().map(SubmissionHome::artifact).collect(Collectors.toSet());
        List<Path> all = new ArrayList<>(spark);
        list(KUBERNETES_LIBS).stream()
                .filter(jar -> !artifacts.contains(artifact(jar)))
                .forEach(all::add);
        for (Path jar : all) {
            Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
        }
    }

    /** Deletes it, and nothing that it links to. */
    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static String artifact(Path jar) {
        return jar.getFileName().toString().replaceFirst("-[0-9].*", "");
    }

    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
