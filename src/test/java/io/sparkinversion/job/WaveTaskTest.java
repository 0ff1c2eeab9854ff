package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.worker.ErrorCode;
import io.sparkinversion.worker.Failure;
import io.sparkinversion.worker.Failure.Stage;
import io.sparkinversion.worker.ImageOutcome;
import io.sparkinversion.worker.WaveProcessor;
import io.sparkinversion.worker.WorkItem;
import io.sparkinversion.worker.WorkerMonitor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.junit.jupiter.api.Test;

/** A worker that loses or repeats an image must not get past its task. */
class WaveTaskTest {
    private static final OutcomeRows ROWS =
            new OutcomeRows(new ImageRows(List.of("ddim"), List.of()), null, 20, 7.5, "key");

    @Test
    void givesEachImageTheFingerprintOfItsFile() {
        List<Row> rows = run(all -> all);

        assertThat(rows).hasSize(2);
        Row metrics = (Row) ((Object[]) rows.get(1).get(2))[0];
        List<String> columns = List.of(ResultSchema.METRICS.fieldNames());
        assertThat(metrics.get(columns.indexOf("image_id"))).isEqualTo("b");
        assertThat(metrics.get(columns.indexOf("file_size"))).isEqualTo(11L);
        assertThat(metrics.get(columns.indexOf("file_modified"))).isEqualTo(21L);
    }

    @Test
    void outcomesMayComeInAnotherOrder() {
        assertThat(run(all -> {
            Collections.reverse(all);
            return all;
        })).hasSize(2);
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

    private static List<Row> run(Disorder disorder) {
        WaveProcessor processor = (items, monitor) -> disorder.of(failAll(items)).iterator();
        Iterator<Row> manifest = List.of(manifestRow("a", 10, 20), manifestRow("b", 11, 21)).iterator();
        List<Row> rows = new ArrayList<>();
        new WaveTask(processor, WorkerMonitor.none(), ROWS).call(manifest).forEachRemaining(rows::add);
        return rows;
    }

    private static List<ImageOutcome> failAll(Iterator<WorkItem> items) {
        List<ImageOutcome> outcomes = new ArrayList<>();
        Failure failure = new Failure(Stage.DECODE, ErrorCode.CORRUPT_IMAGE, "bad");
        items.forEachRemaining(
                item -> outcomes.add(new ImageOutcome(item, null, null, null, List.of(), failure, null)));
        return outcomes;
    }

    private static Row manifestRow(String id, long size, long modified) {
        Object[] values = {0, 0L, id, id + ".png", "caption", null, null, null, null, size, modified, null, null};
        return new GenericRowWithSchema(values, ManifestSchema.SCHEMA);
    }
}
