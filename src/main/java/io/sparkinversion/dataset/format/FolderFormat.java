package io.sparkinversion.dataset.format;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.ManifestSchema;
import java.io.IOException;
import java.io.Reader;
import java.io.Serializable;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Image files in folders, each with a text of the same name beside it, or with none. Every line of a text is a caption;
 * of a {@code .json} its caption is. The order is that of the paths.
 *
 * @param root absolute
 * @param pictures paths below the root and, behind each, the extension of its text or null
 */
record FolderFormat(Description description, Path root, List<String[]> pictures, Reading reading, boolean edits)
        implements DatasetFormat {
    private static final List<String> PREFERRED = List.of("txt", "caption", "json");
    private static final int PARTITIONS = 64;
    private static final StructType SCHEMA = new StructType()
            .add(ManifestSchema.ROW_INDEX, DataTypes.LongType)
            .add(RawRows.PATH, DataTypes.StringType)
            .add("captions", RawRows.TEXTS)
            .add(RawRows.EDIT_PROMPTS, RawRows.TEXTS)
            .add(RawRows.MALFORMED, DataTypes.StringType);

    @Override
    public String name() {
        return root.toString();
    }

    @Override
    public Path images() {
        return root;
    }

    @Override
    public Dataset<Row> rows(SparkSession spark) {
        Broadcast<SerializableConfiguration> configuration = SerializableConfiguration.broadcast(
                spark.sparkContext(), spark.sessionState().newHadoopConf());
        JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
        String folder = root.toString();
        Reading how = reading;
        boolean own = edits;
        List<Numbered> numbered = LongStream.range(0, pictures.size())
                .mapToObj(i -> new Numbered(i, pictures.get((int) i)[0], pictures.get((int) i)[1]))
                .toList();
        Dataset<Row> rows = spark.createDataset(
                context.parallelize(numbered, Math.min(PARTITIONS, Math.max(1, numbered.size())))
                        .map(picture -> row(
                                picture, folder, how, own, configuration.value().value()))
                        .rdd(),
                Encoders.row(SCHEMA));
        return CaptionLists.chosen(rows, col("captions"), reading, (caption, further) -> {
            var raw = RawRows.columns(
                    lit(null),
                    col(RawRows.PATH),
                    caption,
                    further,
                    new RawRows.Edits(col(RawRows.EDIT_PROMPTS), lit(null)));
            raw[raw.length - 1] = col(RawRows.MALFORMED);
            return raw;
        });
    }

    /** @param text the extension of the text beside the picture; null for none */
    private record Numbered(long index, String path, String text) implements Serializable {}

    private static Row row(Numbered picture, String folder, Reading reading, boolean edits, Configuration hadoop)
            throws IOException {
        if (picture.text() == null) {
            return RowFactory.create(picture.index(), picture.path(), null, null, null);
        }
        String name =
                folder + "/" + picture.path().substring(0, picture.path().lastIndexOf('.')) + "." + picture.text();
        try (Reader text = TextFile.open(new Path(name), hadoop, reading.encoding())) {
            StringWriter content = new StringWriter();
            text.transferTo(content);
            if (!picture.text().equalsIgnoreCase("json")) {
                return row(
                        picture,
                        TextList.filled(
                                content.toString().lines().map(String::strip).toList()),
                        null,
                        null);
            }
            Entry entry = new JsonEntries(reading, edits).entry(content.toString());
            String problem = entry.malformed == null ? null : "caption file " + name + " " + entry.malformed;
            return row(picture, entry.captions, entry.editPrompts, problem);
        } catch (TextFile.NoTextException e) {
            return row(picture, List.of(), null, "caption file " + name + " " + e.getMessage());
        } catch (JsonProcessingException e) {
            return row(picture, List.of(), null, "caption file " + name + " is no JSON");
        }
    }

    private static Row row(Numbered picture, List<String> captions, String[] edits, String malformed) {
        return RowFactory.create(picture.index(), picture.path(), captions.toArray(String[]::new), edits, malformed);
    }

    /** @throws JobException if a text is not what its name says, or no image has an edit where edits are asked for */
    @Override
    public long check(Dataset<Row> front) {
        Row found = front.agg(count(lit(1)), min(col(RawRows.MALFORMED))).first();
        if (!found.isNullAt(1)) {
            throw new JobException(found.getString(1));
        }
        return found.getLong(0);
    }

    /** Each picture with the extension of the text beside it, by the order in which these are preferred, or null. */
    static List<String[]> paired(List<String> pictures, List<String> texts) {
        Map<String, String> beside = new HashMap<>();
        for (String preferred : PREFERRED) {
            for (String text : texts) {
                String extension = text.substring(text.lastIndexOf('.') + 1);
                if (extension.equalsIgnoreCase(preferred)) {
                    beside.putIfAbsent(stem(text), extension);
                }
            }
        }
        return pictures.stream()
                .map(picture -> new String[] {picture, beside.get(stem(picture))})
                .toList();
    }

    private static String stem(String file) {
        return file.substring(0, file.lastIndexOf('.'));
    }
}
