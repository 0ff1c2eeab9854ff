package io.sparkinversion.dataset;

import static io.sparkinversion.dataset.DatasetFiles.column;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.job.SparkTestSession;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetSampleIT {
    @TempDir
    Path folder;

    @Test
    void theSampleIsWhatAnotherDatabaseDrawsByTheSameRule() throws Exception {
        writeCaptions(IntStream.range(0, 500).boxed().toList());

        assertThat(column(sample(40, 12), "image_id")).isEqualTo(drawnByDuckDb(500, 40, 12));
    }

    @Test
    void aSampleDependsOnItsSeedAndNotOnTheOrderOfRowsOrTheirPartitions() throws Exception {
        List<Integer> images = new ArrayList<>(IntStream.range(0, 200).boxed().toList());
        writeCaptions(images);
        List<Object> first = column(sample(30, 0), "image_id");
        assertThat(first).hasSize(30).doesNotHaveDuplicates();
        assertThat(column(sample(30, 1), "image_id"))
                .hasSize(30)
                .doesNotHaveDuplicates()
                .isNotEqualTo(first);

        Collections.shuffle(images, new Random(3));
        writeCaptions(images);
        Dataset<Row> shuffled = sample(30, 0);
        assertThat(column(shuffled, "image_id"))
                .containsExactlyInAnyOrderElementsOf(first)
                .isNotEqualTo(first);
        List<Object> places = column(shuffled, "image_id").stream()
                .map(id -> (Object) images.indexOf(Integer.valueOf(((String) id).substring(1))))
                .toList();
        assertThat(places).as("the dataset's order").isSortedAccordingTo((a, b) -> (Integer) a - (Integer) b);

        Files.delete(folder.resolve("captions.csv"));
        writeParquet("b.parquet", 0, 77);
        writeParquet("a.parquet", 77, 200);
        assertThat(column(sample(30, 0), "image_id")).containsExactlyInAnyOrderElementsOf(first);
    }

    @Test
    void rowsOfASampleAreNumberedWithoutGapsAndKeepTheirImages() throws Exception {
        writeParquet("a.parquet", 0, 50);

        List<Row> rows = DatasetFiles.inOrder(sample(9, 4));

        assertThat(column(rows, "row_index")).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
        assertThat(rows).allSatisfy(row -> assertThat("i" + new String(row.<byte[]>getAs("bytes")))
                .isEqualTo(row.<String>getAs("image_id")));
    }

    @Test
    void theSampleIsDrawnFromTheFirstRowsWhereThereIsALimitAndTakesAllThatThereAre() throws Exception {
        writeCaptions(IntStream.range(0, 50).boxed().toList());

        assertThat(column(read(10, 4, 0), "image_id"))
                .hasSize(4)
                .isSubsetOf(IntStream.range(0, 10).mapToObj(i -> "i" + i).toList());
        assertThat(column(sample(1_000, 0), "image_id")).hasSize(50);
    }

    @Test
    void drawingFromManyRowsBringsFewBytesToTheDriver() throws Exception {
        int rows = 200_000;
        writeCaptions(IntStream.range(0, rows).boxed().toList());
        SparkSession spark = SparkTestSession.session();
        AtomicLong resultBytes = new AtomicLong();
        SparkListener listener = new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
                resultBytes.addAndGet(end.taskMetrics().resultSize());
            }
        };
        spark.sparkContext().addSparkListener(listener);
        try {
            sample(rows / 2, 0).write().parquet(folder.resolve("drawn").toString());
            spark.sparkContext().listenerBus().waitUntilEmpty();
        } finally {
            spark.sparkContext().removeSparkListener(listener);
        }

        Dataset<Row> drawn = spark.read().parquet(folder.resolve("drawn").toString());
        assertThat(drawn.select("image_id").distinct().count()).isEqualTo(rows / 2);
        assertThat(drawn.selectExpr("max(row_index)", "count(distinct row_index)")
                        .first()
                        .mkString(" "))
                .isEqualTo((rows / 2 - 1) + " " + rows / 2);
        long captions = Files.size(folder.resolve("captions.csv"));
        assertThat(resultBytes.get())
                .as("of %d bytes of captions", captions)
                .isPositive()
                .isLessThan(captions / 20);
    }

    private Dataset<Row> sample(long count, long seed) {
        return read(0, count, seed);
    }

    private Dataset<Row> read(long limit, long count, long seed) {
        return DatasetFiles.read(new DatasetSettings(folder.toString(), null, Format.AUTO, limit, count, seed));
    }

    private void writeCaptions(List<Integer> images) throws IOException {
        try (BufferedWriter csv = Files.newBufferedWriter(folder.resolve("captions.csv"))) {
            csv.write("path,caption,id\n");
            for (int i : images) {
                csv.write(i + ".png,a photograph,i" + i + "\n");
            }
        }
    }

    private void writeParquet(String name, int from, int to) throws SQLException {
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:")) {
            duckdb.createStatement()
                    .execute("copy (select encode(n::varchar) as image, 'x' as caption, 'i' || n as id"
                            + " from range(%d, %d) r(n)) to '%s' (format parquet)"
                                    .formatted(from, to, folder.resolve(name)));
        }
    }

    /** Ids {@code i0}, {@code i1} and so on, in that order. */
    private static List<Object> drawnByDuckDb(int rows, int count, int seed) throws SQLException {
        String query = "select 'i' || n from (select n from range(%d) r(n) order by sha256('%d:i' || n) limit %d)"
                + " order by n";
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                ResultSet result = duckdb.createStatement().executeQuery(query.formatted(rows, seed, count))) {
            List<Object> ids = new ArrayList<>();
            while (result.next()) {
                ids.add(result.getString(1));
            }
            return ids;
        }
    }
}
