package io.sparkinversion.dataset;

import io.sparkinversion.editing.EditPrompt;
import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.image.RunLengths;
import io.sparkinversion.worker.EditWork;
import io.sparkinversion.worker.WorkItem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The columns of the manifest: one row for each row of the dataset, whether it can be worked on or not. Where images
 * are to be edited, rows with a caption and without an edit are left out.
 */
public final class ManifestSchema {
    /** The wave that works on the row, from 0. */
    public static final String WAVE = "wave";
    /** The row's position among the dataset's rows that are not left out, from 0 without gaps. */
    public static final String ROW_INDEX = "row_index";
    /** Unique in the manifest. */
    public static final String IMAGE_ID = "image_id";
    /** The file's absolute address, or the name that the image carries inside the Parquet; null where it has none. */
    public static final String PATH = "path";
    /** The source prompt; null where the dataset has none. */
    public static final String CAPTION = "caption";
    /** The edits as {@link #EDITS_TYPE}; none where nothing is edited. */
    public static final String EDITS = "edits";
    /** The part of the picture that the dataset's edits may change as {@link #MASK_TYPE}; null where it has none. */
    public static final String MASK = "mask";
    /** The category of the edits as the dataset names it, PIE-Bench's {@code editing_type_id}; null where it has none. */
    public static final String CATEGORY = "category";
    /** SHA-256 of edits, mask and category, lower-case hex; null where nothing is edited or the row cannot be worked on. */
    public static final String EDITS_KEY = "edits_key";
    /** The encoded image where the dataset carries it inline, else null. */
    public static final String BYTES = "bytes";
    /** The name of an {@link ErrorCode} if the row cannot be worked on, else null. */
    public static final String REJECTION_CODE = "rejection_code";
    /** What is wrong with the row; null where {@link #REJECTION_CODE} is. */
    public static final String REJECTION_MESSAGE = "rejection_message";

    /** A list of target prompts, each with the words of caption and prompt whose region may change. */
    public static final ArrayType EDITS_TYPE = DataTypes.createArrayType(new StructType()
            .add("prompt", DataTypes.StringType)
            .add("source_words", DataTypes.createArrayType(DataTypes.StringType))
            .add("target_words", DataTypes.createArrayType(DataTypes.StringType)));

    /** The sides in pixels and {@link RunLengths} of what is inside. */
    public static final StructType MASK_TYPE = new StructType()
            .add("width", DataTypes.IntegerType)
            .add("height", DataTypes.IntegerType)
            .add("runs", DataTypes.createArrayType(DataTypes.IntegerType));

    /** All columns in their order. */
    public static final StructType SCHEMA = new StructType()
            .add(WAVE, DataTypes.IntegerType)
            .add(ROW_INDEX, DataTypes.LongType)
            .add(IMAGE_ID, DataTypes.StringType)
            .add(PATH, DataTypes.StringType)
            .add(CAPTION, DataTypes.StringType)
            .add(EDITS, EDITS_TYPE)
            .add(MASK, MASK_TYPE)
            .add(CATEGORY, DataTypes.StringType)
            .add(EDITS_KEY, DataTypes.StringType)
            .add(BYTES, DataTypes.BinaryType)
            .add(REJECTION_CODE, DataTypes.StringType)
            .add(REJECTION_MESSAGE, DataTypes.StringType);

    private ManifestSchema() {}

    /** Whether images may come with the rows, which then have the column {@link #BYTES}. */
    public static boolean hasBytes(Dataset<Row> rows) {
        return Arrays.asList(rows.columns()).contains(BYTES);
    }

    /**
     * What a worker is told of a manifest row, without what earlier runs may have stored of the image.
     *
     * @param row with at least the columns image_id, path, caption, edits, mask, category, bytes, rejection_code and
     *     rejection_message
     * @throws IllegalArgumentException if one of them is absent or the code is unknown
     */
    public static WorkItem item(Row row) {
        String code = row.getAs(REJECTION_CODE);
        String message = row.getAs(REJECTION_MESSAGE);
        byte[] bytes = row.getAs(BYTES);
        return new WorkItem(
                row.getAs(IMAGE_ID),
                row.getAs(PATH),
                row.getAs(CAPTION),
                edit(row),
                bytes,
                code == null ? null : new Failure(Failure.Stage.PLAN, ErrorCode.valueOf(code), message));
    }

    private static EditWork edit(Row row) {
        List<Row> edits = row.getList(row.fieldIndex(EDITS));
        if (edits == null || edits.isEmpty()) {
            return null;
        }
        List<EditPrompt> prompts = new ArrayList<>();
        for (Row edit : edits) {
            prompts.add(new EditPrompt(edit.getString(0), edit.getList(1), edit.getList(2)));
        }
        Row mask = row.getAs(MASK);
        return new EditWork(prompts, mask == null ? null : mask(mask), row.getAs(CATEGORY), List.of());
    }

    private static PixelMask mask(Row mask) {
        int[] runs =
                mask.<Integer>getList(2).stream().mapToInt(Integer::intValue).toArray();
        return RunLengths.decode(runs, mask.getInt(0), mask.getInt(1));
    }
}
