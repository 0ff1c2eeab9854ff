package io.sparkinversion.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.job.JobFixture;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.job.SparkTestSession;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images inside Parquet have no file of their own to be recognised by. */
class InlineImagesIT {
    private static final StructType SCHEMA = new StructType()
            .add("id", DataTypes.StringType)
            .add("image", new StructType().add("bytes", DataTypes.BinaryType).add("path", DataTypes.StringType))
            .add("caption", DataTypes.StringType);

    @TempDir
    Path folder;

    @Test
    void computesThemFromTheirBytesAndLeavesNoCopyBehind() {
        JobFixture job = new JobFixture(folder);
        write("pixels", "poison", "pixels", "pixels", "pixels", "pixels");

        RunSummary summary = job.run(settings(job));

        assertThat(job.processor().takeComputed()).containsExactly("p0", "p1", "p2", "p3", "p4", "p5");
        assertThat(summary.failed()).isEqualTo(1);
        assertThat(job.committedWaves()).containsExactly(0, 1);
        assertThat(job.output().resolve("_staged")).doesNotExist();
    }

    @Test
    void recomputesExactlyTheOneWhoseBytesChanged() {
        JobFixture job = new JobFixture(folder);
        write("pixels", "poison", "pixels", "pixels", "pixels", "pixels");
        job.run(settings(job));
        job.processor().takeComputed();
        write("pixels", "poison", "pixels", "pixelS", "pixels", "pixels");

        RunSummary summary = job.run(settings(job));

        assertThat(job.processor().takeComputed()).containsExactly("p3");
        assertThat(summary.reused()).isEqualTo(5);
        assertThat(summary.images()).isEqualTo(6);
    }

    private JobSettings settings(JobFixture job) {
        JobSettings settings = job.settings(Resume.REUSE);
        return new JobSettings(
                DatasetFixture.parquetIn(folder.resolve("parquet")),
                settings.output(),
                settings.worker(),
                null,
                2,
                JobFixture.WAVE_SIZE,
                Resume.REUSE);
    }

    private void write(String... contents) {
        SparkSession spark = SparkTestSession.session();
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < contents.length; i++) {
            byte[] bytes = contents[i].getBytes(StandardCharsets.UTF_8);
            rows.add(RowFactory.create("p" + i, RowFactory.create(bytes, "p" + i + ".png"), "caption " + i));
        }
        spark.createDataFrame(rows, SCHEMA)
                .coalesce(1)
                .write()
                .mode(SaveMode.Overwrite)
                .parquet(folder.resolve("parquet").toString());
    }
}
