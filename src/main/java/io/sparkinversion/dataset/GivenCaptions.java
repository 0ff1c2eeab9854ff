package io.sparkinversion.dataset;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_extract;
import static org.apache.spark.sql.functions.translate;
import static org.apache.spark.sql.functions.trim;

import io.sparkinversion.dataset.format.RawRows;
import io.sparkinversion.dataset.format.Reading;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Captions that the user gives in the place of the dataset's own. */
final class GivenCaptions {
    /** The last part of a path without its extension. */
    private static final String STEM = "(?s)([^/\\\\]*?)(\\.[^./\\\\]*)?$";

    private GivenCaptions() {}

    /** The rows with these captions; as they are where the user gives none. */
    static Dataset<Row> of(Dataset<Row> raw, Reading reading) {
        if (!reading.givesCaptions()) {
            return raw;
        }
        Column caption =
                switch (reading.captionFrom()) {
                    case FILE_NAME -> trim(translate(regexp_extract(col(RawRows.PATH), STEM, 1), "_", " "));
                    case NONE -> lit("");
                    case DATASET -> lit(reading.caption());
                };
        return raw.withColumn(RawRows.CAPTION, caption).withColumn(RawRows.FURTHER, lit(0));
    }
}
