package io.sparkinversion.dataset;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.encode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.substring;
import static org.apache.spark.sql.functions.when;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Images and captions of a data frame. A row without id and path has a hash of its image and caption for an id, which
 * stays the same whatever the order of rows.
 */
final class DataFrameImages {
    /** What messages call it. */
    static final String NAME = "the data frame";

    private static final int ID_DIGITS = 16;

    private DataFrameImages() {}

    /**
     * The rows as {@link RawRows} has them and, where the data frame has images and not only their paths, the column
     * {@code bytes}.
     *
     * @param edits whether those of the data frame are read; it needs the column edit_prompt then
     * @param holds holds the rows: evaluated twice, the data frame might give them in another order
     * @throws JobException if there are no rows, or no columns of the kinds that {@link DatasetReader} names
     */
    static Dataset<Row> rows(Dataset<Row> images, EditSource edits, HeldRows holds) {
        StructType schema = images.schema();
        List<String> names = List.of(schema.fieldNames());
        StructField caption = schema.fields()[CaptionColumns.CAPTION.require(names, NAME)];
        Optional<StructField> image = CaptionColumns.IMAGE.find(names).map(index -> schema.fields()[index]);
        Column noText = lit(null).cast(DataTypes.StringType);
        Column path = ParquetImages.text(schema, CaptionColumns.PATH, NAME).orElse(noText);
        Column bytes = null;
        if (image.isPresent()) {
            StructField field = image.get();
            ParquetImages.checkImage(field, NAME);
            boolean plain = field.dataType().equals(DataTypes.BinaryType);
            Column column = ParquetImages.column(field);
            bytes = plain ? column : column.getField("bytes");
            path = plain ? path : coalesce(column.getField("path"), path);
        } else if (CaptionColumns.PATH.find(names).isEmpty()) {
            throw new JobException("no column image or path in " + NAME + "; its columns are: "
                    + ImagePaths.oneLine(String.join(", ", names)));
        }
        Column text = ParquetImages.text(caption, NAME);
        Column id = ParquetImages.text(schema, CaptionColumns.ID, NAME).orElse(noText);
        if (bytes != null) {
            Column content = concat(bytes, encode(coalesce(text, lit("")), "UTF-8"));
            id = coalesce(id, when(path.isNull(), substring(sha2(content, 256), 1, ID_DIGITS)));
        }
        RawRows.Edits own =
                edits instanceof EditSource.Dataset ? ParquetImages.edits(schema, NAME) : RawRows.Edits.none();
        List<Column> columns =
                new ArrayList<>(List.of(id.as(RawRows.ID), path.as(RawRows.PATH), text.as(RawRows.CAPTION)));
        if (bytes != null) {
            columns.add(bytes.as(ManifestSchema.BYTES));
        }
        columns.addAll(RawRows.columns(own, lit(null)));
        Dataset<Row> rows =
                holds.hold(images.select(columns.toArray(Column[]::new)).zipWithIndex(ManifestSchema.ROW_INDEX));
        if (rows.isEmpty()) {
            throw new JobException(NAME + " has no rows");
        }
        return rows;
    }
}
