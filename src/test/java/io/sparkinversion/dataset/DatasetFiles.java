package io.sparkinversion.dataset;

import static org.apache.spark.sql.functions.col;

import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.job.Manifest;
import io.sparkinversion.job.SparkTestSession;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A dataset in a folder of a test. */
public record DatasetFiles(Path root) {
    private static final HeldRows HELD = new HeldRows();

    /** Writes a file, with its folders. */
    public DatasetFiles file(String name, String content) throws IOException {
        return file(name, content.getBytes(StandardCharsets.UTF_8));
    }

    public DatasetFiles file(String name, byte[] content) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
        return this;
    }

    DatasetSettings settings() {
        return settings(Format.AUTO);
    }

    DatasetSettings settings(Format format) {
        return new DatasetSettings(root.toString(), null, format, 0);
    }

    public Dataset<Row> read() {
        return read(settings());
    }

    /** With edits. */
    DatasetRows open(EditSource edits) {
        return open(DatasetFixture.edited(settings(), edits));
    }

    public static Dataset<Row> read(DatasetSettings settings) {
        return open(settings).rows();
    }

    /** Lets go of what was opened before. */
    static DatasetRows open(DatasetSettings settings) {
        HELD.close();
        return DatasetReader.open(SparkTestSession.session(), settings, HELD);
    }

    /** The manifest in the dataset's order, and how its files are. */
    public List<Row> plan(int waveSize) {
        return inOrder(withFileFacts(Manifest.plan(read(), waveSize), true));
    }

    /** The manifest with {@link FileFacts}. */
    public static Dataset<Row> withFileFacts(Dataset<Row> manifest, boolean oneByOne) {
        Column read = col(ManifestSchema.REJECTION_CODE)
                .isNull()
                .and(col(ManifestSchema.BYTES).isNull());
        return FileFacts.add(manifest, read, oneByOne);
    }

    /** The manifest of an editing job in the dataset's order. */
    public List<Row> plan(EditSource edits) {
        return inOrder(Manifest.plan(open(edits).rows(), 100));
    }

    static List<Row> inOrder(Dataset<Row> rows) {
        return rows.orderBy(ManifestSchema.ROW_INDEX).collectAsList();
    }

    /** The values of a column in the dataset's order. */
    public static List<Object> column(Dataset<Row> rows, String name) {
        return column(inOrder(rows), name);
    }

    public static List<Object> column(List<Row> rows, String name) {
        return rows.stream().map(row -> row.getAs(name)).toList();
    }

    /** The edits of each row: prompts, and behind bars their blend words. */
    static List<Object> edits(List<Row> rows) {
        return rows.stream()
                .<Object>map(row -> row.<Row>getList(row.fieldIndex(ManifestSchema.EDITS)).stream()
                        .map(edit -> edit.getString(0) + words(edit))
                        .toList())
                .toList();
    }

    private static String words(Row edit) {
        List<String> source = edit.getList(1);
        List<String> target = edit.getList(2);
        return source.isEmpty() && target.isEmpty()
                ? ""
                : " | " + String.join(" ", source) + " > " + String.join(" ", target);
    }

    /** The address that Spark gives a file of the root. */
    String address(String name) {
        return "file:" + root.resolve(name);
    }
}
