package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How long the first of a million images waits for its run to be planned, and to be planned again once it has ended
 * early, in a process with a heap of 512 MB that is driver and executor at once. Every row has a file of its own. Run
 * it by {@code mvn -B -ntp test -Dtest=LargeManifestBenchmark}.
 */
class LargeManifestBenchmark {
    private static final int ROWS = Integer.getInteger("benchmark.rows", 1_000_000);
    private static final int FOLDERS = 100;
    private static final String HEAP = "-Xmx" + System.getProperty("benchmark.heap", "512m");
    private static final Duration LONGEST = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    @Test
    void aMillionRowsArePlannedInASmallHeap() throws Exception {
        Path data = writeDataset();
        System.out.printf("%d rows, %s%n", ROWS, HEAP);
        assertThat(secondsToPlan(data)).isLessThan(LONGEST.toSeconds());
        System.out.println("the same run, gone on with");
        assertThat(secondsToPlan(data)).isLessThan(LONGEST.toSeconds());
    }

    private double secondsToPlan(Path data) throws IOException, InterruptedException {
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + Path.of("conf/java-options").toAbsolutePath(),
                        HEAP,
                        "-cp",
                        System.getProperty("java.class.path"),
                        LargeManifestProcess.class.getName(),
                        data.toString(),
                        folder.resolve("out").toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertThat(process.waitFor(15, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String printed = Files.readString(log, StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(printed).isZero();
        printed.lines()
                .filter(line ->
                        line.startsWith("planned") || line.startsWith("heap") || line.contains("images to compute"))
                .forEach(System.out::println);
        return printed.lines()
                .filter(line -> line.startsWith("planned"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9.]", "")))
                .findFirst()
                .orElseThrow();
    }

    private Path writeDataset() throws IOException {
        Path data = Files.createDirectory(folder.resolve("data"));
        for (int i = 0; i < FOLDERS; i++) {
            Files.createDirectory(data.resolve("folder" + i));
        }
        try (BufferedWriter csv = Files.newBufferedWriter(data.resolve("captions.csv"))) {
            csv.write("path,caption,id\n");
            for (int i = 0; i < ROWS; i++) {
                String path = "folder" + i % FOLDERS + "/" + i + ".png";
                Files.createFile(data.resolve(path));
                csv.write(path + ",\"a photograph, number " + i + "\",image " + i + "\n");
            }
        }
        return data;
    }
}
