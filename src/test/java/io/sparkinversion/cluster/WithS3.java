package io.sparkinversion.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests with an S3 server of their class, under the settings that the project ships: how often requests are tried is as
 * shipped, and only the waits are shorter.
 */
abstract class WithS3 {
    static S3Server server;
    static SparkSession spark;

    @TempDir
    private static Path bucket;

    private String name;

    @BeforeAll
    static void startServer() {
        server = S3Server.start(bucket);
        spark = S3Settings.session(server);
        for (String wait : List.of("retry.interval", "retry.throttle.interval")) {
            S3Settings.set(server.setting(wait), "1ms");
        }
    }

    @AfterAll
    static void stopServer() throws IOException {
        server.close();
    }

    @BeforeEach
    void nameRun(TestInfo test) {
        name = test.getTestMethod().orElseThrow().getName();
    }

    @AfterEach
    void recover() {
        server.recovers();
    }

    /** A run that is named after the test. */
    S3Run newRun() {
        return new S3Run(server, spark, name);
    }
}
