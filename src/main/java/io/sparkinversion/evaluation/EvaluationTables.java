package io.sparkinversion.evaluation;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.Replacements;
import io.sparkinversion.output.ResultTables;
import io.sparkinversion.output.RunJson;
import io.sparkinversion.output.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The results of an evaluation or of a single run for the report, read from the tables and the JSON files beside them.
 * Changes nothing.
 */
public final class EvaluationTables {
    /** The report holds all measurements in memory. */
    private static final long MOST_ROWS = 1_000_000;

    private final OutputDirectory directory;
    private final EvaluationJson evaluation;
    private final List<Part> parts;

    /**
     * The run of one step count.
     *
     * @param waves that hold its rows
     */
    record Part(int steps, OutputDirectory directory, RunJson run, SortedSet<Integer> waves) {}

    private EvaluationTables(OutputDirectory directory, EvaluationJson evaluation, List<Part> parts) {
        this.directory = directory;
        this.evaluation = evaluation;
        this.parts = List.copyOf(parts);
    }

    /**
     * Reads the small files; needs no Spark.
     *
     * @param address the output of {@code evaluate} or {@code invert}: a local path, {@code hdfs://} or {@code s3a://}
     * @throws JobException if it is neither, or has no results yet
     */
    public static EvaluationTables open(String address, Configuration configuration) {
        try {
            return open(new OutputDirectory(address, configuration));
        } catch (IOException e) {
            throw new JobException("cannot read " + PublicAddress.of(address) + ": " + e.getMessage(), e);
        }
    }

    public static EvaluationTables open(OutputDirectory directory) throws IOException {
        String shown = PublicAddress.of(directory.root().toString());
        // Other programs write files of these names, too.
        EvaluationJson found = EvaluationJson.FILE.find(directory);
        EvaluationJson evaluation = found == null || found.steps() == null ? null : found;
        List<Part> parts = new ArrayList<>();
        if (evaluation == null) {
            RunJson run = RunJson.FILE.find(directory);
            if (run == null || run.settings() == null || run.settings().get("steps") == null) {
                throw new JobException(shown + " has neither an evaluation.json nor a run.json that can be read; name"
                        + " the --output of an evaluate or invert command");
            }
            add(parts, Integer.parseInt(run.settings().get("steps")), directory, run);
        } else {
            for (int steps : evaluation.steps()) {
                OutputDirectory folder = directory.folder(EvaluationSettings.folderName(steps));
                RunJson run = RunJson.FILE.find(folder);
                if (run != null) {
                    add(parts, steps, folder, run);
                }
            }
        }
        if (parts.isEmpty()) {
            throw new JobException(shown + " has no finished wave yet; run the command that writes it again to resume");
        }
        return new EvaluationTables(directory, evaluation, parts);
    }

    private static void add(List<Part> parts, int steps, OutputDirectory folder, RunJson run) throws IOException {
        SortedSet<Integer> waves = new Replacements(folder).valid();
        if (!waves.isEmpty()) {
            parts.add(new Part(steps, folder, run, waves));
        }
    }

    OutputDirectory directory() {
        return directory;
    }

    /**
     * What has been measured so far.
     *
     * @throws JobException if there are too many rows for one report
     */
    public Evaluation evaluation(SparkSession spark) {
        List<Measurement> measurements = new ArrayList<>();
        SortedSet<String> devices = new TreeSet<>();
        SortedSet<String> hosts = new TreeSet<>();
        for (Part part : parts) {
            Dataset<Row> rows = new ResultTables(spark, part.directory()).read(Table.METRICS, part.waves());
            long count = measurements.size() + rows.count();
            if (count > MOST_ROWS) {
                throw new JobException(PublicAddress.of(directory.root().toString()) + " has more than " + MOST_ROWS
                        + " rows, too many for one report; evaluate a --sample");
            }
            Column[] columns =
                    MeasurementRows.COLUMNS.stream().map(name -> col(name)).toArray(Column[]::new);
            for (Row row : rows.select(columns).collectAsList()) {
                Measurement measurement = MeasurementRows.measurement(row);
                measurements.add(measurement);
                if (!measurement.failed()) {
                    devices.add(measurement.device());
                    hosts.add(MeasurementRows.host(row));
                }
            }
        }
        RunJson latest = parts.get(parts.size() - 1).run();
        return new Evaluation(
                ReportFacts.of(evaluation, parts, devices, hosts),
                present(latest.settings().get("lpips_net")),
                evaluation != null && evaluation.protocol().equals(Protocol.PAPER.label()),
                evaluation == null ? methods(latest) : evaluation.methods(),
                parts.stream().map(Part::steps).toList(),
                measurements);
    }

    /** Runs of older versions only have them sorted by name. */
    private static List<String> methods(RunJson run) {
        return run.methods() == null ? List.of(run.settings().get("methods").split(" ")) : run.methods();
    }

    private static String present(String setting) {
        return setting == null || setting.equals("null") ? null : setting;
    }

    /**
     * Pictures of some images at one step count. Opens only the waves that hold them.
     *
     * @param imageIds not many: all pictures are in memory at once
     */
    public Pictures pictures(SparkSession spark, int steps, Collection<String> imageIds) {
        Part part =
                parts.stream().filter(one -> one.steps() == steps).findFirst().orElseThrow();
        if (imageIds.isEmpty()) {
            return Pictures.NONE;
        }
        ResultTables tables = new ResultTables(spark, part.directory());
        Column asked = col("image_id").isin(imageIds.toArray());
        List<Integer> waves = tables.read(Table.METRICS, part.waves())
                .where(asked)
                .select(ResultTables.WAVE)
                .distinct()
                .as(Encoders.INT())
                .collectAsList();
        // Every method's row has the same original.
        Column original = when(col("method").equalTo(methods(part.run()).get(0)), col("original.bytes"));
        Map<String, byte[]> originals = new HashMap<>();
        Map<String, Map<String, byte[]>> reconstructions = new HashMap<>();
        tables.read(Table.IMAGES, waves)
                .where(asked)
                .select(col("image_id"), col("method"), original, col("reconstruction.bytes"))
                .collectAsList()
                .forEach(row -> {
                    String id = row.getString(0);
                    if (!row.isNullAt(2)) {
                        originals.put(id, row.getAs(2));
                    }
                    reconstructions.computeIfAbsent(id, any -> new HashMap<>()).put(row.getString(1), row.getAs(3));
                });
        return new Pictures(originals, reconstructions);
    }
}
