package io.sparkinversion.dataset;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A dataset as a run sees it.
 *
 * @param rows of {@link DatasetReader}
 * @param count how many they are
 * @param leftOut how many have a caption and no edit where images are to be edited, of those up to the limit and before
 *     a sample is drawn from the others
 * @param further how many captions are left out because their images have others
 * @param description the layout that was found, with the number of its images up to the limit
 */
public record DatasetRows(Dataset<Row> rows, long count, long leftOut, long further, String description) {}
