package io.sparkinversion.dataset;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_replace;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.dataset.format.DataFrameFormat;
import io.sparkinversion.dataset.format.DatasetFormat;
import io.sparkinversion.dataset.format.FormatDetector;
import io.sparkinversion.dataset.format.RawRows;
import io.sparkinversion.dataset.format.Reading;
import io.sparkinversion.dataset.format.Reading.CaptionFrom;
import io.sparkinversion.dataset.format.Reading.CaptionsPerImage;
import io.sparkinversion.engine.ErrorCode;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Reads what a dataset says of its images, whatever the format; image files are not looked at. */
public final class DatasetReader {
    /** Why the row's path cannot be used, else null. */
    public static final String PATH_PROBLEM = "path_problem";
    /** The code and message of what is wrong with the row apart from its path, else null. */
    public static final String ROW_PROBLEM = "row_problem";

    /** Whether the row's id is the product's own and not the dataset's. */
    public static final String ID_DERIVED = "id_derived";

    /** Whether the row stays where rows without an edit are left out. */
    private static final String STAYS = "stays";

    private static final StructType RESOLVED = new StructType()
            .add("shown", DataTypes.StringType)
            .add("address", DataTypes.StringType)
            .add("stem", DataTypes.StringType)
            .add("problem", DataTypes.StringType);
    private static final String EXTENSION = "(?s)(?<=[^/])\\.[^./]*$";

    private DatasetReader() {}

    /**
     * The dataset's rows with the columns row_index, image_id, path, caption, edits, mask, category, path_problem (why the path
     * cannot be used, else null) and row_problem (code and message of what else is wrong with the row, else null), and
     * from Parquet also bytes. {@link ManifestSchema} says what they mean; here ids may be there twice and captions may
     * be missing. An id that is not given is the path below the root without its extension, or else the
     * row number. Rows come in any order; row_index keeps the dataset's, without gaps, also where only a sample is
     * taken or rows are left out.
     *
     * <p>Where images are to be edited, rows with a caption and without an edit are left out. Reads captions and edits
     * at once, to check, count and number the rows; inline images are left for later.
     *
     * @param holds holds what is read several times; to be closed when the rows are not needed any more
     * @throws JobException if there is no dataset, it is malformed as a whole, or it has none of the edits asked for
     */
    public static DatasetRows open(SparkSession spark, DatasetSettings settings, HeldRows holds) {
        DatasetFormat format =
                FormatDetector.find(settings, spark.sessionState().newHadoopConf());
        return open(spark, format, ImagePaths.below(format.images()), settings, holds);
    }

    /**
     * Likewise, from a data frame: a column {@code image} (binary, or a struct of bytes and path) or {@code path}, and a
     * column {@code caption}; {@code id}, {@code edit_prompt} and {@code blend_words} if it has them. Evaluates the data
     * frame once, and holds it.
     *
     * @param dataFrame of any order
     * @throws JobException if it has no rows or lacks a column
     */
    public static DatasetRows open(Dataset<Row> dataFrame, DatasetSettings settings, HeldRows holds) {
        boolean own = settings.edits() instanceof EditSource.Dataset;
        DatasetFormat format = new DataFrameFormat(dataFrame, settings.reading(), own, holds);
        return open(dataFrame.sparkSession(), format, new AnyPaths(), settings, holds);
    }

    private static DatasetRows open(
            SparkSession spark, DatasetFormat format, PathResolver paths, DatasetSettings settings, HeldRows holds) {
        EditSource edits = settings.edits();
        try {
            Dataset<Row> rows = GivenCaptions.of(format.rows(spark), settings.reading());
            Dataset<Row> front = settings.limit() == 0 ? rows : rows.filter(index().lt(settings.limit()));
            Dataset<Row> resolved = resolve(EditColumns.add(front, edits), paths, settings.reading());
            // Looked at, ids compared, and written. Inline images would be too much to hold.
            Dataset<Row> held = ManifestSchema.hasBytes(resolved) ? resolved : holds.hold(resolved);
            long count = format.check(held);
            long further = further(held);
            KeptRows kept = kept(held, settings);
            Dataset<Row> all = held.drop(RawRows.MALFORMED, RawRows.FURTHER, STAYS);
            boolean edited = !(edits instanceof EditSource.None);
            return new DatasetRows(
                    DatasetSample.of(kept == null ? all : kept.of(all), settings),
                    DatasetSample.size(kept == null ? count : kept.stay(), settings),
                    edited ? kept.leftOut() : 0,
                    further + (edited || kept == null ? 0 : kept.leftOut()),
                    format.description().text(count));
        } catch (Exception e) {
            // Not all of Spark's exceptions are declared, so they cannot be caught by their types.
            if (e instanceof SparkThrowable) {
                throw unreadable(format.name(), e);
            }
            throw e;
        }
    }

    private static long further(Dataset<Row> rows) {
        Row found = rows.agg(sum(col(RawRows.FURTHER))).first();
        return found.isNullAt(0) ? 0 : found.getLong(0);
    }

    /**
     * What Spark met while it read the rows, which it does when they are needed.
     *
     * @param root of the dataset, which the message names beside the file, where Spark says which
     */
    public static JobException unreadable(String root, Exception failure) {
        String reason = JobException.firstLine(failure);
        String path = failedFile(failure);
        String file = path == null || reason.contains(path) ? "" : " (file " + path + ")";
        return new JobException("cannot read the dataset " + root + file + ": " + reason, failure);
    }

    /** The file that Spark could not read or write, as its innermost message says; null where none says so. */
    public static String failedFile(Throwable failure) {
        String file = null;
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String path = cause instanceof SparkThrowable known
                    ? known.getMessageParameters().get("path")
                    : null;
            file = path == null ? file : path;
        }
        return file;
    }

    /**
     * Makes sure, without Spark, that there is a dataset, and looks at its beginning.
     *
     * @throws JobException if the root or the captions are not there, or their format cannot be told
     */
    public static void requireDataset(DatasetSettings settings, Configuration configuration) {
        FormatDetector.find(settings, configuration).probe(configuration);
    }

    /** Which rows stay; null where all do. */
    private static KeptRows kept(Dataset<Row> resolved, DatasetSettings settings) {
        boolean edited = !(settings.edits() instanceof EditSource.None);
        boolean firstOnly =
                settings.reading().captionsPerImage() == CaptionsPerImage.FIRST && !ManifestSchema.hasBytes(resolved);
        if (!edited && !firstOnly) {
            return null;
        }
        Dataset<Row> rows = resolved;
        if (firstOnly) {
            WindowSpec sharing = Window.partitionBy(ManifestSchema.PATH).orderBy(ManifestSchema.ROW_INDEX);
            Column first = row_number()
                    .over(sharing)
                    .equalTo(1)
                    .or(col(ManifestSchema.PATH).isNull());
            rows = rows.withColumn(STAYS, edited ? col(STAYS).and(first) : first);
        }
        KeptRows kept = KeptRows.find(rows, col(STAYS));
        if (edited && kept.stay() == 0) {
            boolean own = settings.edits() instanceof EditSource.Dataset;
            throw new JobException("none of the " + kept.leftOut() + " rows of dataset "
                    + PublicAddress.of(settings.root()) + " has an edit: "
                    + (own
                            ? "no edit prompt differs from its caption; fill them in, or give edit templates such as"
                                    + " 's/cat/dog/'"
                            : "no template changes a caption; give others than "
                                    + JobException.oneLine(
                                            String.join(", ", settings.edits().names()))));
        }
        return kept;
    }

    private static Dataset<Row> resolve(Dataset<Row> raw, PathResolver paths, Reading reading) {
        UDF1<String, Row> resolve = path -> {
            PathResolver.Resolved resolved = paths.resolve(path);
            return RowFactory.create(PublicAddress.of(path), resolved.address(), resolved.stem(), resolved.problem());
        };
        boolean inline = ManifestSchema.hasBytes(raw);
        Column carried = inline ? col(ManifestSchema.BYTES).isNotNull() : lit(false);
        Dataset<Row> located = raw.withColumn("located", udf(resolve, RESOLVED).apply(col(RawRows.PATH)))
                .withColumn("carried", carried);
        // Where an address is refused, or taken for an id, the tables show it without its credentials.
        UDF1<String, String> shown = PublicAddress::of;
        Column id = udf(shown, DataTypes.StringType).apply(col(RawRows.ID));
        Column name = col("located.shown");
        // A name that came with inline bytes is a name only: nothing is read there.
        Column stem = when(col("carried"), regexp_replace(name, lit(EXTENSION), lit("")))
                .otherwise(col("located.stem"));
        Column path = when(col("carried"), name).otherwise(coalesce(col("located.address"), name));
        boolean emptyPrompt = reading.captionFrom() == CaptionFrom.NONE;
        Dataset<Row> rows = located.select(
                index(),
                coalesce(filled(id), filled(stem), col(RawRows.SPARE_ID), index().cast("string"))
                        .as(ManifestSchema.IMAGE_ID),
                filled(id).isNull().as(ID_DERIVED),
                path.as(ManifestSchema.PATH),
                col(RawRows.CAPTION).as(ManifestSchema.CAPTION),
                col(ManifestSchema.EDITS),
                col(ManifestSchema.MASK),
                col(ManifestSchema.CATEGORY),
                when(col("carried"), lit(null))
                        .otherwise(col("located.problem"))
                        .as(PATH_PROBLEM),
                rowProblem(path, emptyPrompt).as(ROW_PROBLEM),
                stays(emptyPrompt).as(STAYS),
                inline ? col(ManifestSchema.BYTES) : lit(null).cast("binary").as(ManifestSchema.BYTES),
                col(RawRows.MALFORMED),
                col(RawRows.FURTHER));
        return inline ? rows : rows.drop(ManifestSchema.BYTES);
    }

    private static Column stays(boolean emptyPrompt) {
        // What is wrong with a row is to be seen in the results.
        return size(col(ManifestSchema.EDITS))
                .gt(0)
                .or(emptyPrompt ? lit(false) : isBlank(col(RawRows.CAPTION)))
                .or(col(EditColumns.PROBLEM).isNotNull())
                .or(col(EditColumns.MASK_PROBLEM).isNotNull());
    }

    private static Column rowProblem(Column path, boolean emptyPrompt) {
        Column row = concat(
                lit("(row "), index().plus(1), lit(" of the dataset, path '"), coalesce(path, lit("")), lit("')"));
        Column edit = col(EditColumns.PROBLEM);
        Column mask = col(EditColumns.MASK_PROBLEM);
        return when(
                        emptyPrompt ? lit(false) : isBlank(col(RawRows.CAPTION)),
                        problem(
                                ErrorCode.MISSING_CAPTION,
                                concat(lit("the row has no caption "), row, lit("; give it one"))))
                .when(edit.isNotNull(), problem(ErrorCode.INVALID_EDIT, concat(edit, lit(" "), row)))
                .when(mask.isNotNull(), problem(ErrorCode.INVALID_MASK, concat(mask, lit(" "), row)));
    }

    private static Column problem(ErrorCode code, Column message) {
        return struct(lit(code.name()).as("code"), message.as("message"));
    }

    private static Column isBlank(Column text) {
        return filled(text).isNull();
    }

    /** The text, or null where it is blank. */
    private static Column filled(Column text) {
        return when(text.rlike("(?U)\\S"), text);
    }

    private static Column index() {
        return col(ManifestSchema.ROW_INDEX);
    }
}
