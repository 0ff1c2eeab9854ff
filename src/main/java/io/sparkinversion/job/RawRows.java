package io.sparkinversion.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What every format is first read into: row_index, and the dataset's own words in {@code raw_} columns. */
final class RawRows {
    static final String ID = "raw_id";
    static final String PATH = "raw_path";
    static final String CAPTION = "raw_caption";
    static final String EDIT_PROMPT = "raw_edit_prompt";

    private RawRows() {}

    /** @param rows with a column row_index, from 0 without gaps in the dataset's order */
    static Dataset<Row> select(
            Dataset<Row> rows, Column path, Column caption, Optional<Column> id, Optional<Column> editPrompt) {
        Column absent = lit(null).cast("string");
        return rows.select(
                col(ManifestSchema.ROW_INDEX),
                id.orElse(absent).cast("string").as(ID),
                path.as(PATH),
                caption.as(CAPTION),
                editPrompt.orElse(absent).as(EDIT_PROMPT));
    }

    /** A reader that takes brackets and braces in file names for what they are. */
    static DataFrameReader reader(SparkSession spark) {
        return spark.read().option("__globPaths__", "false");
    }
}
