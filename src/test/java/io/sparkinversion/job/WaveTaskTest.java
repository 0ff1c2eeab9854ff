package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.ManifestSchema;
import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.Failure.Stage;
import io.sparkinversion.output.ImageRows;
import io.sparkinversion.output.ResultSchema;
import io.sparkinversion.worker.ImageOutcome;
import io.sparkinversion.worker.WaveProcessor;
import io.sparkinversion.worker.WorkItem;
import io.sparkinversion.worker.WorkerMonitor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.util.SerializableConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker that loses or repeats an image must not get past its task. */
class WaveTaskTest {
    private static final OutcomeRows ROWS = new OutcomeRows(ImageRows.ofMethods(List.of("ddim")), null, 20, 7.5, "key");

    @TempDir
    Path folder;

    @Test
    void givesEachImageTheFingerprintOfItsFile() throws IOException {
        Files.writeString(folder.resolve("b.png"), "eleven byte");
        Files.setLastModifiedTime(folder.resolve("b.png"), FileTime.fromMillis(1_234_567_890_123L));

        List<Row> rows = run(all -> all);

        assertThat(rows).hasSize(2);
        assertThat(metrics(rows.get(0), "image_id", "file_size", "file_modified"))
                .containsExactly("a", null, null);
        assertThat(metrics(rows.get(1), "image_id", "file_size", "file_modified"))
                .containsExactly("b", 11L, 1_234_567_890_123L);
    }

    private static List<Object> metrics(Row outcome, String... columns) {
        Row metrics = (Row) ((Object[]) outcome.get(2))[0];
        List<String> names = List.of(ResultSchema.METRICS.fieldNames());
        return Arrays.stream(columns)
                .map(column -> metrics.get(names.indexOf(column)))
                .toList();
    }

    @Test
    void outcomesMayComeInAnotherOrder() {
        assertThat(run(all -> {
                    Collections.reverse(all);
                    return all;
                }))
                .hasSize(2);
    }

    @Test
    void refusesAMissingOutcome() {
        assertThatThrownBy(() -> run(all -> all.subList(0, 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the worker returned nothing for 1 of its images, such as b");
    }

    @Test
    void refusesARepeatedOutcome() {
        assertThatThrownBy(() -> run(all -> List.of(all.get(0), all.get(0))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the worker returned image a unasked or twice");
    }

    private interface Disorder {
        List<ImageOutcome> of(List<ImageOutcome> outcomes);
    }

    private List<Row> run(Disorder disorder) {
        WaveProcessor processor =
                (items, monitor) -> disorder.of(failAll(items)).iterator();
        Iterator<Row> manifest = List.of(manifestRow("a"), manifestRow("b")).iterator();
        Broadcast<SerializableConfiguration> configuration =
                SerializableConfiguration.broadcast(SparkTestSession.session().sparkContext());
        List<Row> rows = new ArrayList<>();
        new WaveTask(processor, WorkerMonitor.none(), ROWS, configuration)
                .call(manifest)
                .forEachRemaining(rows::add);
        return rows;
    }

    private static List<ImageOutcome> failAll(Iterator<WorkItem> items) {
        List<ImageOutcome> outcomes = new ArrayList<>();
        Failure failure = new Failure(Stage.DECODE, ErrorCode.CORRUPT_IMAGE, "bad");
        items.forEachRemaining(
                item -> outcomes.add(new ImageOutcome(item, null, null, null, List.of(), failure, null)));
        return outcomes;
    }

    private Row manifestRow(String id) {
        String path = folder.resolve(id + ".png").toUri().toString();
        Object[] values = {0, 0L, id, path, "caption", null, null, null, null, null, null, null};
        return new GenericRowWithSchema(values, ManifestSchema.SCHEMA);
    }
}
