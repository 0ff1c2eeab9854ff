package io.sparkinversion.dataset;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min_by;
import static org.apache.spark.sql.functions.posexplode;
import static org.apache.spark.sql.functions.size;

import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Microsoft COCO's caption annotations ({@code captions_val2017.json}): one JSON object with the lists {@code images}
 * and {@code annotations}. An image's id is COCO's own; of its captions the one with the least annotation id counts.
 */
final class CocoCaptions {
    private static final StructType SCHEMA = StructType.fromDDL("images array<struct<id: bigint, file_name: string>>,"
            + " annotations array<struct<id: bigint, image_id: bigint, caption: string>>");

    private CocoCaptions() {}

    /**
     * The images in the file's order, as {@link RawRows} has them.
     *
     * @throws JobException if the file is not COCO's or lists no images, or edits of its own are asked for
     */
    static Dataset<Row> rows(SparkSession spark, Path file, EditSource edits) {
        if (edits instanceof EditSource.Dataset) {
            throw new JobException("COCO's captions have no edit prompts, nor has " + file
                    + "; give edit templates such as 's/cat/dog/'");
        }
        Dataset<Row> document = RawRows.reader(spark)
                .schema(SCHEMA)
                .option("multiLine", "true")
                .option("mode", "FAILFAST")
                .json(file.toString());
        check(document, file);
        Dataset<Row> captions = document.select(explode(col("annotations")).as("annotation"))
                .groupBy(col("annotation.image_id").as("captioned"))
                .agg(min_by(col("annotation.caption"), col("annotation.id")).as("caption"));
        Dataset<Row> images = document.select(
                        posexplode(col("images")).as(new String[] {ManifestSchema.ROW_INDEX, "image"}))
                .withColumn(
                        ManifestSchema.ROW_INDEX, col(ManifestSchema.ROW_INDEX).cast("bigint"))
                .join(captions, col("image.id").equalTo(col("captioned")), "left");
        return RawRows.select(
                images,
                col("image.file_name"),
                col("caption"),
                Optional.of(col("image.id")),
                RawRows.Edits.none(),
                lit(null));
    }

    private static void check(Dataset<Row> document, Path file) {
        List<Row> found;
        try {
            found = document.select(size(col("images")), size(col("annotations")))
                    .takeAsList(1);
        } catch (Exception e) {
            if (e instanceof SparkThrowable) {
                throw new JobException(
                        "captions file " + file + " is not COCO's JSON: " + DatasetLocation.firstLine(e), e);
            }
            throw e;
        }
        // A list that is not there has the size null, or -1 where Spark is set so.
        Row sizes = found.isEmpty() ? RowFactory.create(null, null) : found.get(0);
        if (sizes.isNullAt(0) || sizes.isNullAt(1) || sizes.getInt(0) < 0 || sizes.getInt(1) < 0) {
            throw new JobException("captions file " + file + " is not COCO's: it needs the lists images and annotations"
                    + " (a file with one JSON object a line is to be named .jsonl)");
        }
        if (sizes.getInt(0) == 0) {
            throw new JobException("captions file " + file + " lists no images");
        }
    }
}
