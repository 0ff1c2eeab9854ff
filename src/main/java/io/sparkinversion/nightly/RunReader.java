package io.sparkinversion.nightly;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.evaluation.Evaluation;
import io.sparkinversion.evaluation.EvaluationJson;
import io.sparkinversion.evaluation.EvaluationTables;
import io.sparkinversion.evaluation.Measurement;
import io.sparkinversion.nightly.Run.Combination;
import io.sparkinversion.output.DatasetSource;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.RunJson;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.SparkSession;

/** Run directories as sides of a comparison, whether {@code evaluate}, {@code invert} or {@code edit} wrote them. */
final class RunReader {
    /** Not differences between runs: methods and steps are compared by themselves, the others change no result. */
    private static final Set<String> NOT_COMPARED = Set.of("methods", "steps", "device", "wave_size");

    private RunReader() {}

    /**
     * Settings and measurements of a run directory.
     *
     * @param name for the verdict
     * @param codeVersion for the verdict; null to take what the directory says
     * @throws JobException if there is no such run, or it has no results
     */
    static Run read(SparkSession spark, OutputDirectory directory, String name, String codeVersion) throws IOException {
        EvaluationJson evaluation = EvaluationJson.FILE.find(directory);
        RunJson edits = evaluation == null ? RunJson.FILE.find(directory) : null;
        if (EditRuns.isOne(edits)) {
            List<Measurement> measured = EditRuns.measurements(spark, directory);
            return new Run(
                    name,
                    edits.started(),
                    codeVersion == null ? edits.codeVersion() : codeVersion,
                    settings(edits),
                    measured.stream()
                            .map(one -> new Combination(one.method(), one.steps()))
                            .distinct()
                            .sorted(Comparator.comparing(Combination::method))
                            .toList(),
                    measured);
        }
        Evaluation measured = EvaluationTables.open(directory).evaluation(spark);
        if (evaluation != null) {
            return new Run(
                    name,
                    evaluation.started(),
                    codeVersion == null ? evaluation.codeVersion() : codeVersion,
                    settings(evaluation),
                    combinations(evaluation.methods(), evaluation.steps()),
                    measured.measurements());
        }
        RunJson run = RunJson.FILE.find(directory);
        return new Run(
                name,
                run.started(),
                codeVersion == null ? run.codeVersion() : codeVersion,
                settings(run),
                combinations(measured.methods(), measured.steps()),
                measured.measurements());
    }

    /** Those that a verdict compares, by name. */
    static Map<String, String> settings(EvaluationJson evaluation) {
        return settings(evaluation.settings(), evaluation.execution(), evaluation.dataset());
    }

    /** Likewise. */
    static Map<String, String> settings(RunJson run) {
        return settings(run.settings(), run.execution(), run.dataset());
    }

    static List<Combination> combinations(List<String> methods, List<Integer> steps) {
        List<Combination> combinations = new ArrayList<>();
        for (int count : steps) {
            methods.forEach(method -> combinations.add(new Combination(method, count)));
        }
        return combinations;
    }

    private static Map<String, String> settings(
            Map<String, String> results, Map<String, String> execution, DatasetSource dataset) {
        Map<String, String> settings = new LinkedHashMap<>(results);
        settings.putAll(execution);
        settings.put("dataset", dataset.root());
        settings.put("captions", dataset.captions());
        settings.put("limit", Long.toString(dataset.limit()));
        settings.put("sample", Long.toString(dataset.sample()));
        settings.put("seed", Long.toString(dataset.seed()));
        settings.keySet().removeAll(NOT_COMPARED);
        return settings;
    }
}
