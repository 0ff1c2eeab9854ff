package io.sparkinversion.gallery;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.evaluation.edits.PieBenchReport;
import io.sparkinversion.job.SparkPages;
import io.sparkinversion.output.EditFacts;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.Replacements;
import io.sparkinversion.output.ResultSchema;
import io.sparkinversion.output.ResultTables;
import io.sparkinversion.output.RunJson;
import io.sparkinversion.output.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

/** {@code OUT/report/edits.html}: the gallery of an editing run, regenerated from its tables. */
public final class EditReport {
    private static final String FOLDER = "report";
    private static final String PAGE = "edits.html";
    private static final List<String> KEYS = List.of("image_id", "method", "control", "edit");

    /** The gallery's names of the metrics columns. */
    private static final Map<String, String> LABELS = labels();

    private EditReport() {}

    private static Map<String, String> labels() {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("psnr", "source PSNR");
        labels.put("edit_psnr", "PSNR");
        labels.put("edit_ssim", "SSIM");
        labels.put("edit_lpips", "LPIPS");
        labels.put("mask_share", "mask share");
        labels.put("outside_psnr", "PSNR outside");
        labels.put("outside_ssim", "SSIM outside");
        labels.put("outside_lpips", "LPIPS outside");
        labels.put("inside_psnr", "PSNR inside");
        labels.put("inside_ssim", "SSIM inside");
        labels.put("inside_lpips", "LPIPS inside");
        labels.put("pie_bench_psnr", "PIE-Bench PSNR");
        labels.put("pie_bench_mse", "PIE-Bench MSE");
        labels.put("pie_bench_ssim", "PIE-Bench SSIM");
        labels.put("pie_bench_lpips", "PIE-Bench LPIPS");
        labels.put("structure_distance", "structure distance");
        labels.put("clip_source", "CLIP source");
        labels.put("clip_original", "CLIP before");
        labels.put("clip", "CLIP after");
        labels.put("clip_edited", "CLIP of the region");
        labels.put("unet_evaluations", "UNet evaluations");
        labels.put("seconds_total", "seconds");
        return labels;
    }

    /**
     * Whether the run at an address has edited images.
     *
     * @throws JobException if it cannot be read
     */
    public static boolean isFor(String address, Configuration configuration) {
        try {
            RunJson run = RunJson.FILE.find(new OutputDirectory(address, configuration));
            return run != null && isFor(run);
        } catch (IOException e) {
            throw new JobException("cannot read " + PublicAddress.of(address) + ": " + e.getMessage(), e);
        }
    }

    private static boolean isFor(RunJson run) {
        return run.settings() != null
                && run.settings().keySet().stream().anyMatch(name -> name.startsWith(JobSettings.CONTROL));
    }

    /** More would make the page slow. */
    public static final int MOST_ROWS = 10_000;

    /**
     * Writes the gallery, replacing an earlier one.
     *
     * @param address of the run
     * @param most rows to show; later ones are left out, which a note on the page says
     * @throws JobException if it cannot be written
     */
    public static Written write(SparkSession spark, String address, int most) {
        try {
            OutputDirectory output =
                    new OutputDirectory(address, spark.sessionState().newHadoopConf());
            return write(spark, output, most);
        } catch (IOException e) {
            throw new JobException(
                    "cannot write the gallery of " + PublicAddress.of(address) + ": " + e.getMessage(), e);
        } finally {
            SparkPages.describeNothing(spark.sparkContext());
        }
    }

    /**
     * For the terminal; both end with a line break.
     *
     * @param means of the gallery's numbers, a line for each method and control
     * @param place where the gallery is
     */
    public record Written(String means, String place) {}

    private static Written write(SparkSession spark, OutputDirectory output, int most) throws IOException {
        RunJson run = RunJson.read(output);
        if (run == null || !isFor(run)) {
            throw new JobException(PublicAddress.of(output.root().toString())
                    + " is not the output of edit: its run.json names no edits");
        }
        SparkPages.describe(spark.sparkContext(), "gallery");
        Path folder = output.path(FOLDER);
        ResultTables tables = new ResultTables(spark, output);
        var waves = new Replacements(output).valid();
        Dataset<Row> metrics =
                tables.read(Table.METRICS, waves).where(col("control").isNotNull());
        long all = metrics.agg(count(lit(1))).first().getLong(0);
        List<Row> shown = metrics.orderBy(
                        col("image_id").try_cast("long"), col("image_id"), col("edit"), col("method"), col("control"))
                .limit(most)
                .collectAsList();
        Dataset<Row> wanted = spark.createDataFrame(shown, metrics.schema())
                .where(col("status").equalTo(ResultSchema.OK))
                .select(columns(KEYS, "row_key"));
        Map<String, String> pictures = new HashMap<>();
        tables.read(Table.IMAGES, waves)
                .join(broadcast(wanted), KEYS.toArray(String[]::new))
                .select(GalleryStrips.COLUMNS.stream().map(name -> col(name)).toArray(Column[]::new))
                .mapPartitions(
                        new GalleryStrips(
                                folder.toString(),
                                SerializableConfiguration.broadcast(
                                        spark.sparkContext(),
                                        spark.sessionState().newHadoopConf())),
                        Encoders.row(GalleryStrips.WRITTEN))
                .collectAsList()
                .forEach(row -> pictures.put(row.getString(0), row.getString(1)));
        List<EditEntry> entries =
                shown.stream().map(row -> entry(row, pictures)).toList();
        output.write(
                new Path(folder, PAGE), EditGallery.html("Edits", EditFacts.of(run), notes(run, all, most), entries));
        String table = PieBenchReport.write(output, run, metrics);
        return new Written(
                EditSummaryTable.of(entries).text(),
                "gallery: " + PublicAddress.of(folder.toString()) + "/" + PAGE + "\n" + table);
    }

    private static Column[] columns(List<String> names, String last) {
        List<Column> columns = new ArrayList<>();
        names.forEach(name -> columns.add(col(name)));
        columns.add(col(last));
        return columns.toArray(Column[]::new);
    }

    private static EditEntry entry(Row row, Map<String, String> pictures) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        LABELS.forEach((column, label) -> {
            Number value = row.getAs(column);
            if (value != null) {
                numbers.put(label, value.doubleValue());
            }
        });
        String code = row.getAs("error_code");
        String failure = code == null ? null : code + ": " + row.getAs("error_message");
        return new EditEntry(
                row.getAs("image_id"),
                row.getAs("method"),
                row.getAs("control"),
                row.getAs("edit"),
                row.getAs("caption"),
                row.getAs("edit_prompt"),
                numbers,
                pictures.get(row.<String>getAs("row_key")),
                failure);
    }

    private static List<String> notes(RunJson run, long all, int most) {
        List<String> notes = new ArrayList<>();
        if (all > most) {
            notes.add("The first " + most + " of " + all + " rows, in the order of image ids; the tables have all.");
        }
        notes.add("Numbers compare the edit with the original. Source PSNR compares the source branch, which is sampled"
                + " beside the edit and has no edit, with the original.");
        notes.add("Outside and inside: means over the pixels outside and inside the mask: the dataset's mask if it has"
                + " one, else the region that local blend found with one of the methods, the same for all.");
        notes.add("PIE-Bench: the unedited part as its evaluation computes it, with the inside black in both pictures"
                + " and a mean over all pixels"
                + ("squeeze".equals(run.settings().get("lpips_net")) ? "." : "; its LPIPS network is squeeze."));
        return notes;
    }
}
