package io.sparkinversion.dataset.format;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min_by;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.ManifestSchema;
import io.sparkinversion.dataset.format.EntryReader.Entries;
import io.sparkinversion.dataset.format.EntryReader.Lacking;
import io.sparkinversion.dataset.format.Reading.CaptionsPerImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Files that are read from their beginning to their end, each by one task: tables of captions, and shards.
 *
 * @param files in the dataset's order
 * @param limit rows that are wanted; 0 for all
 */
record EntryFormat(
        Description description,
        Path images,
        List<SourceFile> files,
        EntryReader reader,
        Reading reading,
        boolean edits,
        long limit)
        implements DatasetFormat {
    private static final String FILE = "file_number";
    private static final String PLACE = "place_in_file";
    private static final int PROBED_ENTRIES = 100;

    private StructType schema() {
        StructType schema = new StructType().add(FILE, DataTypes.IntegerType).add(PLACE, DataTypes.LongType);
        for (var field : RawRows.SCHEMA.fields()) {
            schema = schema.add(field);
        }
        return reader.holdsImages() ? schema.add(ManifestSchema.BYTES, DataTypes.BinaryType) : schema;
    }

    @Override
    public String name() {
        return images.toString();
    }

    @Override
    public void probe(Configuration configuration) {
        try (Entries entries = reader.open(files.get(0), configuration, false)) {
            long most = reader.holdsImages() ? 1 : limit == 0 ? PROBED_ENTRIES : Math.min(limit, PROBED_ENTRIES);
            for (int i = 0; i < most && entries.hasNext(); i++) {
                String problem = entries.next().malformed;
                if (problem != null) {
                    throw new JobException(problem);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new JobException("cannot read " + files.get(0).address() + ": " + JobException.firstLine(e), e);
        }
    }

    @Override
    public Dataset<Row> rows(SparkSession spark) {
        Dataset<Row> entries = entries(spark, true);
        Column index = files.size() == 1 ? col(PLACE) : firstRows(spark).apply(col(FILE), col(PLACE));
        Dataset<Row> rows = entries.withColumn(ManifestSchema.ROW_INDEX, index).drop(FILE, PLACE);
        // A file is read by one task; all can do the rest.
        return reader.holdsImages()
                ? rows
                : rows.repartition(spark.sparkContext().defaultParallelism(), col(ManifestSchema.ROW_INDEX));
    }

    private Dataset<Row> entries(SparkSession spark, boolean withBytes) {
        Broadcast<SerializableConfiguration> configuration = SerializableConfiguration.broadcast(
                spark.sparkContext(), spark.sessionState().newHadoopConf());
        // Not the fields: the function goes to executors, and this object cannot.
        EntryReader how = reader;
        List<SourceFile> all = files;
        CaptionsPerImage captions = reading.captionsPerImage();
        long most = limit;
        FlatMapFunction<Integer, Row> read = number -> {
            Entries entries = how.open(all.get(number), configuration.value().value(), withBytes);
            TaskEnd.closes(entries);
            return new EntryRows(entries, all.get(number), number, captions, how.holdsImages(), most);
        };
        List<Integer> numbers = IntStream.range(0, files.size()).boxed().toList();
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        return spark.createDataset(context.parallelize(numbers, numbers.size()).rdd(), Encoders.INT())
                .flatMap(read, Encoders.row(schema()));
    }

    /** The row of the dataset that a place in a file is, by how many rows the files before it have. */
    private UserDefinedFunction firstRows(SparkSession spark) {
        long[] first = new long[files.size() + 1];
        entries(spark, false)
                .groupBy(FILE)
                .agg(count(lit(1)))
                .collectAsList()
                .forEach(row -> first[row.getInt(0) + 1] = row.getLong(1));
        for (int i = 1; i < first.length; i++) {
            first[i] += first[i - 1];
        }
        UDF2<Integer, Long, Long> index = (file, place) -> first[file] + place;
        return udf(index, DataTypes.LongType);
    }

    @Override
    public long check(Dataset<Row> front) {
        Column malformed = col(RawRows.MALFORMED);
        Row found = front.agg(
                        count(lit(1)),
                        count(col(ManifestSchema.PATH)),
                        count(col(ManifestSchema.CAPTION)),
                        count(when(size(col(ManifestSchema.EDITS)).gt(0), 1)),
                        min_by(malformed, when(malformed.isNotNull(), col(ManifestSchema.ROW_INDEX))))
                .first();
        if (!found.isNullAt(4)) {
            throw new JobException(found.getString(4));
        }
        SourceFile first = files.get(0);
        long entries = found.getLong(0);
        if (entries == 0) {
            throw new JobException(
                    (reader.holdsImages() ? "shard " : "captions file ") + first.address() + " " + reader.nothing());
        }
        boolean noCaptions = found.getLong(2) == 0 && !reading.givesCaptions();
        Lacking lacking = new Lacking(entries, found.getLong(1) == 0, noCaptions, edits && found.getLong(3) == 0);
        if (lacking.paths() || lacking.captions() || lacking.edits()) {
            requireAny(first, front.sparkSession().sessionState().newHadoopConf(), lacking);
        }
        return entries;
    }

    private void requireAny(SourceFile first, Configuration configuration, Lacking lacking) {
        try {
            String problem = reader.lacking(first, configuration, lacking);
            if (problem != null) {
                throw new JobException(problem);
            }
        } catch (IOException e) {
            throw new JobException("cannot read " + first.address() + ": " + JobException.firstLine(e), e);
        }
    }

    /** Entries as rows, as many an entry as captions of it count. */
    private static final class EntryRows implements Iterator<Row> {
        private final Entries entries;
        private final SourceFile file;
        private final int number;
        private final CaptionsPerImage captions;
        private final boolean withBytes;
        private final long most;
        private long place;
        private Iterator<Row> ready = Collections.emptyIterator();

        EntryRows(
                Entries entries, SourceFile file, int number, CaptionsPerImage captions, boolean withBytes, long most) {
            this.entries = entries;
            this.file = file;
            this.number = number;
            this.captions = captions;
            this.withBytes = withBytes;
            this.most = most;
        }

        @Override
        public boolean hasNext() {
            return ready.hasNext() || (most == 0 || place < most) && entries.hasNext();
        }

        @Override
        public Row next() {
            if (!ready.hasNext()) {
                ready = rows(entries.next()).iterator();
            }
            return ready.next();
        }

        private List<Row> rows(Entry entry) {
            List<String> texts = entry.captions;
            if (captions != CaptionsPerImage.ALL || texts.size() < 2) {
                return List.of(row(entry, texts.isEmpty() ? null : texts.get(0), Math.max(0, texts.size() - 1)));
            }
            List<Row> rows = new ArrayList<>();
            texts.forEach(text -> rows.add(row(entry, text, 0)));
            return rows;
        }

        private Row row(Entry entry, String caption, int further) {
            Object[] values = {
                number,
                place++,
                entry.id,
                null,
                file.below(entry.path),
                caption,
                further,
                entry.editPrompts,
                entry.blendWords,
                entry.editProblem,
                entry.mask,
                entry.maskProblem,
                entry.category,
                entry.malformed,
                entry.bytes
            };
            return RowFactory.create(withBytes ? values : Arrays.copyOf(values, values.length - 1));
        }
    }
}
