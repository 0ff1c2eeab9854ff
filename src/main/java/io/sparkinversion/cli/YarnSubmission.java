package io.sparkinversion.cli;

import io.sparkinversion.UserException;
import io.sparkinversion.weights.Message;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.spark.SparkException;
import org.apache.spark.deploy.SparkSubmitArguments;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What {@code jobs/submit} does before {@code spark-submit} where the master is YARN: looks at the command while its
 * mistakes cost nothing yet, and brings to the cluster what the containers need. In client mode it prints options for
 * {@code spark-submit}, a word a line. In cluster mode it submits, and follows the application to its end.
 *
 * <p>Words: those of spark-submit, {@code --}, those of the command. The property {@value #LIBRARIES} names the jars that
 * containers need.
 */
final class YarnSubmission {
    /** Jars and folders of jars, as in a class path. */
    private static final String LIBRARIES = "spark.inversion.libraries";

    /** Those of them that Spark does not have. */
    private static final String JOB_LIBRARIES = "spark.inversion.job-libraries";

    private static final String ARCHIVE = "spark.yarn.archive";
    private static final String GPUS = "spark.executor.resource.gpu.amount";
    private static final String FILES = "spark.yarn.dist.files";

    private final SparkSubmitArguments asked;
    private final Map<String, String> properties;
    private final Configuration configuration;

    private YarnSubmission(List<String> options, List<String> command) {
        List<String> words = new ArrayList<>(options);
        words.add(jar());
        words.addAll(command);
        this.asked = arguments(words);
        this.properties = new LinkedHashMap<>(CollectionConverters.asJava(asked.sparkProperties()));
        this.configuration = configuration(properties);
    }

    public static void main(String[] words) {
        int separator = Arrays.asList(words).indexOf("--");
        List<String> options = List.of(words).subList(0, separator);
        List<String> command = List.of(words).subList(separator + 1, words.length);
        System.exit(run(options, command));
    }

    private static int run(List<String> options, List<String> command) {
        String[] words = command.toArray(String[]::new);
        try {
            ParseResult parsed = Main.commandLine(words).parseArgs(words);
            return new YarnSubmission(options, command).run(parsed, options, command);
        } catch (ParameterException e) {
            return Usage.explain(e);
        } catch (UserException e) {
            System.err.println("error: " + Message.of(e.getMessage()));
            return Main.WRONG_SETTINGS;
        }
    }

    private int run(ParseResult command, List<String> options, List<String> words) {
        boolean cluster = "cluster".equals(asked.deployMode());
        requireConfiguration(System.getenv());
        LocalPaths.refuse(command, cluster, this::isOnCluster);
        Map<String, String> settings = settings();
        if (!cluster) {
            settings.forEach((name, value) -> System.out.println("--conf\n" + name + "=" + value));
            return 0;
        }
        // What the user says comes later, and counts.
        List<String> all = new ArrayList<>();
        settings.forEach((name, value) -> all.addAll(List.of("--conf", name + "=" + value)));
        all.addAll(options);
        String tag = YarnApplication.newTag();
        all.addAll(YarnApplication.options(tag, properties));
        all.addAll(List.of("--class", Main.class.getName(), jar()));
        all.addAll(words);
        boolean follow = !"false".equals(properties.get(YarnApplication.WAIT));
        return new YarnApplication(configuration, tag).submit(all, follow);
    }

    /** What is to be set beside what the user has set. */
    private Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        YarnNodes nodes = new YarnNodes(configuration);
        int gpus = Integer.parseInt(properties.getOrDefault(GPUS, "0"));
        nodes.require(gpus);
        Optional<String> open = gpus > 0 ? nodes.withoutIsolation() : Optional.empty();
        open.ifPresent(node -> System.err.println("warning: YARN does not isolate GPUs (DefaultContainerExecutor on "
                + node + "): executors of this project share none of a node's, other applications may use the same"));
        try {
            org.apache.hadoop.fs.Path staging = staging();
            YarnFiles files = new YarnFiles(
                    staging.getFileSystem(configuration), new org.apache.hadoop.fs.Path(staging, ".spark-inversion"));
            settings.put(Home.SAMPLES, files.copy(Home.path("data-samples/models")));
            if (properties.containsKey(ARCHIVE) || properties.containsKey("spark.yarn.jars")) {
                settings.put("spark.jars", joined(properties.get("spark.jars"), jobLibraries()));
            } else {
                settings.put(ARCHIVE, files.archive(jars(System.getProperty(LIBRARIES))));
            }
        } catch (IOException e) {
            throw new UserException(
                    "cannot upload to the cluster's file system " + configuration.get("fs.defaultFS") + ": "
                            + reason(e),
                    e);
        }
        settings.put(
                FILES,
                joined(
                        properties.get(FILES),
                        Stream.of("log4j2.properties", "gpu-discovery.sh")
                                .map(name -> Home.path("conf").resolve(name))
                                .toList()));
        for (String place : List.of("spark.yarn.appMasterEnv.", "spark.executorEnv.")) {
            settings.put(place + "DJL_OFFLINE", "true");
            settings.put(place + "OPT_OUT_TRACKING", "true");
        }
        settings.put("spark.executorEnv.SPARK_INVERSION_GPUS", properties.getOrDefault(GPUS, "1"));
        settings.keySet().removeIf(name -> properties.containsKey(name) && !name.equals(FILES));
        return settings;
    }

    /** Whether a path without a scheme is one of the cluster's file system, and is there. */
    private boolean isOnCluster(String path) {
        org.apache.hadoop.fs.Path there = new org.apache.hadoop.fs.Path(path);
        try {
            return there.getFileSystem(configuration).exists(there);
        } catch (IOException e) {
            throw new UserException(
                    "cannot read " + configuration.get("fs.defaultFS") + ": " + reason(e)
                            + "; is HADOOP_CONF_DIR that of the cluster?",
                    e);
        }
    }

    private org.apache.hadoop.fs.Path staging() throws IOException {
        String folder = properties.get("spark.yarn.stagingDir");
        return folder == null
                ? org.apache.hadoop.fs.FileSystem.get(configuration).getHomeDirectory()
                : new org.apache.hadoop.fs.Path(folder);
    }

    /** Hadoop's, with what the user has set of it. */
    private static Configuration configuration(Map<String, String> properties) {
        Configuration configuration = new YarnConfiguration();
        properties.forEach((name, value) -> {
            if (name.startsWith("spark.hadoop.")) {
                configuration.set(name.substring("spark.hadoop.".length()), value);
            }
        });
        return configuration;
    }

    static void requireConfiguration(Map<String, String> environment) {
        String folder = Stream.of("HADOOP_CONF_DIR", "YARN_CONF_DIR")
                .map(environment::get)
                .filter(value -> value != null && !value.isBlank())
                .findFirst()
                .orElseThrow(() -> new UserException("--master yarn: HADOOP_CONF_DIR is not set; set it to the folder"
                        + " with the cluster's core-site.xml and yarn-site.xml"));
        if (!Files.exists(Path.of(folder, "yarn-site.xml")) && !Files.exists(Path.of(folder, "core-site.xml"))) {
            throw new UserException("--master yarn: HADOOP_CONF_DIR is " + folder
                    + ", but there is neither a core-site.xml nor a yarn-site.xml in it");
        }
    }

    private static SparkSubmitArguments arguments(List<String> words) {
        try {
            return new SparkSubmitArguments(
                    CollectionConverters.asScala(words).toSeq(), SparkSubmitArguments.$lessinit$greater$default$2());
        } catch (Exception e) {
            // Not declared, so not to be caught by type.
            if (e instanceof SparkException) {
                throw new UserException("spark-submit: " + e.getMessage(), e);
            }
            throw e;
        }
    }

    private static String jar() {
        return Home.path("target/spark-inversion.jar").toString();
    }

    private static List<Path> jobLibraries() {
        return jars(System.getProperty(JOB_LIBRARIES));
    }

    private static List<Path> jars(String classPath) {
        return Stream.of(classPath.split(File.pathSeparator))
                .map(Path::of)
                .flatMap(YarnSubmission::jarsIn)
                .sorted()
                .toList();
    }

    private static Stream<Path> jarsIn(Path entry) {
        if (!Files.isDirectory(entry)) {
            return Stream.of(entry);
        }
        try (Stream<Path> found = Files.list(entry)) {
            return found.filter(file -> file.toString().endsWith(".jar")).toList().stream();
        } catch (IOException e) {
            throw new UserException("cannot read the libraries in " + entry + ": " + e.getMessage(), e);
        }
    }

    private static String joined(String before, List<Path> paths) {
        String added = paths.stream().map(Path::toString).collect(Collectors.joining(","));
        return before == null || before.isBlank() ? added : before + "," + added;
    }

    /** Hadoop puts advice with a link behind the reason. */
    static String reason(Throwable failure) {
        return String.valueOf(failure.getMessage())
                .replaceFirst("(?s)^.* exception: [\\w.]+: ", "")
                .replaceFirst("(?s); For more details see:.*", "")
                .replaceFirst("(?s)\\R.*", "");
    }
}
