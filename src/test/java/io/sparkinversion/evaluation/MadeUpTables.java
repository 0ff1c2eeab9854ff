package io.sparkinversion.evaluation;

import io.sparkinversion.dataset.DatasetFixture;
import io.sparkinversion.image.PngEncoder;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.job.JobFixture;
import io.sparkinversion.job.SparkTestSession;
import io.sparkinversion.output.DatasetSource;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.ResultSchema;
import io.sparkinversion.output.ResultTables;
import io.sparkinversion.output.RunJson;
import io.sparkinversion.output.Table;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/** A run directory whose numbers and pictures are made up, for the reading side; as large as wanted. */
final class MadeUpTables {
    private static final List<String> METHODS = List.of("negative-prompt", "null-text");
    private static final int IMAGES_A_WAVE = 500;

    private MadeUpTables() {}

    /** Writes images {@code image-00000} and so on with two methods, in waves of 500. */
    static void write(Path folder, int images, int steps) {
        SparkSession spark = SparkTestSession.session();
        try {
            OutputDirectory directory =
                    new OutputDirectory(folder.toString(), spark.sparkContext().hadoopConfiguration());
            WorkerSettings worker = JobFixture.worker(steps);
            JobSettings settings = new JobSettings(
                    DatasetFixture.captionsIn(folder),
                    folder.toString(),
                    new WorkerSettingsBuilder(worker.model(), worker.modelFingerprint())
                            .device("cpu")
                            .precision(worker.precision())
                            .methods(METHODS.stream().map(Method::of).toList())
                            .steps(steps)
                            .guidance(7.5)
                            .resolution(64)
                            .resize(worker.resize())
                            .batchSize(8)
                            .maxPixels(worker.maxPixels())
                            .build(),
                    "alex",
                    0,
                    IMAGES_A_WAVE,
                    Resume.REUSE);
            DatasetSource source =
                    DatasetSource.of(settings.dataset(), spark.sparkContext().hadoopConfiguration());
            RunJson.of(settings, source, directory, spark.version(), "2024-01-01T00:00:00Z")
                    .finished("2024-01-01T01:00:00Z", Map.of(RunJson.WALL_MILLISECONDS, 3_600_000L))
                    .write(directory);
            ResultTables tables = new ResultTables(spark, directory);
            for (int first = 0; first < images; first += IMAGES_A_WAVE) {
                List<Row> metrics = new ArrayList<>();
                List<Row> pictures = new ArrayList<>();
                for (int image = first; image < Math.min(images, first + IMAGES_A_WAVE); image++) {
                    for (String method : METHODS) {
                        metrics.add(metrics(image, method, steps));
                        pictures.add(pictures(image, method));
                    }
                }
                int wave = first / IMAGES_A_WAVE;
                tables.write(
                        Table.IMAGES,
                        wave,
                        spark.createDataFrame(pictures, ResultSchema.IMAGES).coalesce(1));
                tables.write(
                        Table.METRICS,
                        wave,
                        spark.createDataFrame(metrics, ResultSchema.METRICS).coalesce(1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String id(int image) {
        return "image-%05d".formatted(image);
    }

    private static Row metrics(int image, String method, int steps) {
        Random random = new Random(image);
        boolean nullText = method.equals("null-text");
        Map<String, Object> row = new HashMap<>();
        row.put("image_id", id(image));
        row.put("caption", "a caption of " + id(image));
        row.put("method", method);
        row.put("status", ResultSchema.OK);
        row.put("psnr", 20 + random.nextGaussian() + (nullText ? 3 : 0));
        row.put("ssim", 0.8 + 0.02 * random.nextGaussian());
        row.put("lpips", 0.1 + 0.02 * random.nextDouble());
        row.put("vae_psnr", 30 + random.nextGaussian());
        row.put("vae_ssim", 0.95);
        row.put("vae_lpips", 0.02);
        row.put("seconds_inversion", 0.5);
        row.put("seconds_reconstruction", nullText ? 15.0 : 0.5);
        row.put("seconds_total", nullText ? 15.5 : 1.0);
        row.put("unet_evaluations", nullText ? 9 * steps : 2 * steps);
        row.put("unet_gradients", nullText ? 30 : 0);
        row.put("peak_memory", 5L << 30);
        row.put("batch_size", 8);
        row.put("steps", steps);
        row.put("host", "testhost");
        row.put("device", "cpu");
        if (nullText) {
            row.put(
                    "null_text_cosine",
                    IntStream.range(0, steps).mapToObj(i -> (5 + i % 5) / 10.0).toArray());
            row.put(
                    "null_text_inner_steps",
                    IntStream.range(0, steps).mapToObj(i -> 10 - 2 * (i % 5)).toArray());
        }
        return ResultSchema.row(ResultSchema.METRICS, row);
    }

    private static Row pictures(int image, String method) {
        Map<String, Object> row = new HashMap<>();
        row.put("image_id", id(image));
        row.put("method", method);
        row.put("caption", "a caption of " + id(image));
        row.put("original", RowFactory.create(png(image), id(image) + ".png"));
        row.put("reconstruction", RowFactory.create(png(image + 1), id(image) + "." + method + ".png"));
        return ResultSchema.row(ResultSchema.IMAGES, row);
    }

    private static byte[] png(int seed) {
        byte[] pixels = new byte[3 * 16 * 16];
        new Random(seed).nextBytes(pixels);
        return PngEncoder.encode(new RgbImage(16, 16, pixels));
    }
}
