package io.sparkinversion.dataset;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;

/** What every format is first read into: row_index, and the dataset's own words in {@code raw_} columns. */
final class RawRows {
    static final String ID = "raw_id";
    static final String PATH = "raw_path";
    static final String CAPTION = "raw_caption";
    /** A list of texts, or null. */
    static final String EDIT_PROMPTS = "raw_edit_prompts";
    /** A list of texts, or null: {@code source target} of each edit, or of all. */
    static final String BLEND_WORDS = "raw_blend_words";
    /** Why these two cannot be read, else null. */
    static final String EDIT_PROBLEM = "raw_edit_problem";
    /** Like {@link ManifestSchema#MASK}. */
    static final String MASK = "raw_mask";
    /** Why the mask cannot be read, else null. */
    static final String MASK_PROBLEM = "raw_mask_problem";

    /** What the row tells of its file being malformed, else null. */
    static final String MALFORMED = "raw_malformed";

    static final ArrayType TEXTS = DataTypes.createArrayType(DataTypes.StringType);

    private RawRows() {}

    /**
     * What a dataset says of edits.
     *
     * @param prompts see {@link #EDIT_PROMPTS}
     * @param blendWords see {@link #BLEND_WORDS}
     * @param problem see {@link #EDIT_PROBLEM}
     */
    record Edits(Column prompts, Column blendWords, Column problem) {
        static Edits none() {
            return new Edits(lit(null), lit(null), lit(null));
        }
    }

    /**
     * Rows without masks.
     *
     * @param rows with a column row_index, from 0 without gaps in the dataset's order
     * @param malformed see {@link #MALFORMED}
     */
    static Dataset<Row> select(
            Dataset<Row> rows, Column path, Column caption, Optional<Column> id, Edits edits, Column malformed) {
        List<Column> columns = new ArrayList<>(List.of(
                col(ManifestSchema.ROW_INDEX),
                id.orElse(lit(null)).cast("string").as(ID),
                path.as(PATH),
                caption.as(CAPTION)));
        columns.addAll(columns(edits, malformed));
        return rows.select(columns.toArray(Column[]::new));
    }

    /** All columns behind the caption, without masks. */
    static List<Column> columns(Edits edits, Column malformed) {
        return List.of(
                edits.prompts().cast(TEXTS).as(EDIT_PROMPTS),
                edits.blendWords().cast(TEXTS).as(BLEND_WORDS),
                edits.problem().cast("string").as(EDIT_PROBLEM),
                lit(null).cast(ManifestSchema.MASK_TYPE).as(MASK),
                lit(null).cast("string").as(MASK_PROBLEM),
                malformed.cast("string").as(MALFORMED));
    }

    /** A reader that takes brackets and braces in file names for what they are. */
    static DataFrameReader reader(SparkSession spark) {
        return spark.read().option("__globPaths__", "false");
    }
}
