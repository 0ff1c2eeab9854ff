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
 * The run that a nightly run is compared with.
 *
 * @param run null if there is none
 * @param notes about the choice, for the verdict
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
         * The run that the user named.
         *
         * @throws JobException if there is no such run, or it is not comparable
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
                throw new JobException("cannot compare with --baseline " + name + ": " + reason
                        + "; choose another baseline, or run with its settings");
            });
            return new Baseline(run, List.of());
        }

        /** The last comparable run that did not fail. */
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

        /** Names of the runs that did not fail, oldest first. */
        private Set<String> candidates() {
            Set<String> names = new LinkedHashSet<>();
            history.stream()
                    .filter(HistoryRow::baselineOfLaterRuns)
                    .map(HistoryRow::run)
                    .forEach(names::add);
            return names;
        }

        /** As in the history; null if it is not there. */
        private String codeVersion(String name) {
            return history.stream()
                    .filter(row -> row.run().equals(name))
                    .map(HistoryRow::codeVersion)
                    .findFirst()
                    .orElse(null);
        }
    }
}
