package io.sparkinversion.output;

import java.util.Collection;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;

/** Reads and writes the Parquet tables of an output directory, a wave's folder at a time. */
public final class ResultTables {
    /** The column that the folder names {@code wave=N} make. */
    public static final String WAVE = "wave";

    private final SparkSession spark;
    private final OutputDirectory output;

    public ResultTables(SparkSession spark, OutputDirectory output) {
        this.spark = spark;
        this.output = output;
    }

    /** The table's rows in the waves, with the column {@link #WAVE}; empty where there are no waves. */
    public Dataset<Row> read(Table table, Collection<Integer> waves) {
        var schema = table.schema().add(WAVE, DataTypes.IntegerType);
        if (waves.isEmpty()) {
            return spark.createDataFrame(List.of(), schema);
        }
        String[] folders =
                waves.stream().map(wave -> output.path(table, wave).toString()).toArray(String[]::new);
        return spark.read()
                .schema(schema)
                .option("basePath", output.path(table).toString())
                .parquet(folders);
    }

    /** Writes the rows as the table's folder of the wave, in the place of what a crashed run may have left there. */
    public void write(Table table, int wave, Dataset<Row> rows) {
        rows.write()
                .mode(SaveMode.Overwrite)
                .options(table.writeOptions())
                // The commit mark of a wave; some sites switch it off.
                .option("mapreduce.fileoutputcommitter.marksuccessfuljobs", "true")
                .parquet(output.path(table, wave).toString());
    }
}
