package io.sparkinversion.dataset.format;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.encode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.substring;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.dataset.HeldRows;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.ManifestSchema;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Images and captions of a data frame; see {@link ImageColumns}. A row without id and path has a hash of its image and
 * caption for a path, and so for an id, which stays the same whatever the order of rows.
 *
 * @param edits whether those of the data frame are read; it needs the column edit_prompt then
 * @param holds holds the rows: evaluated twice, the data frame might give them in another order
 */
public record DataFrameFormat(Dataset<Row> dataFrame, Reading reading, boolean edits, HeldRows holds)
        implements DatasetFormat {
    /** What messages call it. */
    public static final String NAME = "the data frame";

    private static final int ID_DIGITS = 16;
    private static final String CAPTIONS = "captions_of_row";

    @Override
    public Description description() {
        return new Description("data frame", "captions from its columns", null);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Path images() {
        return null;
    }

    @Override
    public Dataset<Row> rows(SparkSession spark) {
        StructType schema = dataFrame.schema();
        ImageColumns image = ImageColumns.of(schema, NAME, reading);
        Column captions = ImageColumns.captions(schema, NAME, reading);
        Column id = ImageColumns.id(schema, NAME, reading);
        RawRows.Edits own = edits ? ImageColumns.edits(schema, NAME, reading) : RawRows.Edits.none();
        Column spare = lit(null);
        if (image.bytes() != null) {
            Column content = concat(image.bytes(), encode(coalesce(concat_ws("\n", captions), lit("")), "UTF-8"));
            spare = when(image.path().isNull(), substring(sha2(content, 256), 1, ID_DIGITS));
        }
        List<Column> columns = new ArrayList<>(List.of(
                id.as(RawRows.ID),
                spare.cast("string").as(RawRows.SPARE_ID),
                image.path().as(RawRows.PATH),
                captions.as(CAPTIONS),
                own.prompts().as(RawRows.EDIT_PROMPTS),
                own.blendWords().as(RawRows.BLEND_WORDS)));
        if (image.bytes() != null) {
            columns.add(image.bytes().as(ManifestSchema.BYTES));
        }
        Dataset<Row> rows =
                holds.hold(dataFrame.select(columns.toArray(Column[]::new)).zipWithIndex(ManifestSchema.ROW_INDEX));
        if (rows.isEmpty()) {
            throw new JobException(NAME + " has no rows");
        }
        return CaptionLists.chosen(rows, col(CAPTIONS), reading, (caption, further) -> {
            Column[] raw = RawRows.columns(
                    col(RawRows.ID),
                    col(RawRows.PATH),
                    caption,
                    further,
                    new RawRows.Edits(col(RawRows.EDIT_PROMPTS), col(RawRows.BLEND_WORDS)));
            raw[1] = col(RawRows.SPARE_ID);
            return raw;
        });
    }
}
