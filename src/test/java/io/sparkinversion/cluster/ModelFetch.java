package io.sparkinversion.cluster;

import io.sparkinversion.TestClassPath;
import io.sparkinversion.weights.ModelFolder;
import io.sparkinversion.weights.WeightPrecision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** A process that wants a model, as an executor does: arguments are the cache, the address, and Hadoop's settings. */
final class ModelFetch {
    private ModelFetch() {}

    public static void main(String[] arguments) {
        Configuration hadoop = new Configuration();
        for (int i = 2; i < arguments.length; i += 2) {
            hadoop.set(arguments[i], arguments[i + 1]);
        }
        System.out.println(fetch(Path.of(arguments[0]), arguments[1], hadoop));
    }

    static Path fetch(Path cache, String address, Configuration hadoop) {
        return new ModelFolder(hadoop, cache, WeightPrecision.FULL).resolve(address);
    }

    /** Its output is the copy's path. */
    static Process start(Path cache, String address, S3Server server, Path log) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                TestClassPath.text(),
                ModelFetch.class.getName(),
                cache.toString(),
                address));
        S3Settings.hadoopSettings(server).forEach((name, value) -> command.addAll(List.of(name, value)));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }
}
