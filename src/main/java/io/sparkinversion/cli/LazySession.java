package io.sparkinversion.cli;

import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;

/** A session that starts when it is first asked for, so that wrong settings are refused at once. */
final class LazySession implements Supplier<SparkSession>, AutoCloseable {
    private final Supplier<SparkSession> start;
    private SparkSession session;

    LazySession(Supplier<SparkSession> start) {
        this.start = start;
    }

    @Override
    public SparkSession get() {
        if (session == null) {
            session = start.get();
        }
        return session;
    }

    @Override
    public void close() {
        if (session != null) {
            session.stop();
        }
    }
}
