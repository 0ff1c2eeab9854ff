package io.sparkinversion.dataset.format;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_replace;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.dataset.JobException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The columns of a table that say what the job needs. An image is binary, a {@code struct<bytes, path>}, Spark's own
 * image ({@code struct<origin, height, width, nChannels, mode, data>}), or the path of a file as a text.
 *
 * @param bytes the encoded image; null where the table has paths only
 * @param path of the file, or the name that the image carries; a null column where there is none
 */
record ImageColumns(Column bytes, Column path) {
    private static final Column NO_TEXT = lit(null).cast(DataTypes.StringType);
    private static final String KEY = "key";

    /**
     * @param table for messages
     * @throws JobException if there are neither images nor paths; the message lists the columns
     */
    static ImageColumns of(StructType schema, Object table, Reading reading) {
        List<String> names = List.of(schema.fieldNames());
        Optional<StructField> image = image(schema, reading);
        if (image.isPresent()) {
            return of(image.get(), schema, table, reading);
        }
        Optional<StructField> path = field(schema, CaptionColumns.PATH, reading);
        if (path.isEmpty()) {
            throw new JobException(CaptionColumns.IMAGE.missing(names, table, reading));
        }
        if (!path.get().dataType().equals(DataTypes.StringType)) {
            throw wrong(path.get(), table);
        }
        return new ImageColumns(null, column(path.get()));
    }

    /** The first of the usual columns that holds images; a column that is named is taken whatever it holds. */
    private static Optional<StructField> image(StructType schema, Reading reading) {
        List<String> names = List.of(schema.fieldNames());
        for (String name : CaptionColumns.IMAGE.names(reading)) {
            Optional<StructField> field = names.stream()
                    .filter(there -> there.strip().equalsIgnoreCase(name))
                    .findFirst()
                    .map(schema::apply);
            boolean holdsImages = field.isPresent()
                    && !field.get().dataType().equals(DataTypes.StringType)
                    && (CaptionColumns.IMAGE.isNamed(reading)
                            || !(field.get().dataType() instanceof org.apache.spark.sql.types.NumericType));
            if (holdsImages) {
                return field;
            }
        }
        return Optional.empty();
    }

    private static ImageColumns of(StructField image, StructType schema, Object table, Reading reading) {
        Column column = column(image);
        Column name = name(schema, image, reading);
        if (image.dataType().equals(DataTypes.BinaryType)) {
            return new ImageColumns(column, name);
        }
        if (image.dataType() instanceof StructType struct) {
            List<String> fields = List.of(struct.fieldNames());
            if (fields.contains("bytes") && struct.apply("bytes").dataType().equals(DataTypes.BinaryType)) {
                // A path that is null in all rows may have any type.
                Column path = fields.contains("path") ? column.getField("path").cast("string") : NO_TEXT;
                return new ImageColumns(column.getField("bytes"), coalesce(path, name));
            }
            if (fields.containsAll(List.of("origin", "height", "width", "nChannels", "mode", "data"))) {
                UDF1<Row, byte[]> encode = SparkImage::encode;
                return new ImageColumns(
                        udf(encode, DataTypes.BinaryType).apply(column), lastPart(column.getField("origin")));
            }
        }
        throw wrong(image, table);
    }

    /** What the image may be called. Of an address only the last part is a name. */
    private static Column name(StructType schema, StructField image, Reading reading) {
        Optional<StructField> path = CaptionColumns.IMAGE.isNamed(reading)
                ? Optional.empty()
                : field(schema, CaptionColumns.PATH, reading)
                        .filter(field ->
                                !field.equals(image) && field.dataType().equals(DataTypes.StringType));
        if (path.isPresent()) {
            return lastPart(column(path.get()));
        }
        return Arrays.stream(schema.fields())
                .filter(field -> field.name().equals(KEY) && field.dataType().equals(DataTypes.StringType))
                .findFirst()
                .map(ImageColumns::column)
                .orElse(NO_TEXT);
    }

    private static Column lastPart(Column path) {
        return when(path.rlike("^([A-Za-z][A-Za-z0-9+.-]*:)?/"), regexp_replace(path, lit("^.*/"), lit("")))
                .otherwise(path);
    }

    private static JobException wrong(StructField image, Object table) {
        return new JobException("column " + image.name() + " of " + table + " is "
                + image.dataType().simpleString()
                + "; expected binary, struct<bytes:binary,path:string>, Spark's image, or the path of a file");
    }

    private static Optional<StructField> field(StructType schema, CaptionColumns wanted, Reading reading) {
        return wanted.find(List.of(schema.fieldNames()), reading).map(index -> schema.fields()[index]);
    }

    /** The ids as texts; a null column where there are none. */
    static Column id(StructType schema, Object table, Reading reading) {
        if (CaptionColumns.ID.isNamed(reading)) {
            CaptionColumns.ID.require(List.of(schema.fieldNames()), table, reading);
        }
        return field(schema, CaptionColumns.ID, reading)
                .map(field -> text(field, table))
                .orElse(NO_TEXT);
    }

    /**
     * The captions as lists.
     *
     * @throws JobException if there is no column of them; the message lists the columns
     */
    static Column captions(StructType schema, Object table, Reading reading) {
        if (reading.givesCaptions()) {
            return lit(null).cast(RawRows.TEXTS);
        }
        int place = CaptionColumns.CAPTION.require(List.of(schema.fieldNames()), table, reading);
        return texts(schema.fields()[place], table);
    }

    /** @throws JobException if there is no column of edit prompts */
    static RawRows.Edits edits(StructType schema, Object table, Reading reading) {
        int prompts = CaptionColumns.EDIT_PROMPT.require(List.of(schema.fieldNames()), table, reading);
        Column words = field(schema, CaptionColumns.BLEND_WORDS, reading)
                .map(field -> texts(field, table))
                .orElse(lit(null));
        return new RawRows.Edits(texts(schema.fields()[prompts], table), words);
    }

    private static Column text(StructField field, Object table) {
        DataType type = field.dataType();
        if (type instanceof ArrayType || type instanceof StructType || type.equals(DataTypes.BinaryType)) {
            throw new JobException(
                    "column " + field.name() + " of " + table + " is " + type.simpleString() + "; expected string");
        }
        return column(field).cast("string");
    }

    /** The list, or one of one text. */
    private static Column texts(StructField field, Object table) {
        boolean list =
                field.dataType() instanceof ArrayType type && type.elementType().equals(DataTypes.StringType);
        return list ? column(field) : array(text(field, table));
    }

    private static Column column(StructField field) {
        return col("`" + field.name().replace("`", "``") + "`");
    }
}
