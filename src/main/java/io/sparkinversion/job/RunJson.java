package io.sparkinversion.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.ChecksumException;

/**
 * {@code OUT/run.json}: what the directory's results were made with. Addresses are stored without credentials, and
 * Spark's configuration, which may hold some, is not stored at all.
 *
 * @param schemaVersion {@link ResultSchema#VERSION}
 * @param codeVersion of this program
 * @param sparkVersion of Spark
 * @param settingsKey {@link JobSettings#settingsKey}
 * @param settings those that change results, by name
 * @param model where it came from, and the SHA-256 of its configs and weights
 * @param dataset where images and captions came from
 * @param execution settings that do not change results
 * @param output where this is
 * @param started ISO-8601, the latest run's start
 * @param finished its end; null while it runs or where it died
 * @param counters of the latest run; null until it has finished
 */
record RunJson(
        int schemaVersion,
        String codeVersion,
        String sparkVersion,
        String settingsKey,
        Map<String, String> settings,
        Model model,
        Source dataset,
        Map<String, String> execution,
        String output,
        String started,
        String finished,
        Map<String, Long> counters) {

    private static final String FILE = "run.json";
    /** Written before the file itself: whenever a run dies, one of the two is whole. No file system need rename. */
    private static final String COPY = "_run.json";

    /**
     * @param id address without credentials
     * @param fingerprint SHA-256
     */
    record Model(String id, String fingerprint) {}

    /**
     * @param root absolute address of the images
     * @param captions address of the captions, or null
     * @param format of both
     * @param limit rows taken from the front; 0 for all
     */
    record Source(String root, String captions, String format, long limit) {}

    /**
     * @param root absolute address of the dataset
     * @param started ISO-8601
     */
    static RunJson of(JobSettings settings, String root, OutputDirectory output, String sparkVersion, String started) {
        Map<String, String> execution = new LinkedHashMap<>();
        execution.put("device", settings.worker().device());
        execution.put("batch_size", Integer.toString(settings.worker().batchSize()));
        execution.put("partitions", Integer.toString(settings.partitions()));
        execution.put("wave_size", Integer.toString(settings.waveSize()));
        execution.put("max_pixels", Long.toString(settings.worker().maxPixels()));
        String version = RunJson.class.getPackage().getImplementationVersion();
        return new RunJson(
                ResultSchema.VERSION,
                version == null ? "development" : version,
                sparkVersion,
                settings.settingsKey(),
                settings.resultSettings(),
                new Model(
                        PublicAddress.of(settings.worker().model()),
                        settings.worker().modelFingerprint()),
                new Source(
                        PublicAddress.of(root),
                        PublicAddress.of(settings.dataset().captions()),
                        settings.dataset().format().name().toLowerCase(Locale.ROOT),
                        settings.dataset().limit()),
                execution,
                PublicAddress.of(output.root().toString()),
                started,
                null,
                null);
    }

    /** The same run, ended. */
    RunJson finished(String time, Map<String, Long> counted) {
        return new RunJson(
                schemaVersion, codeVersion, sparkVersion, settingsKey, settings, model, dataset, execution, output,
                started, time, counted);
    }

    void write(OutputDirectory directory) throws IOException {
        directory.write(directory.path(COPY), Json.write(this));
        directory.write(directory.path(FILE), Json.write(this));
    }

    /**
     * The run that made what is in the directory; null where there is nothing in it.
     *
     * @throws JobException if there is something else in it
     */
    static RunJson read(OutputDirectory directory) throws IOException {
        List<String> names = directory.names();
        RunJson run = parse(directory, FILE);
        if (run == null) {
            run = parse(directory, COPY);
        }
        boolean bare = names.stream().allMatch(name -> name.startsWith("_") || name.startsWith("."));
        if (run == null && !bare) {
            String shown = names.stream().sorted().limit(3).collect(Collectors.joining(", "));
            throw new JobException("the output directory " + PublicAddress.of(directory.root().toString())
                    + " is not empty (" + shown + ") and "
                    + (names.contains(FILE) ? "its " + FILE + " is damaged" : "holds no " + FILE + " of this job")
                    + "; choose another --output, or empty it");
        }
        return run;
    }

    private static RunJson parse(OutputDirectory directory, String name) throws IOException {
        try {
            String text = directory.read(directory.path(name));
            return text == null ? null : Json.read(text, RunJson.class);
        } catch (JsonProcessingException | ChecksumException e) {
            return null;
        }
    }

    /**
     * Makes sure that a new run may add to this one's results.
     *
     * @param wanted the new run
     * @throws JobException if they would not be comparable; the message names each setting that differs
     */
    void requireSame(RunJson wanted) {
        Map<String, String> there = named(this);
        Map<String, String> here = named(wanted);
        Map<String, String> all = new LinkedHashMap<>(there);
        all.putAll(here);
        String differences = all.keySet().stream()
                .filter(name -> !Objects.equals(there.get(name), here.get(name)))
                .map(name -> name + ": " + there.get(name) + " there, " + here.get(name) + " here")
                .collect(Collectors.joining("; "));
        if (differences.isEmpty() && dataset != null && rows(wanted.dataset()) < rows(dataset)) {
            differences = "limit: " + (dataset.limit() == 0 ? "none" : dataset.limit()) + " there, "
                    + wanted.dataset().limit() + " here, which would drop finished rows";
        }
        if (!differences.isEmpty()) {
            throw new JobException("the output directory " + wanted.output() + " holds a run with other settings ("
                    + differences + "); choose another --output, or delete it");
        }
    }

    /** The most rows that a run takes. */
    private static long rows(Source source) {
        return source.limit() == 0 ? Long.MAX_VALUE : source.limit();
    }

    private static Map<String, String> named(RunJson run) {
        Map<String, String> names = new LinkedHashMap<>(run.settings() == null ? Map.of() : run.settings());
        names.put("dataset", run.dataset() == null ? null : run.dataset().root());
        return names;
    }
}
