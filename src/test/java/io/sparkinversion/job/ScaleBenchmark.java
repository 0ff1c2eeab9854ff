package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.cli.Tables;
import io.sparkinversion.output.JobSettings.Resume;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How a run's tables grow: waves and files that it leaves, and how long a second run, DuckDB and a listing take. The
 * engine computes nothing; waves are of a fixed size, as if the images of half a minute. Run it by
 * {@code mvn -B -ntp test -Dtest=ScaleBenchmark -Dbenchmark.rows=10000,100000,1000000}.
 */
class ScaleBenchmark {
    private static final int IMAGES_A_WAVE = Integer.getInteger("benchmark.wave", 1_000);

    @TempDir
    private Path folder;

    static List<Integer> rows() {
        return Stream.of(System.getProperty("benchmark.rows", "10000,100000").split(","))
                .map(Integer::valueOf)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void tablesOf(int rows) throws Exception {
        JobFixture job = new JobFixture(folder).inWavesOf(IMAGES_A_WAVE);
        Files.createDirectories(job.data());
        Files.writeString(job.data().resolve("picture.png"), "pixels");
        try (BufferedWriter csv = Files.newBufferedWriter(job.data().resolve("captions.csv"))) {
            csv.write("path,caption,id\n");
            for (int i = 0; i < rows; i++) {
                csv.write("picture.png,a photograph number " + i + ",image " + i + "\n");
            }
        }
        double first = seconds(() -> job.run());
        long[] listed = new long[1];
        double listing = seconds(() -> listed[0] = files());
        double again = seconds(
                () -> assertThat(job.run(job.settings(Resume.REUSE)).computed()).isZero());
        Tables tables = new Tables(job.output());
        String query = "select count(*), avg(psnr) from metrics where method = 'negative-prompt'";
        long[] counted = new long[1];
        double read = seconds(
                () -> counted[0] = tables.query(query, row -> row.getLong(1)).get(0));

        assertThat(counted[0]).isEqualTo(rows);
        System.out.printf(
                "%,d images: first run %.0f s, %d waves, %d files listed in %.2f s, second run %.1f s, DuckDB %.2f s%n",
                rows, first, job.committedWaves().size(), listed[0], listing, again, read);
    }

    private long files() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("out"))) {
            return files.filter(file -> file.toString().endsWith(".parquet")).count();
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static double seconds(Work work) throws Exception {
        long began = System.nanoTime();
        work.run();
        return (System.nanoTime() - began) / 1e9;
    }
}
