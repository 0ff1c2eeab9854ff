package io.sparkinversion.dataset;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A dataset as its format has it. */
@FunctionalInterface
interface RawDataset {

    /**
     * Its rows, lazily, as {@link RawRows} has them.
     *
     * @throws JobException if they lack what the job needs
     */
    Dataset<Row> rows();

    /**
     * Looks at the dataset as a whole.
     *
     * @param front its rows up to the limit, cheaper to read than {@link #rows()}, as {@link DatasetReader} has them and
     *     with the column raw_malformed
     * @return how many they are
     * @throws JobException if it cannot be what its format says that it is
     */
    default long check(Dataset<Row> front) {
        return front.count();
    }
}
