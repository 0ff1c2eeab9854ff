package io.sparkinversion.dataset.format;

import io.sparkinversion.dataset.JobException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A dataset in one of the layouts that datasets come in. {@link FormatDetector} finds out which. */
public interface DatasetFormat {

    /** The layout and where the captions are, for people: {@code Hugging Face image folder, ...}. */
    Description description();

    /** The address of the dataset, for messages. */
    String name();

    /** The folder at which relative paths begin, and which no path leaves; null where paths may lead anywhere. */
    Path images();

    /**
     * Its rows, lazily, as {@link RawRows} has them.
     *
     * @throws JobException if they lack what the job needs
     */
    Dataset<Row> rows(SparkSession spark);

    /**
     * Reads a little, without Spark, to find early what would be found late.
     *
     * @throws JobException if the beginning is not what the layout says
     */
    default void probe(Configuration configuration) {}

    /**
     * Looks at the dataset as a whole.
     *
     * @param front its rows up to the limit, cheaper to read than {@link #rows}, with at least the columns row_index,
     *     path, caption, edits and raw_malformed
     * @return how many they are
     * @throws JobException if it cannot be what its format says that it is
     */
    default long check(Dataset<Row> front) {
        return front.count();
    }

    /**
     * What a run's first line says of its dataset.
     *
     * @param layout such as {@code Hugging Face image folder}
     * @param captions such as {@code captions from metadata.jsonl}
     * @param split such as {@code split train of test, train}; null where there are no splits
     */
    record Description(String layout, String captions, String split) {
        /** The whole line's end, with the number of images. */
        public String text(long images) {
            return layout + ", " + images + (images == 1 ? " image, " : " images, ") + captions
                    + (split == null ? "" : ", " + split);
        }
    }
}
