package io.sparkinversion.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplacementsTest {
    private static final String PENDING = "__magic_job-1/job-1/00/task_1.pendingset";

    @TempDir
    private Path folder;

    private void write(String... names) throws IOException {
        for (String name : names) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, name);
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    /** On S3 a committer clears up after it has written _SUCCESS; a driver may be killed in between. */
    @Test
    void whatACommitterLeftInACommittedWaveIsDeleted() throws IOException {
        write(
                "latents/wave=00000/_temporary/0/part-0.parquet",
                "latents/wave=00000/part-0.parquet",
                "metrics/wave=00000/_SUCCESS",
                "metrics/wave=00000/" + PENDING,
                "metrics/wave=00000/part-0.parquet",
                "metrics/wave=00001/_SUCCESS",
                "metrics/wave=00001/part-0.parquet",
                "metrics/wave=00002/" + PENDING);

        assertThat(new Replacements(new OutputDirectory(folder.toString(), new Configuration())).recover())
                .containsExactly(0, 1);

        assertThat(files())
                .containsExactly(
                        "latents/wave=00000/part-0.parquet",
                        "metrics/wave=00000/_SUCCESS",
                        "metrics/wave=00000/part-0.parquet",
                        "metrics/wave=00001/_SUCCESS",
                        "metrics/wave=00001/part-0.parquet");
    }
}
