package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.dataset.DatasetFixture;
import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.EditSource;
import io.sparkinversion.editing.EditOptions;
import io.sparkinversion.editing.EditOptions.Attention;
import io.sparkinversion.editing.EditOptions.Blend;
import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.EditRecipe.Control;
import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.Failure.Stage;
import io.sparkinversion.image.PillowResize.Filter;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.ImageOutcome;
import io.sparkinversion.worker.WaveProcessor;
import io.sparkinversion.worker.WorkItem;
import io.sparkinversion.worker.WorkerMonitor;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks have equally much to compute, whatever the number of their images. */
class BalancedTasksTest {
    private static final int LIGHT = 40;
    private static final int HEAVY = 3;
    /** An image with so many edits costs 28 times as much as one with one: 2 + 2 x 55 to 2 + 2. */
    private static final int EDITS = 55;

    @TempDir
    Path folder;

    /** Counts what each task would have to compute, in walks along the trajectory, and computes nothing. */
    private record Counter() implements WaveProcessor {
        private static final long serialVersionUID = 1L;
        private static final Map<Integer, Integer> WORK = new ConcurrentSkipListMap<>();

        @Override
        public Iterator<ImageOutcome> process(Iterator<WorkItem> items, WorkerMonitor monitor) {
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return items.hasNext();
                }

                @Override
                public ImageOutcome next() {
                    WorkItem item = items.next();
                    int edits =
                            item.rejection() != null ? 0 : item.edit().prompts().size();
                    WORK.merge(TaskContext.getPartitionId(), edits == 0 ? 0 : 2 + 2 * edits, Integer::sum);
                    Failure failure = new Failure(Stage.LOAD, ErrorCode.FILE_NOT_FOUND, "not looked for");
                    return new ImageOutcome(item, null, null, null, List.of(), failure, null);
                }
            };
        }
    }

    @Test
    void imagesWithManyEditsAreMadeUpForByManyWithOne() throws IOException {
        StringBuilder captions = new StringBuilder("id,path,caption,edit_prompt\n");
        String prompts = IntStream.range(0, EDITS)
                .mapToObj(i -> "\"\"a dog, number " + i + "\"\"")
                .collect(Collectors.joining(",", "\"[", "]\""));
        for (int i = 0; i < HEAVY; i++) {
            captions.append("heavy%d,h%d.png,a cat,%s%n".formatted(i, i, prompts));
        }
        captions.append("rejected,r.png,,a dog\n");
        for (int i = 0; i < LIGHT; i++) {
            captions.append("light%d,l%d.png,a cat,a dog%n".formatted(i, i));
        }
        Files.writeString(folder.resolve("captions.csv"), captions);

        RunSummary summary = run();

        assertThat(summary.images()).isEqualTo(HEAVY + 1 + LIGHT);
        int half = (HEAVY * (2 + 2 * EDITS) + LIGHT * 4) / 2;
        assertThat(new TreeMap<>(Counter.WORK)).isEqualTo(Map.of(0, half, 1, half));
    }

    private RunSummary run() {
        EditOptions options = new EditOptions(Attention.AUTO, 0.4, 0.6, Map.of(), Blend.NONE, 0.2, 0.3);
        WorkerSettings worker = new WorkerSettingsBuilder("models/tiny", "ab12")
                .device("cpu")
                .precision(Precision.FLOAT32)
                .methods(List.of(Method.NEGATIVE_PROMPT))
                .steps(20)
                .guidance(7.5)
                .resolution(64)
                .resize(Filter.BICUBIC)
                .batchSize(2)
                .maxPixels(1_000_000)
                .build()
                .editing(new EditRecipe(List.of(new Control("prompt-to-prompt", options)), null, false));
        DatasetSettings dataset = DatasetFixture.edited(DatasetFixture.captionsIn(folder), EditSource.DATASET);
        JobSettings settings = new JobSettings(
                dataset, folder.resolve("out").toString(), worker, null, 2, HEAVY + 1 + LIGHT, Resume.REUSE);
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream());
        return InversionJob.run(
                settings,
                new Counter(),
                SparkTestSession.session(),
                nowhere,
                new Progress(nowhere, Progress.Style.PLAIN_LINES, System::nanoTime));
    }
}
