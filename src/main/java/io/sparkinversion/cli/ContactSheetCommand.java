package io.sparkinversion.cli;

import io.sparkinversion.image.ImageDecoder;
import io.sparkinversion.image.ImageException;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.report.ContactSheet;
import io.sparkinversion.report.ContactSheet.Cell;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Draws results of a finished run. */
@Command(
        name = "contact-sheet",
        description = "Draws originals beside their reconstructions from a run's tables, as one PNG.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        showDefaultValues = true)
final class ContactSheetCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "The --output of a run.")
    private String run;

    @Option(names = "--file", required = true, description = "The PNG to write.")
    private Path file;

    @Option(names = "--count", defaultValue = "18", description = "How many images, in the order of their ids.")
    private int count;

    @Option(names = "--columns", defaultValue = "6", description = "Images in a row.")
    private int columns;

    @Option(names = "--side", defaultValue = "96", description = "Pixels that each image is drawn at.")
    private int side;

    @Option(names = "--method", defaultValue = "negative-prompt", description = "Whose reconstructions.")
    private String method;

    @Mixin
    private SparkOptions sparkOptions;

    @Override
    public Integer call() throws IOException, ImageException {
        List<Cell> cells = new ArrayList<>();
        try (SparkSession spark = sparkOptions.session("contact sheet of " + run, run)) {
            for (Row row : rows(spark)) {
                String label = String.format(
                        Locale.ROOT, "%s%n%.1f dB, VAE %.1f dB", row.getString(0), row.getDouble(1), row.getDouble(2));
                cells.add(new Cell(List.of(decode(row, 3), decode(row, 4)), label));
            }
        }
        if (cells.isEmpty()) {
            throw new IllegalArgumentException(run + " has no images of method " + method);
        }
        ImageIO.write(ContactSheet.of(cells, columns, side), "png", file.toFile());
        System.out.println(cells.size() + " images drawn to " + file);
        return 0;
    }

    private List<Row> rows(SparkSession spark) {
        Dataset<Row> metrics = spark.read().parquet(run + "/metrics");
        Dataset<Row> images = spark.read().parquet(run + "/images");
        return images.join(metrics, images.col("image_id").equalTo(metrics.col("image_id"))
                        .and(images.col("method").equalTo(metrics.col("method"))))
                .where(images.col("method").equalTo(method))
                .orderBy(images.col("image_id").cast("long"), images.col("image_id"))
                .limit(count)
                .select(images.col("caption"), metrics.col("psnr"), metrics.col("vae_psnr"),
                        images.col("original.bytes"), images.col("reconstruction.bytes"))
                .collectAsList();
    }

    private static RgbImage decode(Row row, int column) throws ImageException {
        return ImageDecoder.decode((byte[]) row.get(column), Integer.MAX_VALUE);
    }
}
