package io.sparkinversion.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.fuzz.FuzzFile;
import io.sparkinversion.fuzz.FuzzRun;
import io.sparkinversion.fuzz.JsonMutator;
import io.sparkinversion.job.JobFixture;
import io.sparkinversion.output.JobSettings.Resume;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An output directory whose {@code run.json} is damaged is recognised, or refused as somebody else's. */
class OutputFilesFuzzTest {
    @TempDir
    private Path folder;

    @Test
    void damagedRunFilesAreReadOrRefused() throws IOException {
        JobSettings settings = new JobFixture(folder).settings(Resume.REUSE);
        Configuration hadoop = new Configuration();
        OutputDirectory output = new OutputDirectory(folder.toUri().toString(), hadoop);
        DatasetSource source = DatasetSource.of(settings.dataset(), hadoop);
        RunJson wanted = RunJson.of(settings, source, output, "4.2.0", "2026-01-01T00:00:00Z");
        byte[] intact = Json.write(wanted).getBytes(StandardCharsets.UTF_8);
        JsonMutator mutator = new JsonMutator(List.of(intact));

        FuzzRun.Outcome outcome = FuzzRun.of("OutputFilesFuzzTest", 3, JobException.class)
                .naming(folder.toString())
                .allocating(2 << 20, 200)
                .run(random -> new FuzzFile("run.json", mutator.mutate(intact, random)), file -> {
                    Files.write(folder.resolve("run.json"), file.bytes());
                    RunJson there = RunJson.read(output);
                    there.requireSame(wanted);
                    assertThat(wanted.after(there).earlierMilliseconds()).isNotNull();
                });

        assertThat(outcome.isBalanced()).as("%s", outcome).isTrue();
    }
}
