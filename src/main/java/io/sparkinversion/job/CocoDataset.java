package io.sparkinversion.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min_by;
import static org.apache.spark.sql.functions.posexplode;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.sum;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The captions document of COCO (cocodataset.org, "Data format", captions): {@code images} with {@code id} and
 * {@code file_name}, {@code annotations} with {@code id}, {@code image_id} and {@code caption}. An image's caption is
 * that of its lowest annotation id.
 */
final class CocoDataset {

    private static final StructType IMAGE =
            new StructType().add("id", DataTypes.LongType).add("file_name", DataTypes.StringType);
    private static final StructType ANNOTATION = new StructType()
            .add("id", DataTypes.LongType)
            .add("image_id", DataTypes.LongType)
            .add("caption", DataTypes.StringType);
    private static final StructType DOCUMENT = new StructType()
            .add("images", DataTypes.createArrayType(IMAGE))
            .add("annotations", DataTypes.createArrayType(ANNOTATION));

    private CocoDataset() {}

    /** Rows with the columns {@link FileRows#INPUT}, in the order of {@code images}. */
    static Dataset<Row> read(SparkSession spark, String file) {
        Dataset<Row> document =
                spark.read().option("multiLine", true).schema(DOCUMENT).json(Addresses.literal(file));
        Row sizes = document.agg(
                        sum(coalesce(size(col("images")), lit(0))), sum(coalesce(size(col("annotations")), lit(0))))
                .first();
        if (sizes.isNullAt(0) || sizes.getLong(0) <= 0 || sizes.getLong(1) <= 0) {
            throw new JobException(file + " is not a COCO captions document: it needs the arrays 'images' (id, "
                    + "file_name) and 'annotations' (id, image_id, caption), neither of them empty");
        }
        Dataset<Row> captions = document.select(explode(col("annotations")).as("annotation"))
                .groupBy(col("annotation.image_id").as("image_id"))
                .agg(min_by(col("annotation.caption"), col("annotation.id")).as("caption"));
        return document.select(posexplode(col("images")).as(new String[] {"row_index", "image"}))
                .join(captions, col("image.id").equalTo(col("image_id")), "left")
                .select(
                        col("row_index").cast(DataTypes.LongType).as("row_index"),
                        lit(null).cast(DataTypes.StringType).as("id"),
                        col("image.file_name").as("raw_path"),
                        col("caption"),
                        lit(null).cast(DataTypes.StringType).as("edit_prompt"));
    }
}
