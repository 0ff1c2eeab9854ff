package io.sparkinversion.job;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.struct;

import io.sparkinversion.dataset.ManifestSchema;
import io.sparkinversion.engine.InvertedArray;
import io.sparkinversion.engine.StoredArray;
import io.sparkinversion.worker.EditWork;
import io.sparkinversion.worker.WorkItem;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** What earlier waves have kept of inversions, beside the work that may use it. */
final class StoredInversions {
    private static final String STORED = "stored";
    private static final List<String> PARTS = List.of("key", "kind", "method", "shape", "dtype", "data");

    private StoredInversions() {}

    /**
     * Adds what there is for each image. Whether it still fits is for the worker to say, who knows the image's bytes.
     *
     * @param items of the manifest
     * @param latents rows of the table
     */
    static Dataset<Row> add(Dataset<Row> items, Dataset<Row> latents) {
        Column[] parts = PARTS.stream().map(functions::col).toArray(Column[]::new);
        Dataset<Row> wanted = latents.where(col("key").isNotNull())
                .join(broadcast(items.select(ManifestSchema.IMAGE_ID)), ManifestSchema.IMAGE_ID, "left_semi");
        Dataset<Row> stored = wanted.groupBy(ManifestSchema.IMAGE_ID)
                .agg(collect_list(struct(parts)).as(STORED));
        return items.join(stored, ManifestSchema.IMAGE_ID, "left");
    }

    /** What a worker is told of a row, with or without stored inversions. */
    static WorkItem item(Row row) {
        WorkItem item = ManifestSchema.item(row);
        boolean known = Arrays.asList(row.schema().fieldNames()).contains(STORED);
        List<Row> stored = known ? row.getList(row.fieldIndex(STORED)) : null;
        if (stored == null || item.edit() == null) {
            return item;
        }
        EditWork edit = new EditWork(
                item.edit().prompts(),
                item.edit().mask(),
                item.edit().category(),
                stored.stream().map(StoredInversions::array).toList());
        return new WorkItem(
                item.imageId(), item.path(), item.caption(), edit, item.bytes(), item.rejection(), item.size());
    }

    private static StoredArray array(Row row) {
        int[] shape =
                row.<Integer>getList(3).stream().mapToInt(Integer::intValue).toArray();
        InvertedArray array =
                new InvertedArray(row.getString(1), row.getString(2), shape, row.getString(4), (byte[]) row.get(5));
        return new StoredArray(row.getString(0), array);
    }
}
