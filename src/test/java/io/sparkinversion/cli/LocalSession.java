package io.sparkinversion.cli;

import org.apache.spark.sql.SparkSession;

/** For measurements from other packages. */
public final class LocalSession {
    private LocalSession() {}

    /** Spark as commands start it on this machine. */
    public static SparkSession start(String output) {
        return new SparkOptions().session("spark-inversion", output);
    }
}
