package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.dataset.DatasetFiles;
import java.io.BufferedWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LargeManifestIT {
    private static final int ROWS = 100_000;
    private static final int FOLDERS = 20;

    @TempDir
    Path folder;

    @Test
    void planningManyRowsBringsFewBytesToTheDriver() throws Exception {
        DatasetFiles dataset = new DatasetFiles(folder);
        try (BufferedWriter csv = Files.newBufferedWriter(folder.resolve("captions.csv"))) {
            csv.write("path,caption,id\n");
            for (int i = 0; i < ROWS; i++) {
                // Every thousandth row has the id of the one before, every 500th has no caption.
                int id = i % 1_000 == 999 ? i - 1 : i;
                String caption = i % 500 == 0 ? "" : "\"a photograph, number " + i + "\"";
                csv.write("folder" + i % FOLDERS + "/" + i + ".png," + caption + ",image " + id + "\n");
            }
        }
        for (int i = 0; i < FOLDERS; i++) {
            dataset.file("folder" + i + "/" + (FOLDERS + i) + ".png", "image");
        }
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
            Dataset<Row> plan = DatasetFiles.withFileFacts(Manifest.plan(dataset.read(), 1_000), false);
            plan.write().parquet(folder.resolve("manifest").toString());
            spark.sparkContext().listenerBus().waitUntilEmpty();
        } finally {
            spark.sparkContext().removeSparkListener(listener);
        }

        Dataset<Row> written = spark.read().parquet(folder.resolve("manifest").toString());
        assertThat(written.count()).isEqualTo(ROWS);
        assertThat(written.select("image_id").distinct().count()).isEqualTo(ROWS);
        assertThat(written.select("wave").distinct().count()).isEqualTo(ROWS / 1_000);
        assertThat(written.groupBy("wave").count().filter("count <> 1000").count())
                .isZero();
        assertThat(written.filter("rejection_code = 'DUPLICATE_ID'").count()).isEqualTo(ROWS / 1_000);
        assertThat(written.filter("rejection_code = 'MISSING_CAPTION'").count()).isEqualTo(ROWS / 500);
        assertThat(written.filter("size = 5").count()).isEqualTo(FOLDERS);
        assertThat(written.filter("row_index = 1999").first().<String>getAs("image_id"))
                .isEqualTo("image 1998#2");
        long captions = Files.size(folder.resolve("captions.csv"));
        assertThat(resultBytes.get())
                .as("of %d bytes of captions", captions)
                .isPositive()
                .isLessThan(captions / 20);
    }
}
