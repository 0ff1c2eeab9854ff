package io.sparkinversion.cluster;

import io.sparkinversion.job.SparkTestSession;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.SparkSession;

/** What {@code conf/spark-s3.conf} sets, and how to reach a server: all that the tests' clients know of S3. */
public final class S3Settings {
    private static final String HADOOP = "spark.hadoop.";
    private static final String SQL = "spark.sql.";

    private S3Settings() {}

    /** The settings of the file, by name. */
    public static Map<String, String> shipped() {
        Properties file = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of("conf/spark-s3.conf"))) {
            file.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> settings = new TreeMap<>();
        file.forEach(
                (name, value) -> settings.put(name.toString(), value.toString().strip()));
        return settings;
    }

    /** What Hadoop is told, by its own names. */
    static Map<String, String> hadoopSettings(S3Server server) {
        Map<String, String> settings = new TreeMap<>();
        shipped().forEach((name, value) -> {
            if (name.startsWith(HADOOP)) {
                settings.put(name.substring(HADOOP.length()), value);
            }
        });
        settings.putAll(server.settings());
        return settings;
    }

    /** For clients outside of Spark. */
    public static Configuration hadoop(S3Server server) {
        Configuration configuration = new Configuration();
        hadoopSettings(server).forEach(configuration::set);
        return configuration;
    }

    /** A session of its own in the tests' Spark, which reaches the server as a job does that is started with them. */
    public static SparkSession session(S3Server server) {
        SparkSession session = SparkTestSession.session().newSession();
        shipped().forEach((name, value) -> {
            if (name.startsWith(SQL)) {
                session.conf().set(name, value);
            } else if (!name.startsWith(HADOOP)) {
                throw new IllegalStateException(name + " cannot be set in a Spark that runs");
            }
        });
        hadoopSettings(server).forEach(S3Settings::set);
        return session;
    }

    /** For tasks, which ask Spark's environment, and for all others, who ask its context. */
    public static void set(String name, String value) {
        SparkConf tasks = SparkEnv.get().conf();
        tasks.set(HADOOP + name, value);
        SparkTestSession.session().sparkContext().hadoopConfiguration().set(name, value);
    }
}
