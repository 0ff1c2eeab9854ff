package io.sparkinversion.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;

/** What nightly runs leave, and how a test makes them better than they were. */
final class NightlyRuns {
    private NightlyRuns() {}

    /** The oldest first. */
    static List<Path> in(Path output) throws IOException {
        try (Stream<Path> runs = Files.list(output.resolve("runs"))) {
            return runs.sorted().toList();
        }
    }

    static JsonNode verdict(Path run) throws IOException {
        return new ObjectMapper().readTree(run.resolve("verdict.json").toFile());
    }

    /** @param statements of SQL that change the table {@code rows}, which is the one Parquet file in a folder */
    static void change(Path metrics, String... statements) throws IOException, SQLException {
        Path file;
        try (Stream<Path> files = Files.walk(metrics)) {
            file = files.filter(one -> one.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
        Path changed = metrics.resolveSibling("changed.parquet");
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("create table rows as select * from '%s'".formatted(file));
            for (String each : statements) {
                statement.execute(each);
            }
            statement.execute("copy rows to '%s' (format parquet)".formatted(changed));
        }
        Files.move(changed, file, StandardCopyOption.REPLACE_EXISTING);
        // Hadoop's checksum of what was there before.
        Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
    }
}
