package io.sparkinversion.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.kubernetes.Dockerfile.Instruction;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.package$;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be known of the image without an engine that builds it: its instructions, one by one. */
class DockerfileTest {
    private static final String PLACE = "/opt/spark-inversion";

    /** What the build makes, as {@code pom.xml} says. */
    private static final Map<String, String> BUILT = Map.of(
            "target/spark-inversion.jar", "<finalName>spark-inversion</finalName>",
            "target/job-libs", "<outputDirectory>${project.build.directory}/job-libs</outputDirectory>");

    @TempDir
    private Path folder;

    private Dockerfile file;
    private Properties settings;
    private String pom;

    @BeforeEach
    void read() throws IOException {
        file = Dockerfile.read(Path.of("Dockerfile"));
        pom = Files.readString(Path.of("pom.xml"));
        settings = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of("conf/spark-kubernetes.conf"))) {
            settings.load(reader);
        }
    }

    @Test
    void theBaseHasTheSparkScalaAndJavaThatTheJobIsBuiltFor() {
        assertThat(file.of("ARG"))
                .containsExactly("SPARK_IMAGE=apache/spark:" + package$.MODULE$.SPARK_VERSION() + "-scala"
                        + property("scala.binary.version") + "-java" + property("maven.compiler.release") + "-ubuntu");
        assertThat(file.of("FROM")).containsExactly("${SPARK_IMAGE}");
    }

    @Test
    void whatIsCopiedIsThereAfterTheBuildAndSentToTheEngine() throws IOException {
        List<String> ignored = Files.readAllLines(Path.of(".dockerignore"));
        assertThat(ignored).first().isEqualTo("*");
        for (String copy : file.of("COPY")) {
            List<String> words = Arrays.asList(copy.split(" "));
            for (String source : words.subList(0, words.size() - 1)) {
                assertThat(ignored).as(source).contains("!" + source);
                if (BUILT.containsKey(source)) {
                    assertThat(pom).contains(BUILT.get(source));
                } else {
                    assertThat(Path.of(source)).exists();
                }
            }
        }
    }

    @Test
    void theSettingsNameWhatIsInTheImage() {
        assertThat(file.of("COPY"))
                .contains("conf " + PLACE + "/conf", "data-samples/models " + PLACE + "/data-samples/models")
                .contains("target/spark-inversion.jar " + PLACE + "/");
        assertThat(Path.of("conf/gpu-discovery.sh")).exists();
        assertThat(settings)
                .containsEntry("spark.executor.resource.gpu.discoveryScript", PLACE + "/conf/gpu-discovery.sh")
                .containsEntry("spark.executorEnv.PYTORCH_LIBRARY_PATH", "/opt/torch/lib")
                .containsEntry("spark.executorEnv.PYTORCH_VERSION", property("pytorch.version"))
                .containsEntry("spark.kubernetes.container.image", "REGISTRY/spark-inversion:" + projectVersion());
        String torch = file.of("RUN").get(0);
        assertThat(torch)
                .contains("torch==" + settings.getProperty("spark.executorEnv.PYTORCH_VERSION"))
                .contains("/whl/" + settings.getProperty("spark.executorEnv.PYTORCH_FLAVOR") + " ")
                .contains("--target /opt/torch-package ")
                .contains("ln -s /opt/torch-package/torch /opt/torch ");
        assertThat(file.comments())
                .contains("docker build -t " + settings.get("spark.kubernetes.container.image") + " .");
    }

    /** Spark starts it with the word driver or executor; the user is that of Spark's images. */
    @Test
    void theEntrypointOfTheBaseStays() {
        assertThat(file.instructions())
                .extracting(Instruction::name)
                .doesNotContain("ENTRYPOINT", "CMD", "WORKDIR", "ENV");
        assertThat(file.of("USER")).containsExactly("root", "185");
        assertThat(file.instructions().get(file.instructions().size() - 1).name())
                .isEqualTo("USER");
    }

    /** The instruction itself, in another place. */
    @Test
    void librariesThatSparkHasAreLeftOut() throws Exception {
        String run = file.of("RUN").stream()
                .filter(each -> each.contains("job-libs"))
                .findFirst()
                .orElseThrow();
        Path libraries = Files.createDirectories(folder.resolve("job-libs"));
        Path spark = Files.createDirectories(folder.resolve("spark/jars"));
        for (String name : List.of(
                "hadoop-aws-3.5.0.jar",
                "gson-2.11.0.jar",
                "netty-codec-http-4.2.jar",
                "s3-2.35.4.jar",
                "api-0.36.0.jar")) {
            Files.writeString(libraries.resolve(name), name);
        }
        for (String name : List.of("gson-2.13.2.jar", "netty-codec-4.2.jar", "jersey-api-3.1.jar")) {
            Files.writeString(spark.resolve(name), name);
        }

        sh(
                run.replace(PLACE, folder.toString()),
                Map.of("SPARK_HOME", spark.getParent().toString()));

        assertThat(names(spark))
                .containsExactly(
                        "api-0.36.0.jar",
                        "gson-2.13.2.jar",
                        "hadoop-aws-3.5.0.jar",
                        "jersey-api-3.1.jar",
                        "netty-codec-4.2.jar",
                        "netty-codec-http-4.2.jar",
                        "s3-2.35.4.jar");
        assertThat(libraries).doesNotExist();
    }

    private static void sh(String command, Map<String, String> environment) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", command).inheritIO();
        builder.environment().putAll(environment);
        Process process = builder.start();
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    private String property(String name) {
        return between("<" + name + ">", "</" + name + ">");
    }

    private String projectVersion() {
        return between("<artifactId>spark-inversion</artifactId>\n  <version>", "</version>");
    }

    private String between(String before, String after) {
        int from = pom.indexOf(before) + before.length();
        return pom.substring(from, pom.indexOf(after, from));
    }
}
