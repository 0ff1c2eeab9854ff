package io.sparkinversion.dataset.format;

import static org.apache.spark.sql.functions.lit;

import io.sparkinversion.dataset.ManifestSchema;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * What every format is first read into: row_index, from 0 without gaps in the dataset's order, and the dataset's own
 * words in {@code raw_} columns; bytes where the dataset holds images.
 */
public final class RawRows {
    public static final String ID = "raw_id";
    /** Stands in for the id of a row that has neither an id nor a path. */
    public static final String SPARE_ID = "raw_spare_id";

    public static final String PATH = "raw_path";
    public static final String CAPTION = "raw_caption";
    /** How many further captions the image has, which are left out. */
    public static final String FURTHER = "raw_further_captions";
    /** A list of texts, or null. */
    public static final String EDIT_PROMPTS = "raw_edit_prompts";
    /** A list of texts, or null: {@code source target} of each edit, or of all. */
    public static final String BLEND_WORDS = "raw_blend_words";
    /** Why these two cannot be read, else null. */
    public static final String EDIT_PROBLEM = "raw_edit_problem";
    /** Like {@link ManifestSchema#MASK}. */
    public static final String MASK = "raw_mask";
    /** Why the mask cannot be read, else null. */
    public static final String MASK_PROBLEM = "raw_mask_problem";

    /** Like {@link ManifestSchema#CATEGORY}. */
    public static final String CATEGORY = "raw_category";

    /** What the row tells of its file being malformed, else null. */
    public static final String MALFORMED = "raw_malformed";

    static final ArrayType TEXTS = DataTypes.createArrayType(DataTypes.StringType);

    /** All but row_index and bytes. */
    static final StructType SCHEMA = new StructType()
            .add(ID, DataTypes.StringType)
            .add(SPARE_ID, DataTypes.StringType)
            .add(PATH, DataTypes.StringType)
            .add(CAPTION, DataTypes.StringType)
            .add(FURTHER, DataTypes.IntegerType)
            .add(EDIT_PROMPTS, TEXTS)
            .add(BLEND_WORDS, TEXTS)
            .add(EDIT_PROBLEM, DataTypes.StringType)
            .add(MASK, ManifestSchema.MASK_TYPE)
            .add(MASK_PROBLEM, DataTypes.StringType)
            .add(CATEGORY, DataTypes.StringType)
            .add(MALFORMED, DataTypes.StringType);

    private RawRows() {}

    /**
     * What a dataset says of edits.
     *
     * @param prompts see {@link #EDIT_PROMPTS}
     * @param blendWords see {@link #BLEND_WORDS}
     */
    record Edits(Column prompts, Column blendWords) {
        static Edits none() {
            return new Edits(lit(null), lit(null));
        }
    }

    /** A row's columns in the order of {@link #SCHEMA}, of a format without masks. */
    static Column[] columns(Column id, Column path, Column caption, Column further, Edits edits) {
        Column[] values = {
            id,
            lit(null),
            path,
            caption,
            further,
            edits.prompts(),
            edits.blendWords(),
            lit(null),
            lit(null),
            lit(null),
            lit(null),
            lit(null)
        };
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i].cast(SCHEMA.fields()[i].dataType()).as(SCHEMA.fields()[i].name());
        }
        return values;
    }

    /** A reader that takes brackets and braces in file names for what they are. */
    static DataFrameReader reader(SparkSession spark) {
        return spark.read().option("__globPaths__", "false");
    }
}
