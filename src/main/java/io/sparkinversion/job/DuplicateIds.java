package io.sparkinversion.job;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_set;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.first;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.regexp_extract;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.sort_array;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.translate;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.dataset.DatasetReader;
import io.sparkinversion.dataset.ManifestSchema;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Gives rows whose id another row has an id of their own: {@code ID#2}, {@code ID#3} and so on in the dataset's order,
 * leaving out numbers with which the dataset itself has such an id. Of rows that share an id the first keeps it, those
 * before the others whose id the dataset gives. A given id that is there twice is an error of the later row; one that
 * was made of a path is none.
 */
final class DuplicateIds {
    /** The later row's own id; null in rows that keep theirs. */
    static final String NEW_ID = "new_id";
    /** What is wrong with the row; null in rows that keep their id or had none of the dataset's. */
    static final String MESSAGE = "duplicate_message";

    /** Up to this many renamed rows are sent to every executor; with more, all rows are sorted by row_index. */
    private static final long FEW = 10_000;

    private static final String RENAMED_ROW = "renamed_row";
    private static final String NUMBERED_ID = "(?s)^(.*)#([2-9]|[1-9][0-9]{1,8})$";

    private DuplicateIds() {}

    /**
     * Adds the columns new_id and duplicate_message. Counts ids at once; where none is there twice, nothing is joined.
     *
     * @param rows whose columns row_index, image_id, id_derived and path decide; others, however large, are not moved unless the
     *     duplicates are many
     */
    static Dataset<Row> mark(Dataset<Row> rows) {
        Dataset<Row> ids = rows.select(
                col(ManifestSchema.ROW_INDEX),
                col(ManifestSchema.IMAGE_ID),
                col(DatasetReader.ID_DERIVED),
                col(ManifestSchema.PATH));
        Row surplus = ids.groupBy(ManifestSchema.IMAGE_ID)
                .agg(count(lit(1)).as("rows"))
                .filter(col("rows").gt(1))
                .agg(sum(col("rows").minus(1)))
                .first();
        if (surplus.isNullAt(0)) {
            Column absent = lit(null).cast("string");
            return rows.withColumn(NEW_ID, absent).withColumn(MESSAGE, absent);
        }
        Dataset<Row> renamed = renamed(ids);
        return rows.join(
                        surplus.getLong(0) <= FEW ? broadcast(renamed) : renamed,
                        col(ManifestSchema.ROW_INDEX).equalTo(col(RENAMED_ROW)),
                        "left")
                .drop(RENAMED_ROW);
    }

    private static Dataset<Row> renamed(Dataset<Row> ids) {
        WindowSpec sharing =
                Window.partitionBy(ManifestSchema.IMAGE_ID).orderBy(DatasetReader.ID_DERIVED, ManifestSchema.ROW_INDEX);
        Dataset<Row> later = ids.select(
                        col(ManifestSchema.ROW_INDEX).as(RENAMED_ROW),
                        col(ManifestSchema.IMAGE_ID).as("shared_id"),
                        col(ManifestSchema.PATH).as("later_path"),
                        col(DatasetReader.ID_DERIVED),
                        row_number().over(sharing).as("copy"),
                        first(col(ManifestSchema.ROW_INDEX)).over(sharing).as("first_row"),
                        first(col(ManifestSchema.PATH)).over(sharing).as("first_path"))
                .filter(col("copy").gt(1));
        Dataset<Row> taken = ids.select(
                        regexp_extract(col(ManifestSchema.IMAGE_ID), NUMBERED_ID, 1)
                                .as("numbered_id"),
                        regexp_extract(col(ManifestSchema.IMAGE_ID), NUMBERED_ID, 2)
                                .as("number"))
                .filter(col("number").notEqual(""))
                .groupBy("numbered_id")
                .agg(sort_array(collect_set(col("number").cast("int"))).as("taken"));
        UDF2<Integer, Seq<Integer>, Integer> free =
                (copy, numbers) -> free(copy, numbers == null ? List.of() : CollectionConverters.asJava(numbers));
        Column newId = concat(
                col("shared_id"), lit("#"), udf(free, DataTypes.IntegerType).apply(col("copy"), col("taken")));
        return later.join(taken, col("shared_id").equalTo(col("numbered_id")), "left")
                .withColumn(NEW_ID, newId)
                .select(
                        col(RENAMED_ROW),
                        col(NEW_ID),
                        when(not(col(DatasetReader.ID_DERIVED)), message()).as(MESSAGE));
    }

    private static Column message() {
        return concat(
                lit("image id '"),
                oneLine("shared_id"),
                lit("' belongs to row "),
                col("first_row").plus(1),
                lit(" ("),
                oneLine("first_path"),
                lit("); row "),
                col(RENAMED_ROW).plus(1),
                lit(" ("),
                oneLine("later_path"),
                lit(") is listed as '"),
                oneLine(NEW_ID),
                lit("'; give it an id of its own"));
    }

    /** The {@code copy - 1}th number from 2 on that is not taken. */
    static int free(int copy, List<Integer> taken) {
        int number = copy;
        for (int used : taken) {
            if (used > number) {
                break;
            }
            number++;
        }
        return number;
    }

    private static Column oneLine(String column) {
        return coalesce(translate(col(column), "\n\r\t", "???"), lit("no path"));
    }
}
