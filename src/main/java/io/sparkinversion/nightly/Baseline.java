package io.sparkinversion.nightly;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.nightly.Run.Combination;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.weights.Address;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;

/**
 * What a nightly run is compared with.
 *
 * @param run null where there is nothing
 * @param notes what the verdict must say of the choice
 */
record Baseline(Run run, List<String> notes) {

    /** Where earlier runs are, and what the new one will be. */
    record Search(
            SparkSession spark,
            OutputDirectory runs,
            List<HistoryRow> history,
            Map<String, String> settings,
            List<Combination> combinations) {

        /**
         * The one that was asked for.
         *
         * @throws JobException if there is no such run, or it does not compare
         */
        Baseline asked(String baseline) throws IOException {
            boolean ownRun = !Address.hasScheme(baseline)
                    && !baseline.contains("/")
                    && runs.names().contains(baseline);
            Configuration configuration = spark.sessionState().newHadoopConf();
            OutputDirectory directory = ownRun ? runs.folder(baseline) : new OutputDirectory(baseline, configuration);
            String name = ownRun ? baseline : PublicAddress.of(directory.root().toString());
            Run run = RunReader.read(spark, directory, name, ownRun ? codeVersion(baseline) : null);
            Verdict.obstacle(settings, combinations, run).ifPresent(reason -> {
                throw new JobException("--baseline " + name + " does not compare with this run: " + reason
                        + "; choose another baseline, or its settings");
            });
            return new Baseline(run, List.of());
        }

        /** The last one that did not fail and compares. */
        Baseline last() throws IOException {
            List<String> notes = new ArrayList<>();
            List<String> names = List.copyOf(candidates());
            for (int i = names.size() - 1; i >= 0; i--) {
                String name = names.get(i);
                try {
                    Run run = RunReader.read(spark, runs.folder(name), name, codeVersion(name));
                    Optional<String> obstacle = Verdict.obstacle(settings, combinations, run);
                    if (obstacle.isEmpty()) {
                        return new Baseline(run, notes);
                    }
                    notes.add("Not compared with " + name + ": " + obstacle.get() + ".");
                } catch (JobException e) {
                    notes.add("Not compared with " + name + ": " + e.getMessage() + ".");
                }
            }
            return new Baseline(null, notes);
        }

        /** Names of the runs that did not fail, the oldest first. */
        private Set<String> candidates() {
            Set<String> names = new LinkedHashSet<>();
            history.stream()
                    .filter(HistoryRow::baselineOfLaterRuns)
                    .map(HistoryRow::run)
                    .forEach(names::add);
            return names;
        }

        /** What the history has of it, or null. */
        private String codeVersion(String name) {
            return history.stream()
                    .filter(row -> row.run().equals(name))
                    .map(HistoryRow::codeVersion)
                    .findFirst()
                    .orElse(null);
        }
    }
}
