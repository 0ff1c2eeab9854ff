package io.sparkinversion.cli;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A run's tables as DuckDB sees them: a reader that nobody here wrote. */
public record Tables(Path run) {

    /** What a column reads. */
    @FunctionalInterface
    public interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /**
     * @param query with {@code metrics}, {@code images} and {@code latents} as tables
     */
    public <T> List<T> query(String query, RowReader<T> reader) {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            for (String table : List.of("metrics", "images", "latents")) {
                statement.execute("create view %s as select * from".formatted(table)
                        + " read_parquet('%s/%s/*/*.parquet', hive_partitioning=true)".formatted(run, table));
            }
            List<T> rows = new ArrayList<>();
            try (ResultSet result = statement.executeQuery(query)) {
                while (result.next()) {
                    rows.add(reader.read(result));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(query, e);
        }
    }
}
