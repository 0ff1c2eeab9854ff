package io.sparkinversion.job;

import org.apache.spark.sql.SparkSession;

/** The one Spark session that tests share: two threads, no web page, errors only in the log. */
public final class SparkTestSession {
    private static SparkSession session;

    private SparkTestSession() {}

    /** A JVM has one Spark at a time: stops this one, so that a test can have another; the next call brings it back. */
    public static synchronized void makeWay() {
        if (session != null) {
            session.stop();
            session = null;
        }
    }

    /** The session, started by the first call and stopped when the JVM ends. */
    public static synchronized SparkSession session() {
        if (session == null) {
            session = SparkSession.builder()
                    .master("local[2]")
                    .appName("spark-inversion tests")
                    .config("spark.ui.enabled", "false")
                    .config("spark.sql.shuffle.partitions", "2")
                    .config("spark.driver.host", "127.0.0.1")
                    .config("spark.driver.bindAddress", "127.0.0.1")
                    .config("spark.log.level", "ERROR")
                    // For tables of a few rows, generating and compiling code takes longer than running it.
                    .config("spark.sql.codegen.wholeStage", "false")
                    .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
                    .config("spark.scheduler.mode", "FAIR")
                    .config("spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir") + "/spark-inversion-tests")
                    .getOrCreate();
            Runtime.getRuntime().addShutdownHook(new Thread(session::stop, "stop the tests' Spark session"));
        }
        return session;
    }
}
