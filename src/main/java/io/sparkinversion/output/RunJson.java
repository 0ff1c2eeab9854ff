package io.sparkinversion.output;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.diffusion.ModelAdditions;
import io.sparkinversion.platform.PlatformReport;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code OUT/run.json}: what the directory's results were made with. Addresses are stored without credentials, and
 * Spark's configuration, which may hold some, is not stored at all.
 *
 * @param schemaVersion {@link ResultSchema#VERSION}
 * @param codeVersion of this program
 * @param sparkVersion of Spark
 * @param settingsKey {@link JobSettings#settingsKey}
 * @param settings those that change results, by name
 * @param methods in the order of the request
 * @param model where it came from, and the SHA-256 of its configs and weights
 * @param dataset where images and captions came from
 * @param execution settings that do not change results
 * @param platforms what computed the results, by the processors of all executors of all runs
 * @param output where this is
 * @param started ISO-8601, the latest run's start
 * @param finished its end; null while it runs or where it died
 * @param earlierMilliseconds wall time of those runs before it that reached their end
 * @param counters of the latest run; null until it has finished
 */
public record RunJson(
        int schemaVersion,
        String codeVersion,
        String sparkVersion,
        String settingsKey,
        Map<String, String> settings,
        List<String> methods,
        Model model,
        DatasetSource dataset,
        Map<String, String> execution,
        List<PlatformReport> platforms,
        String output,
        String started,
        String finished,
        long earlierMilliseconds,
        Map<String, Long> counters) {

    /** Among the counters: how long the run took. */
    public static final String WALL_MILLISECONDS = "wall_milliseconds";

    public static final OwnerFile<RunJson> FILE = new OwnerFile<>("run.json", RunJson.class);
    private static final List<String> SAME_FOR_ALL_ROWS = List.of("result_schema", "methods", "dataset");

    public RunJson {
        // Runs of earlier versions did not say.
        platforms = platforms == null ? List.of() : List.copyOf(platforms);
    }

    /**
     * @param id address without credentials
     * @param fingerprint SHA-256
     */
    public record Model(String id, String fingerprint) {
        public static Model of(JobSettings settings) {
            return new Model(
                    PublicAddress.of(settings.worker().model()),
                    settings.worker().modelFingerprint());
        }
    }

    /** @param started ISO-8601 */
    public static RunJson of(
            JobSettings settings, DatasetSource dataset, OutputDirectory output, String sparkVersion, String started) {
        return new RunJson(
                ResultSchema.VERSION,
                codeVersionHere(),
                sparkVersion,
                settings.settingsKey(),
                settings.resultSettings(),
                settings.methodLabels(),
                Model.of(settings),
                dataset,
                execution(settings),
                List.of(),
                PublicAddress.of(output.root().toString()),
                started,
                null,
                0,
                null);
    }

    public static String codeVersionHere() {
        String version = RunJson.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /** The settings that do not change results, by name. */
    public static Map<String, String> execution(JobSettings settings) {
        Map<String, String> execution = new LinkedHashMap<>();
        execution.put("device", settings.worker().device());
        execution.put("batch_size", Integer.toString(settings.worker().batchSize()));
        execution.put("warm_up", Integer.toString(settings.worker().warmUp()));
        execution.put("partitions", Integer.toString(settings.partitions()));
        execution.put("wave_size", Integer.toString(settings.waveSize()));
        if (settings.worker().edit() != null) {
            execution.put(
                    "keeps_inversions",
                    Boolean.toString(settings.worker().edit().keepsInversions()));
        }
        ModelAdditions additions = settings.worker().additions();
        if (additions.vae() != null) {
            execution.put("vae", PublicAddress.of(additions.vae()));
        }
        if (!additions.loras().isEmpty()) {
            execution.put(
                    "loras",
                    additions.loras().stream()
                            .map(lora -> PublicAddress.of(lora.address()) + ":" + lora.scale())
                            .collect(Collectors.joining(" ")));
        }
        if (!additions.embeddings().isEmpty()) {
            execution.put(
                    "embeddings",
                    additions.embeddings().stream()
                            .map(each -> PublicAddress.of(each.address()))
                            .collect(Collectors.joining(" ")));
        }
        execution.put("max_pixels", Long.toString(settings.worker().maxPixels()));
        return execution;
    }

    /** This run, going on where another ended; null for none. */
    public RunJson after(RunJson before) {
        return before == null
                ? this
                : computedOn(before.platforms()).with(finished, before.wallMilliseconds(), counters);
    }

    /** The same run, ended. */
    public RunJson finished(String time, Map<String, Long> counted) {
        return with(time, earlierMilliseconds, counted);
    }

    private RunJson with(String end, long earlier, Map<String, Long> counted) {
        return new RunJson(
                schemaVersion,
                codeVersion,
                sparkVersion,
                settingsKey,
                settings,
                methods,
                model,
                dataset,
                execution,
                platforms,
                output,
                started,
                end,
                earlier,
                counted);
    }

    /** The same run, some of it computed on these, too. */
    public RunJson computedOn(List<PlatformReport> more) {
        Set<PlatformReport> all = new LinkedHashSet<>(platforms);
        all.addAll(more);
        return new RunJson(
                schemaVersion,
                codeVersion,
                sparkVersion,
                settingsKey,
                settings,
                methods,
                model,
                dataset,
                execution,
                List.copyOf(all),
                output,
                started,
                finished,
                earlierMilliseconds,
                counters);
    }

    /** Wall time of all runs that reached their end. */
    public long wallMilliseconds() {
        Long latest = counters == null ? null : counters.get(WALL_MILLISECONDS);
        return earlierMilliseconds + (latest == null ? 0 : latest);
    }

    public void write(OutputDirectory directory) throws IOException {
        FILE.write(directory, this);
    }

    /**
     * The run that made what is in the directory; null where there is nothing in it.
     *
     * @throws JobException if there is something else in it
     */
    public static RunJson read(OutputDirectory directory) throws IOException {
        return FILE.read(directory);
    }

    /**
     * Makes sure that a new run may add to this one's results.
     *
     * @param wanted the new run
     * @throws JobException if they would not be comparable; the message names each setting that differs
     */
    public void requireSame(RunJson wanted) {
        requireSame(
                named(this),
                named(wanted),
                wanted,
                "choose another --output, delete it, or recompute it with --recompute");
    }

    /**
     * Makes sure that a new run may put its results in the place of this one's, image by image: their rows must be those
     * of the same methods and controls.
     *
     * @throws JobException if they are not, or rows would be dropped; the message says why
     */
    public void requireSameRows(RunJson wanted) {
        requireSame(rows(this), rows(wanted), wanted, "choose another --output, or delete it");
    }

    private void requireSame(Map<String, String> there, Map<String, String> here, RunJson wanted, String remedy) {
        Optional<String> dropped = dataset == null ? Optional.empty() : dataset.droppedBy(wanted.dataset());
        OwnerFile.requireSame(there, here, dropped, wanted.output(), remedy);
    }

    private static Map<String, String> rows(RunJson run) {
        Map<String, String> names = named(run);
        names.replaceAll((name, value) -> SAME_FOR_ALL_ROWS.contains(name) ? value : "given");
        return names;
    }

    private static Map<String, String> named(RunJson run) {
        Map<String, String> names = new LinkedHashMap<>(run.settings() == null ? Map.of() : run.settings());
        names.put("dataset", run.dataset() == null ? null : run.dataset().root());
        return names;
    }
}
