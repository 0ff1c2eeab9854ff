package io.sparkinversion.job;

import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A dataset opened: its rows without the images, and how to get at the images of some of them.
 *
 * @param rows of {@link #ROW}, in no particular order; reading them is what planning costs
 * @param withImages adds the column {@code bytes} to manifest rows: the encoded image where the dataset carries it
 *     inline, null where the worker is to read {@code path}
 * @param root the folder that paths are relative to
 * @param address where the images are, absolute; run.json keeps it
 * @param captions where the captions are, absolute; null where they come with the images
 */
record ImageDataset(
        Dataset<Row> rows, UnaryOperator<Dataset<Row>> withImages, DatasetRoot root, String address, String captions) {

    /**
     * Every format's rows come out as this.
     *
     * <ul>
     *   <li>{@code row_index} the place in the dataset, from 0, without gaps but for blank lines
     *   <li>{@code id} unique unless the dataset itself says one twice
     *   <li>{@code path} absolute address, or the name inside a Parquet column
     *   <li>{@code size}, {@code modified} bytes and ms since 1970 of the image's file, for inline images of the Parquet
     *       file around it; null where there is no file
     *   <li>{@code path_problem} why the path cannot be used, or null
     *   <li>{@code source_file}, {@code source_row} where an inline image is, else null
     * </ul>
     */
    static final StructType ROW = new StructType()
            .add("row_index", DataTypes.LongType)
            .add("id", DataTypes.StringType)
            .add("path", DataTypes.StringType)
            .add("caption", DataTypes.StringType)
            .add("edit_prompt", DataTypes.StringType)
            .add("size", DataTypes.LongType)
            .add("modified", DataTypes.LongType)
            .add("path_problem", DataTypes.StringType)
            .add("source_file", DataTypes.StringType)
            .add("source_row", DataTypes.LongType);
}
