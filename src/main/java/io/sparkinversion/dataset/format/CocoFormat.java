package io.sparkinversion.dataset.format;

import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.posexplode;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.transform;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.ManifestSchema;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Microsoft COCO's caption annotations ({@code captions_val2017.json}): one JSON object with the lists {@code images}
 * and {@code annotations}. An image's id is COCO's own where each image is a row; its captions come in the order of
 * their annotation ids.
 */
record CocoFormat(Description description, Path images, SourceFile file, Reading reading, boolean edits)
        implements DatasetFormat {
    private static final StructType SCHEMA = StructType.fromDDL("images array<struct<id: bigint, file_name: string>>,"
            + " annotations array<struct<id: bigint, image_id: bigint, caption: string>>");

    @Override
    public String name() {
        return images.toString();
    }

    /** The images in the file's order. */
    @Override
    public Dataset<Row> rows(SparkSession spark) {
        if (edits) {
            throw new JobException("COCO's captions have no edit prompts, nor has " + file.address()
                    + "; give edit templates such as 's/cat/dog/'");
        }
        Dataset<Row> document = RawRows.reader(spark)
                .schema(SCHEMA)
                .option("multiLine", "true")
                .option("mode", "FAILFAST")
                .json(file.address());
        requireLists(document);
        Column sorted = array_sort(collect_list(struct(col("annotation.id"), col("annotation.caption"))));
        Dataset<Row> captions = document.select(explode(col("annotations")).as("annotation"))
                .groupBy(col("annotation.image_id").as("captioned"))
                .agg(transform(sorted, caption -> caption.getField("caption")).as("captions"));
        Dataset<Row> rows = document.select(posexplode(col("images"))
                        .as(List.of(ManifestSchema.ROW_INDEX, "image").toArray(String[]::new)))
                .withColumn(
                        ManifestSchema.ROW_INDEX, col(ManifestSchema.ROW_INDEX).cast("bigint"))
                .join(captions, col("image.id").equalTo(col("captioned")), "left");
        // Where an image has several rows, its id could not tell them apart: the product makes ids then.
        boolean all = reading.captionsPerImage() == Reading.CaptionsPerImage.ALL;
        return CaptionLists.chosen(
                rows,
                col("captions"),
                reading,
                (caption, further) -> RawRows.columns(
                        all ? lit(null) : col("image.id"),
                        col("image.file_name"),
                        caption,
                        further,
                        RawRows.Edits.none()));
    }

    private void requireLists(Dataset<Row> document) {
        String name = "captions file " + file.address();
        List<Row> found;
        try {
            found = document.select(size(col("images")), size(col("annotations")))
                    .takeAsList(1);
        } catch (Exception e) {
            if (e instanceof SparkThrowable) {
                throw new JobException(name + " is not COCO's JSON: " + JobException.firstLine(e), e);
            }
            throw e;
        }
        // A list that is not there has the size null, or -1 where Spark is set so.
        Row sizes = found.isEmpty() ? RowFactory.create(null, null) : found.get(0);
        if (sizes.isNullAt(0) || sizes.isNullAt(1) || sizes.getInt(0) < 0 || sizes.getInt(1) < 0) {
            throw new JobException(name + " is not COCO's: it needs the lists images and annotations"
                    + " (a file with one JSON object a line is to be named .jsonl)");
        }
        if (sizes.getInt(0) == 0) {
            throw new JobException(name + " lists no images");
        }
    }
}
