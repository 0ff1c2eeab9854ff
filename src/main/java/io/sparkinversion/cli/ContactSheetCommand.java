package io.sparkinversion.cli;

import static org.apache.spark.sql.functions.array_position;
import static org.apache.spark.sql.functions.lit;

import io.sparkinversion.UserException;
import io.sparkinversion.gallery.ContactSheet;
import io.sparkinversion.gallery.ContactSheet.Cell;
import io.sparkinversion.image.ImageDecoder;
import io.sparkinversion.image.ImageException;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.Replacements;
import io.sparkinversion.output.ResultTables;
import io.sparkinversion.output.RunJson;
import io.sparkinversion.output.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Column;
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
        description = "Draw originals beside their reconstructions and edits, as one PNG.",
        versionProvider = Main.Version.class)
final class ContactSheetCommand implements Callable<Integer> {
    private static final String ALL = "all";
    private static final int CAPTION = 0;
    private static final int EDIT_PROMPT = 1;

    @Parameters(paramLabel = "RUN", description = "The --output of a run.")
    private String run;

    @Option(names = "--file", required = true, description = "PNG file to write.")
    private Path file;

    @Option(names = "--count", defaultValue = "18", description = "Number of images, in the order of their ids.")
    private int count;

    @Option(names = "--columns", defaultValue = "6", description = "Images per row.")
    private int columns;

    @Option(names = "--side", defaultValue = "96", description = "Width and height of each image in pixels.")
    private int side;

    @Option(
            names = "--method",
            paramLabel = "NAME,...",
            defaultValue = "negative-prompt",
            description = "Draw the reconstructions of this method; all: those of all methods.")
    private String method;

    @Option(
            names = "--control",
            paramLabel = "NAME,...",
            defaultValue = "prompt-to-prompt",
            description = "For edits: draw those of this control; all: those of all controls.")
    private String control;

    @Option(names = "--ids", split = ",", description = "Draw only these images, in this order; comma-separated.")
    private List<String> ids = List.of();

    @Mixin
    private SparkOptions sparkOptions;

    @Override
    public Integer call() throws IOException, ImageException {
        List<Cell> cells = new ArrayList<>();
        try (SparkSession spark = sparkOptions.session("contact sheet of " + run, run)) {
            for (Row row : rows(spark)) {
                cells.add(row.isNullAt(EDIT_PROMPT) ? reconstruction(row) : edit(row));
            }
        }
        if (cells.isEmpty()) {
            throw new UserException(
                    run + " has no matching images of method " + method + "; check --method, --control and --ids");
        }
        ImageIO.write(ContactSheet.of(cells, columns, side), "png", file.toFile());
        System.out.println(cells.size() + " images drawn to " + file);
        return 0;
    }

    private static Cell reconstruction(Row row) throws ImageException {
        String label = String.format(
                Locale.ROOT,
                "%s%n%.1f dB, VAE %.1f dB",
                row.getString(CAPTION),
                row.<Double>getAs("psnr"),
                row.<Double>getAs("vae_psnr"));
        return new Cell(List.of(decode(row, "original"), decode(row, "reconstruction")), label);
    }

    private Cell edit(Row row) throws ImageException {
        String label = method.equals(ALL) || control.equals(ALL)
                ? row.getAs("method") + "\n" + row.getAs("control")
                : row.getString(CAPTION) + "\n" + row.getString(EDIT_PROMPT);
        return new Cell(List.of(decode(row, "original"), decode(row, "reconstruction"), decode(row, "edited")), label);
    }

    private static Column isOneOf(Column column, String name) {
        return name.equals(ALL) ? lit(true) : column.equalTo(name);
    }

    private List<Row> rows(SparkSession spark) throws IOException {
        OutputDirectory output = new OutputDirectory(run, spark.sessionState().newHadoopConf());
        if (RunJson.read(output) == null) {
            throw new UserException("there is no run in " + run
                    + "; name the --output of invert or edit, or a steps- folder of an evaluation");
        }
        ResultTables tables = new ResultTables(spark, output);
        SortedSet<Integer> waves = new Replacements(output).valid();
        Dataset<Row> metrics = tables.read(Table.METRICS, waves);
        Dataset<Row> images = tables.read(Table.IMAGES, waves);
        Column same = images.col("image_id").equalTo(metrics.col("image_id"));
        for (String key : List.of("method", "control", "edit")) {
            same = same.and(images.col(key).eqNullSafe(metrics.col(key)));
        }
        Column id = images.col("image_id");
        Column wanted = isOneOf(images.col("method"), method)
                .and(images.col("control").isNull().or(isOneOf(images.col("control"), control)));
        if (!ids.isEmpty()) {
            wanted = wanted.and(id.isin(ids.toArray()));
        }
        Column place = array_position(lit(ids.toArray(String[]::new)), id);
        return images.join(metrics, same)
                .where(wanted)
                .orderBy(
                        place, id.try_cast("long"), id, images.col("edit"), images.col("control"), images.col("method"))
                .limit(count)
                .select(
                        images.col("caption"),
                        images.col("edit_prompt"),
                        metrics.col("psnr"),
                        metrics.col("vae_psnr"),
                        images.col("original.bytes").as("original"),
                        images.col("reconstruction.bytes").as("reconstruction"),
                        images.col("edited.bytes").as("edited"),
                        images.col("method"),
                        images.col("control"))
                .collectAsList();
    }

    private static RgbImage decode(Row row, String column) throws ImageException {
        return ImageDecoder.decode(row.<byte[]>getAs(column), Integer.MAX_VALUE);
    }
}
