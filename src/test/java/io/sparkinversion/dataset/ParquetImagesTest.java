package io.sparkinversion.dataset;

import static io.sparkinversion.dataset.DatasetFiles.column;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.job.Manifest;
import io.sparkinversion.job.SparkTestSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.util.QueryExecutionListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Parquet files are DuckDB's, so that what is read was not written by the same library. */
class ParquetImagesTest {
    @TempDir
    Path folder;

    @Test
    void imagesMayBeStructsOfBytesAndPath() throws Exception {
        write(
                "train.parquet",
                "select {bytes: '\\x01\\x02'::blob, path: 'birds/007.png'} as image, 'a bird' as text"
                        + " union all by name"
                        + " select {bytes: '\\x03'::blob, path: null} as image, 'a cat' as text");
        List<Row> rows = new DatasetFiles(folder).plan(10);
        assertThat(column(rows, "image_id")).containsExactly("birds/007", "1");
        assertThat(column(rows, "path")).containsExactly("birds/007.png", null);
        assertThat(column(rows, "caption")).containsExactly("a bird", "a cat");
        assertThat(column(rows, "bytes")).containsExactly(new byte[] {1, 2}, new byte[] {3});
        assertThat(column(rows, "size")).containsExactly(null, null);
        assertThat(column(rows, "rejection_code")).containsExactly(null, null);
    }

    /** A writer that has seen no path makes the column one of numbers, all null. */
    @Test
    void pathsMayBeOfNoType() throws Exception {
        write(
                "train.parquet",
                "select {bytes: '\\x01'::blob, path: null::int} as image, 'a bird' as text"
                        + " union all select {bytes: '\\x02'::blob, path: null::int} as image, 'a cat' as text");
        List<Row> rows = new DatasetFiles(folder).plan(10);
        assertThat(column(rows, "image_id")).containsExactly("0", "1");
        assertThat(column(rows, "bytes")).containsExactly(new byte[] {1}, new byte[] {2});
        assertThat(column(rows, "rejection_code")).containsExactly(null, null);
    }

    @Test
    void editPromptsAndBlendWordsMayBeTextsOrLists() throws Exception {
        write(
                "a.parquet",
                "select encode(n::varchar) as image, 'a bird' as caption,"
                        + " case n when 0 then 'an owl' end as edit_prompt, 'bird owl' as blend_words"
                        + " from range(2) r(n)");
        List<Row> rows = new DatasetFiles(folder).plan(EditSource.DATASET);
        assertThat(DatasetFiles.edits(rows)).containsExactly(List.of("an owl | bird > owl"));
        assertThat(column(rows, "bytes")).containsExactly(new byte[] {'0'});

        write(
                "a.parquet",
                "select encode(n::varchar) as image, 'a bird' as caption,"
                        + " case when n > 0 then ['an owl', null, 'a hen'] end as edit_prompt,"
                        + " case n when 1 then ['bird owl', 'a b', null] end as blended_word from range(3) r(n)");
        rows = new DatasetFiles(folder).plan(EditSource.DATASET);
        assertThat(column(rows, "bytes")).containsExactly(new byte[] {'1'}, new byte[] {'2'});
        assertThat(column(rows, "row_index")).containsExactly(0L, 1L);
        assertThat(DatasetFiles.edits(rows))
                .containsExactly(List.of("an owl | bird > owl", "a hen"), List.of("an owl", "a hen"));

        write("a.parquet", "select encode('x') as image, 'a bird' as caption, {a: 1} as edit_prompt");
        assertThat(new DatasetFiles(folder).read().count()).isEqualTo(1);
        assertThatThrownBy(() -> new DatasetFiles(folder).open(EditSource.DATASET))
                .isInstanceOf(JobException.class)
                .hasMessage("column edit_prompt of file:" + folder + " is struct<a:int>; expected string");
    }

    @Test
    void lookingForEditsDoesNotReadTheImages() throws Exception {
        write(
                "a.parquet",
                "select {bytes: encode(n::varchar), path: null::varchar} as image, 'a bird' as caption,"
                        + " case n when 0 then 'an owl' end as edit_prompt from range(2) r(n)");
        SparkSession spark = SparkTestSession.session();
        List<String> plans = new CopyOnWriteArrayList<>();
        QueryExecutionListener listener = new QueryExecutionListener() {
            @Override
            public void onSuccess(String action, QueryExecution query, long nanoseconds) {
                plans.add(query.executedPlan().toString());
            }

            @Override
            public void onFailure(String action, QueryExecution query, Exception problem) {}
        };
        spark.listenerManager().register(listener);
        try {
            Dataset<Row> rows =
                    new DatasetFiles(folder).open(EditSource.DATASET).rows();
            spark.sparkContext().listenerBus().waitUntilEmpty();
            assertThat(plans).anyMatch(plan -> plan.contains("edit_prompt")).noneMatch(plan -> plan.contains("bytes:"));
            rows.collectAsList();
            spark.sparkContext().listenerBus().waitUntilEmpty();
            assertThat(plans).last().asString().contains("ReadSchema: struct<image:struct<bytes:binary");
        } finally {
            spark.listenerManager().unregister(listener);
        }
    }

    @Test
    void imagesMayBeBinary() throws Exception {
        write("a.parquet", "select '\\x0A'::blob as image, ['first', 'second'] as caption, 42 as image_id");
        Path file = folder.resolve("a.parquet");
        Dataset<Row> rows = DatasetFiles.read(new DatasetSettings(file.toString(), null, Format.AUTO, 0));
        assertThat(column(rows, "image_id")).containsExactly("42");
        assertThat(column(rows, "caption")).containsExactly("first");
        assertThat(column(rows, "bytes")).containsExactly(new byte[] {10});
    }

    @Test
    void duplicatesKeepTheirImagesWithoutMovingAllOthers() throws Exception {
        write(
                "a.parquet",
                "select encode(n::varchar) as image, 'x' as caption, (n // 2)::varchar as id from range(4) r(n)");
        Dataset<Row> plan = Manifest.plan(new DatasetFiles(folder).read(), 10);
        assertThat(plan.queryExecution().executedPlan().toString())
                .contains("BroadcastHashJoin")
                .doesNotContain("SortMergeJoin");
        assertThat(column(plan, "image_id")).containsExactly("0", "0#2", "1", "1#2");
        assertThat(column(plan, "bytes"))
                .containsExactly(new byte[] {'0'}, new byte[] {'1'}, new byte[] {'2'}, new byte[] {'3'});
    }

    @Test
    void filesBehindTheLimitAreNotRead() throws Exception {
        writeNumbers("a.parquet", 0, 10);
        writeNumbers("b.parquet", 10, 20);
        writeNumbers("c.parquet", 20, 30);
        Dataset<Row> front = DatasetFiles.read(new DatasetSettings(folder.toString(), null, Format.AUTO, 12));
        // The footers say how many rows there are; the third file's rows may then be anything.
        new DatasetFiles(folder).file("c.parquet", "no longer Parquet");
        assertThat(column(front, "caption")).hasSize(12).last().isEqualTo("number 11");
    }

    @Test
    void structsWithoutBytesAreFilesBelowTheRoot() throws Exception {
        write(
                "a.parquet",
                "select {bytes: null::blob, path: 'images/1.png'} as image, 'one' as caption"
                        + " union all select {bytes: null::blob, path: '../2.png'}, 'two'"
                        + " union all select {bytes: null::blob, path: 'images/3.png'}, 'three'");
        DatasetFiles dataset = new DatasetFiles(folder).file("images/1.png", "12345");
        List<Row> rows = dataset.plan(10);
        assertThat(column(rows, "path"))
                .containsExactly(dataset.address("images/1.png"), "../2.png", dataset.address("images/3.png"));
        assertThat(column(rows, "rejection_code")).containsExactly(null, "INVALID_PATH", null);
        assertThat(column(rows, "size")).containsExactly(5L, null, null);
        assertThat(column(rows, "modified"))
                .containsExactly(
                        Files.getLastModifiedTime(folder.resolve("images/1.png"))
                                .toMillis(),
                        null,
                        null);
    }

    @Test
    void rowsCountByFileNameAndPlaceInTheFile() throws Exception {
        writeNumbers("data/train-2.parquet", 3_000, 4_000);
        writeNumbers("data/train-0.parquet", 0, 2_500);
        writeNumbers("data/train-1.parquet", 2_500, 3_000);
        Dataset<Row> rows = new DatasetFiles(folder).read();
        List<Row> ordered = DatasetFiles.inOrder(rows);
        assertThat(ordered).hasSize(4_000);
        for (int i = 0; i < 4_000; i++) {
            assertThat(ordered.get(i).<Long>getAs("row_index")).isEqualTo(i);
            assertThat(ordered.get(i).<String>getAs("caption")).isEqualTo("number " + i);
        }
        DatasetSettings limited = new DatasetSettings(folder.toString(), null, Format.PARQUET, 2_600);
        Dataset<Row> front = DatasetFiles.read(limited);
        assertThat(front.count()).isEqualTo(2_600);
        assertThat(front.agg(org.apache.spark.sql.functions.max("row_index"))
                        .first()
                        .getLong(0))
                .isEqualTo(2_599);
    }

    @Test
    void missingAndWrongColumnsAreNamed() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder);
        write("a.parquet", "select '\\x0A'::blob as image, 'x' as label");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("no column for the captions in file:" + folder
                        + " (caption, text, prompt ...); its columns are:"
                        + " image, label; name one with --caption-column, or give --caption or --caption-from");
        write("a.parquet", "select '\\x0A'::blob as thumbnail, 'x' as caption");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("no column for the images in file:" + folder
                        + " (image, jpg, jpeg ...); its columns are: thumbnail,"
                        + " caption; name one with --image-column");
        write("a.parquet", "select 7 as path, 'x' as caption");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("column path of file:" + folder + " is int; expected binary,"
                        + " struct<bytes:binary,path:string>, Spark's image, or the path of a file");
        write("a.parquet", "select '\\x0A'::blob as image, {a: 1} as caption");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("column caption of file:" + folder + " is struct<a:int>; expected string");
    }

    @Test
    void noRowsAndNoParquetAreErrors() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder);
        write("a.parquet", "select '\\x0A'::blob as image, 'x' as caption limit 0");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessage("the Parquet dataset file:" + folder + " has no rows");
        dataset.file("a.parquet", "this is text");
        assertThatThrownBy(dataset::read)
                .isInstanceOf(JobException.class)
                .hasMessageStartingWith("cannot read the dataset file:" + folder + ": ")
                .hasMessageContaining("a.parquet")
                .hasMessageNotContaining("\n");
    }

    private void writeNumbers(String file, int from, int to) throws SQLException, IOException {
        write(
                file,
                "select encode(n::varchar) as image, 'number ' || n as caption from range(" + from + ", " + to
                        + ") r(n)");
    }

    private void write(String name, String query) throws SQLException, IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
            connection.createStatement().execute("copy (" + query + ") to '" + file + "' (format parquet)");
        }
    }
}
