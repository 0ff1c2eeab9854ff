package io.sparkinversion.dataset;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.job.JobFixture;
import io.sparkinversion.job.SparkTestSession;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Parquet file whose footer is whole and whose pages are not: Spark finds out after the dataset was opened. */
class DamagedParquetTest {
    @TempDir
    private Path folder;

    @AfterEach
    void speakAgain() {
        SparkTestSession.session().sparkContext().setLogLevel("ERROR");
    }

    @Test
    void theJobNamesTheFileOnOneLine() throws IOException {
        SparkSession spark = SparkTestSession.session();
        Path data = folder.resolve("data");
        spark.range(50)
                .selectExpr(
                        "'a bird' as caption", "named_struct('bytes', cast(uuid() as binary), 'path', 'a') as image")
                .coalesce(1)
                .write()
                .parquet(data.toString());
        Path file;
        try (Stream<Path> files = Files.list(data)) {
            file = files.filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(file);
        Arrays.fill(bytes, 4, bytes.length / 4, (byte) 0x55);
        Files.write(file, bytes);
        Files.delete(file.resolveSibling("." + file.getFileName() + ".crc"));
        spark.sparkContext().setLogLevel("OFF");
        JobFixture job = new JobFixture(folder);
        JobSettings settings = new JobSettings(
                DatasetFixture.parquetIn(data), folder + "/out", JobFixture.worker(20), "alex", 2, 0, Resume.REUSE);

        assertThatThrownBy(() -> job.run(settings))
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("cannot read the dataset ")
                .hasMessageContaining(file.getFileName().toString())
                .hasMessageNotContaining("\n");
    }
}
