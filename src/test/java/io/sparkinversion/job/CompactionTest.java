package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.output.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompactionTest {
    @TempDir
    private Path folder;

    @Test
    void sixteenWavesOfAnAgeBecomeOne() {
        Compaction compaction = new Compaction(100);
        for (int i = 0; i < 15; i++) {
            assertThat(compaction.committed(wave(i), 0)).isNull();
        }
        Wave joined = compaction.committed(wave(15), 0);

        assertThat(joined.number()).isEqualTo(100);
        assertThat(joined.images()).isZero();
        assertThat(joined.kept()).isEqualTo(16 * 8);
        assertThat(joined.replaces()).hasSize(16).contains(0, 15);
        assertThat(compaction.committed(joined, 1)).isNull();
    }

    /** What a run of a day leaves, with two waves a minute. */
    @Test
    void aLongRunLeavesFewWaves() {
        Compaction compaction = new Compaction(10_000);
        Set<Integer> there = new TreeSet<>();
        for (int i = 0; i < 2880; i++) {
            Wave wave = wave(i);
            int age = 0;
            while (wave != null) {
                there.removeAll(wave.replaces());
                there.add(wave.number());
                wave = compaction.committed(wave, age++);
            }
        }
        assertThat(there).as("2880 = 11 x 256 + 4 x 16").hasSize(15);
    }

    @Test
    void rowsAreTheSameAndEachIsThereOnce() throws IOException {
        JobFixture job = new JobFixture(folder).withImages(36).inWavesOf(2);
        job.run();
        List<String> metrics = job.rows(Table.METRICS);
        List<String> images = job.rows(Table.IMAGES);
        List<String> latents = job.rows(Table.LATENTS);

        assertThat(job.committedWaves()).as("18 waves, 16 of them as one").hasSize(3);
        assertThat(files("metrics")).isEqualTo(3);
        assertThat(files("replacements")).isZero();
        JobFixture inOneWave = job.inOneWaveInto("whole");
        inOneWave.run();
        assertThat(metrics).hasSize(72).isEqualTo(inOneWave.rows(Table.METRICS));
        assertThat(images).isEqualTo(inOneWave.rows(Table.IMAGES));
        assertThat(latents).isEqualTo(inOneWave.rows(Table.LATENTS));
    }

    /** Joining copies; where there is no room for that, there is still room for the run. */
    @Test
    void whereJoiningFailsTheWavesStayAsTheyAre() throws IOException {
        JobFixture job = new JobFixture(folder).withImages(36).inWavesOf(2).onFaultyDisk();
        FaultyFileSystem.failAt(FaultyFileSystem.Operation.CREATE, "latents/wave=00018");
        try {
            job.run();
        } finally {
            FaultyFileSystem.revive();
        }

        assertThat(job.committedWaves()).hasSize(18).doesNotContain(18);
        assertThat(job.rows(Table.METRICS)).hasSize(72);
        assertThat(folder.resolve("out/images/wave=00018")).doesNotExist();
    }

    @Test
    void aRunGoesOnWithJoinedWaves() {
        JobFixture job = new JobFixture(folder).withImages(36).inWavesOf(2);
        job.run();
        job.processor().takeComputed();
        job.withImage("i10", "other pixels").withImage("i36", "new");

        RunSummary summary = job.run(job.settings(Resume.REUSE));

        assertThat(job.processor().takeComputed()).containsExactly("i10", "i36");
        assertThat(summary.images()).isEqualTo(37);
        assertThat(job.rows(Table.METRICS)).hasSize(74).doesNotHaveDuplicates();
    }

    private long files(String table) throws IOException {
        Path root = folder.resolve("out").resolve(table);
        if (!Files.exists(root)) {
            return 0;
        }
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".parquet")
                            || file.toString().endsWith(".json"))
                    .count();
        }
    }

    private static Wave wave(int number) {
        return new Wave(number, 8, 0, new TreeSet<>());
    }
}
