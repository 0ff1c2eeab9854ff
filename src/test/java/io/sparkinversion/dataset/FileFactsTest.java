package io.sparkinversion.dataset;

import static io.sparkinversion.dataset.DatasetFiles.column;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.job.Manifest;
import io.sparkinversion.job.SparkTestSession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileFactsTest {
    @TempDir
    Path folder;

    @ParameterizedTest(name = "one by one: {0}")
    @ValueSource(booleans = {false, true})
    void sizesAndTimesAreThoseOfTheFiles(boolean oneByOne) throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder)
                .file("a.png", "1")
                .file("x/b 1.png", "22")
                .file("x/y/c:2.png", "")
                .file("x/y/not listed.png", "4444")
                .file(
                        "captions.csv",
                        "path,caption\na.png,x\nx/b 1.png,x\nx/y/c:2.png,x\nx/none.png,x\nnone/a.png,x\n"
                                + "../a.png,x\nx/y,x\nlink.png,x\nbroken.png,x\na.png/b.png,x\n,x\nx/y/not listed.png,\n");
        Files.createSymbolicLink(folder.resolve("link.png"), folder.resolve("x/b 1.png"));
        Files.createSymbolicLink(folder.resolve("broken.png"), folder.resolve("nowhere"));
        Files.setLastModifiedTime(folder.resolve("a.png"), FileTime.fromMillis(1_234_567_890_123L));

        List<Row> rows = DatasetFiles.inOrder(DatasetFiles.withFileFacts(Manifest.plan(dataset.read(), 100), oneByOne));

        assertThat(column(rows, "size"))
                .containsExactly(1L, 2L, 0L, null, null, null, null, 2L, null, null, null, null);
        assertThat(rows.get(0).<Long>getAs("modified")).isEqualTo(1_234_567_890_123L);
        assertThat(rows.get(1).<Long>getAs("modified"))
                .isEqualTo(
                        Files.getLastModifiedTime(folder.resolve("x/b 1.png")).toMillis());
        assertThat(rows.get(3).isNullAt(rows.get(3).fieldIndex("modified"))).isTrue();
    }

    @Test
    void manyFilesAreNotAskedForOneByOne() throws Exception {
        new DatasetFiles(folder).file("x/7.png", "seven");
        Dataset<Row> names = SparkTestSession.session().range(0, 1_001).toDF("n");
        Column path = concat(lit("file:" + folder + "/x/"), col("n"), lit(".png"));

        Dataset<Row> rows = FileFacts.add(names.withColumn("path", path), lit(true));

        assertThat(rows.queryExecution().optimizedPlan().toString()).contains("Join LeftOuter");
        assertThat(rows.filter("size is not null").select("n", "size").collectAsList())
                .hasToString("[[7,5]]");
        Dataset<Row> few = FileFacts.add(names.limit(8).withColumn("path", path), lit(true));
        assertThat(few.queryExecution().optimizedPlan().toString()).doesNotContain("Join");
        assertThat(few.filter("size is not null").select("n", "size").collectAsList())
                .hasToString("[[7,5]]");
    }
}
