package io.sparkinversion.export;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.sha2;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.export.ExportSettings.Layout;
import io.sparkinversion.export.ExportSettings.Order;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.Replacements;
import io.sparkinversion.output.ResultTables;
import io.sparkinversion.output.RunJson;
import io.sparkinversion.output.Table;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Pictures of a run as files with captions. The tasks write the pictures; the list of them, which is written last, says
 * that all are there.
 */
public final class RunExport {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> KEY = List.of("image_id", "method", "control", "edit");
    private static final StructType LISTED = new StructType()
            .add("name", DataTypes.StringType)
            .add("text", DataTypes.StringType)
            .add("json", DataTypes.StringType);

    private final SparkSession spark;
    private final ExportSettings settings;
    private final Configuration configuration;
    private final OutputDirectory output;

    private RunExport(SparkSession spark, ExportSettings settings) throws IOException {
        this.spark = spark;
        this.settings = settings;
        this.configuration = spark.sessionState().newHadoopConf();
        this.output = new OutputDirectory(settings.run(), configuration);
    }

    /**
     * Writes the files.
     *
     * @return how many pictures
     * @throws JobException if there is no such run, the target is not empty, the condition is none of Spark SQL, or no row
     *     meets it
     */
    public static long write(SparkSession spark, ExportSettings settings) {
        PublicAddress.requireNoCredentials("to", settings.target());
        try {
            return new RunExport(spark, settings).write();
        } catch (IOException e) {
            throw new JobException(
                    "cannot export " + settings.run() + " to " + settings.target() + ": " + e.getMessage(), e);
        }
    }

    private long write() throws IOException {
        RunJson run = RunJson.read(output);
        if (run == null) {
            throw new JobException("there is no run in " + settings.run()
                    + "; name the --output of invert or edit, or a" + " steps- folder of an evaluation");
        }
        Path target = new Path(settings.target());
        FileSystem files = FileWriter.fileSystem(target, configuration);
        if (files.exists(target) && files.listStatus(target).length > 0) {
            throw new JobException("the folder " + settings.target() + " is not empty; name another with --to");
        }
        boolean edited = run.dataset() != null && !run.dataset().edits().isEmpty();
        List<String> pictures = settings.pictures().isEmpty()
                ? edited ? List.of("edited") : List.of("original", "reconstruction")
                : settings.pictures();
        // Held, so that the files are written once; the list of them is small.
        Dataset<Row> written = files(chosen(), pictures).persist();
        try {
            long count = written.count();
            if (count == 0) {
                throw new JobException("no picture of " + settings.run() + " is to be exported"
                        + (settings.where() == null ? "" : "; none meets --where " + settings.where())
                        + (edited ? "" : "; a run without edits has neither edited pictures nor masks"));
            }
            list(files, target, written);
            return count;
        } finally {
            written.unpersist();
        }
    }

    /** The rows of both tables that are asked for. */
    private Dataset<Row> chosen() throws IOException {
        ResultTables tables = new ResultTables(spark, output);
        var waves = new Replacements(output).valid();
        Dataset<Row> metrics = tables.read(Table.METRICS, waves).drop(ResultTables.WAVE);
        Dataset<Row> wanted;
        try {
            wanted = settings.where() == null ? metrics : metrics.where(settings.where());
            wanted.schema();
        } catch (Exception e) {
            // Not declared, so not to be caught by type.
            if (e instanceof SparkThrowable) {
                throw new JobException(
                        "where: " + JobException.firstLine(e) + "; write Spark SQL on the columns of metrics,"
                                + " such as \"lpips < 0.2 and method = 'negative-prompt'\"");
            }
            throw e;
        }
        Dataset<Row> images =
                tables.read(Table.IMAGES, waves).drop(ResultTables.WAVE, "caption", "edit_prompt", "psnr", "lpips");
        for (String key : KEY) {
            images = images.withColumnRenamed(key, "key_" + key);
        }
        Column same = KEY.stream()
                .map(key -> col(key).eqNullSafe(col("key_" + key)))
                .reduce(Column::and)
                .orElseThrow();
        // In metrics a column of that name says where the mask came from.
        return picked(wanted).drop("mask").join(images, same);
    }

    private Dataset<Row> picked(Dataset<Row> metrics) {
        Order order = settings.pick().order();
        boolean byScore = order == Order.BEST || order == Order.WORST;
        if (byScore && !List.of(metrics.columns()).contains(settings.by())) {
            throw new JobException("by: there is no column '" + settings.by() + "' in metrics");
        }
        Dataset<Row> scored = byScore ? metrics.where(col(settings.by()).isNotNull()) : metrics;
        boolean ascending = (order == Order.WORST) != lowerIsBetter();
        Column first =
                switch (order) {
                    case ID -> col("image_id");
                    case SAMPLE -> sha2(concat(lit("0:"), col("image_id")), 256);
                    case BEST, WORST ->
                        ascending
                                ? col(settings.by()).asc()
                                : col(settings.by()).desc();
                };
        return settings.pick().count() == 0
                ? scored
                : scored.where(col("status").equalTo("ok"))
                        .orderBy(first, col("image_id"), col("method"), col("control"), col("edit"))
                        .limit((int) Math.min(Integer.MAX_VALUE, settings.pick().count()));
    }

    /** Distances and errors are better where they are low. */
    private boolean lowerIsBetter() {
        return settings.by().contains("lpips")
                || settings.by().contains("mse")
                || settings.by().startsWith("seconds");
    }

    private Dataset<Row> files(Dataset<Row> rows, List<String> pictures) {
        // An original belongs to several rows of its image, and is one file.
        Column firstOfImage = row_number()
                .over(Window.partitionBy("image_id").orderBy("method", "control", "edit"))
                .equalTo(1);
        List<Column> columns = new ArrayList<>(List.of(
                col("image_id"),
                col("method"),
                col("control"),
                col("edit"),
                col("caption"),
                col("edit_prompt"),
                col("psnr"),
                col("lpips"),
                firstOfImage.as("first_of_image")));
        pictures.forEach(picture -> columns.add(col(picture)));
        Broadcast<SerializableConfiguration> shared =
                SerializableConfiguration.broadcast(spark.sparkContext(), configuration);
        String target = settings.target();
        Layout layout = settings.layout();
        MapPartitionsFunction<Row, Row> write = partition -> {
            List<Row> listed = new ArrayList<>();
            try (FileWriter writer = new FileWriter(
                    target, layout, TaskContext.getPartitionId(), shared.value().value())) {
                while (partition.hasNext()) {
                    for (ExportedFile file : ExportedRow.files(partition.next(), pictures)) {
                        writer.write(file);
                        listed.add(RowFactory.create(file.name(), file.text(), file.json()));
                    }
                }
            }
            return listed.iterator();
        };
        return rows.select(columns.toArray(Column[]::new)).mapPartitions(write, Encoders.row(LISTED));
    }

    /** The table of the files, in the order of their names. */
    private void list(FileSystem files, Path target, Dataset<Row> written) throws IOException {
        String name =
                switch (settings.layout()) {
                    case FOLDER -> "captions.csv";
                    case IMAGEFOLDER -> "metadata.jsonl";
                    case WEBDATASET, SIDECAR -> null;
                };
        if (name == null) {
            return;
        }
        boolean csv = settings.layout() == Layout.FOLDER;
        try (OutputStream stream = files.create(new Path(target, name), false)) {
            if (csv) {
                stream.write("path,caption\n".getBytes(StandardCharsets.UTF_8));
            }
            Iterator<Row> rows = written.orderBy("name").toLocalIterator();
            while (rows.hasNext()) {
                Row row = rows.next();
                String line = csv ? quoted(row.getString(0) + ".png") + "," + quoted(row.getString(1)) : line(row);
                stream.write((line + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\"", "\"\"") + "\"";
    }

    private static String line(Row row) throws JsonProcessingException {
        ObjectNode line = JSON.createObjectNode();
        line.put("file_name", row.getString(0) + ".png");
        line.put("text", row.getString(1));
        line.setAll((ObjectNode) JSON.readTree(row.getString(2)));
        return JSON.writeValueAsString(line);
    }
}
