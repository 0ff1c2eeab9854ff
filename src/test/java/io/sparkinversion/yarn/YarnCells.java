package io.sparkinversion.yarn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The table of what came of each fault. */
final class YarnCells {
    private static final Path TABLE = Path.of("target/yarn-faults.md");

    private final Map<String, String> rows = new LinkedHashMap<>();

    /** A fault that a run is to come through. */
    @FunctionalInterface
    interface Cell {
        /** Returns how it did. */
        String run() throws Exception;
    }

    void run(String fault, String mode, Cell cell) throws Exception {
        String name = fault + " | " + mode;
        rows.put(name, "**FAILED**");
        long begun = System.nanoTime();
        String recovery = cell.run();
        Duration time = Duration.ofNanos(System.nanoTime() - begun);
        rows.put(name, String.format(Locale.ROOT, "%s | %.0f s", recovery, time.toMillis() * 1e-3));
        System.out.println(name + " | " + rows.get(name));
    }

    /** Prints it and writes it to {@code target/yarn-faults.md}. */
    void publish() throws IOException {
        StringBuilder table = new StringBuilder("| fault | deploy mode | recovery | time |\n|---|---|---|---|\n");
        rows.forEach((name, result) ->
                table.append("| ").append(name).append(" | ").append(result).append(" |\n"));
        System.out.println(table);
        Files.createDirectories(TABLE.getParent());
        Files.writeString(TABLE, table);
    }
}
