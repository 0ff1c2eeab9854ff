package io.sparkinversion.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.sparkinversion.job.DatasetSettings.Format;
import java.io.IOException;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;

/** Opens a dataset of any of the formats. What is wrong with the dataset as a whole is found here. */
final class DatasetReader {

    private final SparkSession spark;
    private final Configuration configuration;

    DatasetReader(SparkSession spark) {
        this.spark = spark;
        this.configuration = spark.sparkContext().hadoopConfiguration();
    }

    /**
     * @param limit only the rows of the first so many places; 0 for all
     * @throws JobException if there is nothing at the addresses, or not a dataset
     */
    ImageDataset open(DatasetSettings settings, long limit) {
        String images = Addresses.absolute(settings.images(), configuration);
        FileStatus status = status(images, "dataset");
        Format format = settings.format() == Format.AUTO ? formatOf(settings, images, status) : settings.format();
        if (format == Format.PARQUET) {
            if (settings.captions() != null) {
                throw new JobException("a Parquet dataset carries its captions; leave " + settings.captions() + " out");
            }
            String root = status.isDirectory() ? images : new Path(images).getParent().toString();
            return ParquetDataset.open(spark, images, new DatasetRoot(root), limit);
        }
        if (!status.isDirectory()) {
            throw new JobException("the dataset " + images + " is a file; give the folder that holds the images");
        }
        String captions = settings.captions() == null
                ? defaultCaptions(images)
                : Addresses.absolute(settings.captions(), configuration);
        if (captions == null) {
            throw new JobException("no captions file in " + images + "; looked for "
                    + String.join(", ", CaptionsDataset.DEFAULT_FILES) + "; put one there or name one");
        }
        if (!status(captions, "captions file").isFile()) {
            throw new JobException("the captions file " + captions + " is a folder");
        }
        Dataset<Row> rows =
                format == Format.COCO ? CocoDataset.read(spark, captions) : CaptionsDataset.read(spark, captions);
        if (limit > 0) {
            rows = rows.where(col("row_index").lt(limit));
        }
        DatasetRoot root = new DatasetRoot(images);
        return new ImageDataset(
                DefaultIds.fill(FileRows.of(rows, root), true),
                wanted -> wanted.withColumn("bytes", lit(null).cast(DataTypes.BinaryType)),
                root,
                images,
                captions);
    }

    private Format formatOf(DatasetSettings settings, String images, FileStatus status) {
        if (settings.captions() != null) {
            return settings.captions().toLowerCase(Locale.ROOT).endsWith(".json") ? Format.COCO : Format.CAPTIONS;
        }
        if (status.isFile()) {
            return images.endsWith(".parquet") ? Format.PARQUET : Format.CAPTIONS;
        }
        return defaultCaptions(images) == null && hasParquet(images) ? Format.PARQUET : Format.CAPTIONS;
    }

    private boolean hasParquet(String folder) {
        try {
            var files = fileSystem(folder).listFiles(new Path(folder), true);
            while (files.hasNext()) {
                if (files.next().getPath().getName().endsWith(".parquet")) {
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            throw new JobException("cannot list the dataset " + folder + ": " + e.getMessage(), e);
        }
    }

    private String defaultCaptions(String root) {
        return CaptionsDataset.DEFAULT_FILES.stream()
                .map(name -> root + (root.endsWith("/") ? "" : "/") + name)
                .filter(file -> {
                    try {
                        return fileSystem(file).exists(new Path(file));
                    } catch (IOException e) {
                        throw new JobException("cannot look for " + file + ": " + e.getMessage(), e);
                    }
                })
                .findFirst()
                .orElse(null);
    }

    private FileStatus status(String address, String what) {
        try {
            return fileSystem(address).getFileStatus(new Path(address));
        } catch (IOException e) {
            throw new JobException("there is no " + what + " at " + address + " (" + e.getMessage() + ")", e);
        }
    }

    private FileSystem fileSystem(String address) throws IOException {
        return new Path(address).getFileSystem(configuration);
    }
}
