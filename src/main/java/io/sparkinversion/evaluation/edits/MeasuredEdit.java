package io.sparkinversion.evaluation.edits;

import io.sparkinversion.output.ResultSchema;
import java.util.EnumMap;
import java.util.Map;
import org.apache.spark.sql.Row;

/**
 * A row of the metrics table of an editing run.
 *
 * @param category of the edit; null where the dataset names none
 * @param done whether there is an edit
 * @param region what the background goes by; null for none
 * @param values in the table's units; NaN where nothing was measured
 */
record MeasuredEdit(
        Entry entry, String category, Approach approach, boolean done, String region, Map<Measure, Double> values) {
    /**
     * What is edited.
     *
     * @param edit which of the image's edits, from 0
     */
    record Entry(String imageId, int edit) {}

    static MeasuredEdit of(Row row) {
        Map<Measure, Double> values = new EnumMap<>(Measure.class);
        for (Measure measure : Measure.values()) {
            values.put(measure, measure.of(row.<Number>getAs(measure.column())));
        }
        return new MeasuredEdit(
                new Entry(row.getAs("image_id"), row.<Integer>getAs("edit")),
                row.getAs("category"),
                new Approach(row.getAs("method"), row.getAs("control")),
                ResultSchema.OK.equals(row.getAs("status")),
                row.getAs("mask"),
                values);
    }

    double value(Measure measure) {
        return values.get(measure);
    }
}
