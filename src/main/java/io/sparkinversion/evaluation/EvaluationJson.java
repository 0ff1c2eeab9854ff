package io.sparkinversion.evaluation;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.output.DatasetSource;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.OwnerFile;
import io.sparkinversion.output.ResultSchema;
import io.sparkinversion.output.RunJson;
import io.sparkinversion.output.RunJson.Model;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code OUT/evaluation.json}: how an evaluation was made. Each run in it has its own {@link RunJson}.
 *
 * @param schemaVersion {@link ResultSchema#VERSION}
 * @param codeVersion of this program
 * @param sparkVersion of Spark
 * @param protocol {@code paper} or {@code throughput}
 * @param methods in the order of the request
 * @param steps DDIM step counts, ascending
 * @param settings those that change results, by name
 * @param model where it came from, and the SHA-256 of its configs and weights
 * @param dataset where images and captions came from, and which of them
 * @param sampleIds ids of the sample in the dataset's order; null where all images were taken, the sample is larger
 *     than 10,000 (the manifests list it), or the first run has not ended
 * @param execution settings that do not change results
 * @param output where this is
 * @param started ISO-8601, when the latest command started
 * @param finished when it ended; null while it runs or if it died
 */
public record EvaluationJson(
        int schemaVersion,
        String codeVersion,
        String sparkVersion,
        String protocol,
        List<String> methods,
        List<Integer> steps,
        Map<String, String> settings,
        Model model,
        DatasetSource dataset,
        List<String> sampleIds,
        Map<String, String> execution,
        String output,
        String started,
        String finished) {

    public static final OwnerFile<EvaluationJson> FILE = new OwnerFile<>("evaluation.json", EvaluationJson.class);

    /** The largest sample whose ids are listed. */
    static final int MOST_IDS = 10_000;

    /** @param started ISO-8601 */
    public static EvaluationJson of(
            EvaluationSettings settings,
            DatasetSource dataset,
            OutputDirectory output,
            String sparkVersion,
            String started) {
        return new EvaluationJson(
                ResultSchema.VERSION,
                RunJson.codeVersionHere(),
                sparkVersion,
                settings.protocol().label(),
                settings.run().methodLabels(),
                settings.inOrder(),
                settings.resultSettings(),
                Model.of(settings.run()),
                dataset,
                null,
                RunJson.execution(settings.run()),
                PublicAddress.of(output.root().toString()),
                started,
                null);
    }

    EvaluationJson withSample(List<String> ids) {
        return with(ids, finished);
    }

    EvaluationJson finished(String time) {
        return with(sampleIds, time);
    }

    private EvaluationJson with(List<String> ids, String end) {
        return new EvaluationJson(
                schemaVersion,
                codeVersion,
                sparkVersion,
                protocol,
                methods,
                steps,
                settings,
                model,
                dataset,
                ids,
                execution,
                output,
                started,
                end);
    }

    void write(OutputDirectory directory) throws IOException {
        FILE.write(directory, this);
    }

    /**
     * Checks that a new evaluation may continue with the results of this one.
     *
     * @throws JobException if they would not be comparable; the message names each setting that differs
     */
    void requireSame(EvaluationJson wanted) {
        Optional<String> dropped = dataset == null ? Optional.empty() : dataset.droppedBy(wanted.dataset);
        OwnerFile.requireSame(
                named(this), named(wanted), dropped, wanted.output, "choose another --output, or delete it");
    }

    private static Map<String, String> named(EvaluationJson evaluation) {
        Map<String, String> names = new LinkedHashMap<>(evaluation.settings == null ? Map.of() : evaluation.settings);
        names.put("dataset", evaluation.dataset == null ? null : evaluation.dataset.root());
        return names;
    }
}
