package io.sparkinversion.job;

import io.sparkinversion.worker.ErrorCode;
import io.sparkinversion.worker.Failure;
import io.sparkinversion.worker.WorkItem;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The columns of the manifest: one row for each row of the dataset, whether it can be worked on or not. */
public final class ManifestSchema {
    /** The wave that works on the row, from 0. */
    public static final String WAVE = "wave";
    /** The row's position in the dataset, from 0 without gaps. */
    public static final String ROW_INDEX = "row_index";
    /** Unique in the manifest. */
    public static final String IMAGE_ID = "image_id";
    /** The file's absolute address, or the name that the image carries inside the Parquet; null where it has none. */
    public static final String PATH = "path";
    /** The source prompt; null where the dataset has none. */
    public static final String CAPTION = "caption";
    /** The target prompt, or null. */
    public static final String EDIT_PROMPT = "edit_prompt";
    /** The encoded image where the dataset carries it inline, else null. */
    public static final String BYTES = "bytes";
    /** The file's size in bytes; null where there is no such file or the image is inline. */
    public static final String SIZE = "size";
    /** When the file was last written, in milliseconds since 1970; null where {@link #SIZE} is. */
    public static final String MODIFIED = "modified";
    /** The name of an {@link ErrorCode} if the row cannot be worked on, else null. */
    public static final String REJECTION_CODE = "rejection_code";
    /** What is wrong with the row; null where {@link #REJECTION_CODE} is. */
    public static final String REJECTION_MESSAGE = "rejection_message";

    /** All columns in their order. */
    public static final StructType SCHEMA = new StructType()
            .add(WAVE, DataTypes.IntegerType)
            .add(ROW_INDEX, DataTypes.LongType)
            .add(IMAGE_ID, DataTypes.StringType)
            .add(PATH, DataTypes.StringType)
            .add(CAPTION, DataTypes.StringType)
            .add(EDIT_PROMPT, DataTypes.StringType)
            .add(BYTES, DataTypes.BinaryType)
            .add(SIZE, DataTypes.LongType)
            .add(MODIFIED, DataTypes.LongType)
            .add(REJECTION_CODE, DataTypes.StringType)
            .add(REJECTION_MESSAGE, DataTypes.StringType);

    private ManifestSchema() {}

    /**
     * What a worker is told of a manifest row.
     *
     * @param row with at least the columns image_id, path, caption, edit_prompt, bytes, rejection_code and
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
                row.getAs(EDIT_PROMPT),
                bytes,
                code == null ? null : new Failure(Failure.Stage.PLAN, ErrorCode.valueOf(code), message));
    }
}
