package io.sparkinversion.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.dataset.JobException;
import io.sparkinversion.dataset.PublicAddress;
import io.sparkinversion.dataset.format.FormatDetector;
import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.job.RunSummary.EditQuality;
import io.sparkinversion.job.RunSummary.FailureKind;
import io.sparkinversion.job.RunSummary.MethodQuality;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.Json;
import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.ResultSchema;
import io.sparkinversion.output.RunJson;
import io.sparkinversion.weights.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.EtagSource;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code OUT/_finished.json}: what a run that reached its end saw of the files that it depends on. While none of them
 * has changed (name, size, modification time, ETag), nor any file of the output, nor a setting, the same command has
 * nothing to do, and finds that out by listing files, without Spark. It is a shortcut only: where anything is different
 * or cannot be told, the run reads its dataset and compares it with the tables row by row.
 */
public final class FinishedRun {
    private static final Logger LOGGER = LoggerFactory.getLogger(FinishedRun.class);
    private static final String FILE = "_finished.json";
    /** Listing more takes an object store longer than a user would call nothing. */
    private static final int MOST_FILES = 200_000;

    private final OutputDirectory output;
    private final DatasetSettings dataset;
    private final String settings;
    private final List<String> otherFiles;
    private final Configuration hadoop;
    /** The dataset as it was when this was first asked; null before. */
    private Optional<String> inputs;

    private FinishedRun(
            OutputDirectory output,
            DatasetSettings dataset,
            String settings,
            List<String> otherFiles,
            Configuration hadoop) {
        this.output = output;
        this.dataset = dataset;
        this.settings = settings;
        this.otherFiles = List.copyOf(otherFiles);
        this.hadoop = hadoop;
    }

    /**
     * @param run of an evaluation one of its parts
     * @param settings all that the run or evaluation is told, as a text that is equal where they are
     * @throws JobException if the output's file system cannot be reached
     */
    public static FinishedRun of(JobSettings run, String settings, Configuration hadoop) {
        EditRecipe edit = run.worker().edit();
        List<String> others = Stream.of(
                        run.worker().lpipsWeights(),
                        edit == null ? null : edit.clipModel(),
                        edit == null ? null : edit.dinoModel())
                .filter(Objects::nonNull)
                .toList();
        return of(run.output(), run.dataset(), settings, others, hadoop);
    }

    /**
     * @param output address of the run or evaluation
     * @param dataset where the images come from
     * @param settings all that the run is told, as a text that is equal where they are
     * @param otherFiles addresses of further files and folders that results depend on
     * @throws JobException if the output's file system cannot be reached
     */
    static FinishedRun of(
            String output, DatasetSettings dataset, String settings, List<String> otherFiles, Configuration hadoop) {
        try {
            return new FinishedRun(new OutputDirectory(output, hadoop), dataset, settings, otherFiles, hadoop);
        } catch (IOException e) {
            throw new JobException(
                    "cannot read or write the output " + PublicAddress.of(output) + ": " + e.getMessage(), e);
        }
    }

    /**
     * The file's content.
     *
     * @param settings hash of the settings, the code's version and the schema's
     * @param inputs hash of the list of the dataset's files
     * @param results hash of the list of the output's files
     * @param parts what came of each step count
     * @param closing what the run printed last
     */
    record Content(String settings, String inputs, String results, List<Part> parts, String closing) {}

    /** A {@link RunSummary} without what belongs to one run only. */
    record Part(
            List<MethodQuality> methods,
            List<EditQuality> edits,
            List<FailureKind> failures,
            long images,
            long failed,
            String lpipsNet,
            String output,
            String pictures) {
        static Part of(RunSummary summary) {
            return new Part(
                    summary.methods(),
                    summary.edits(),
                    summary.failures(),
                    summary.images(),
                    summary.failed(),
                    summary.lpipsNet(),
                    summary.output(),
                    summary.pictures());
        }

        RunSummary reused(Duration wallTime) {
            return new RunSummary(
                    methods, edits, failures, images, failed, images, 0, 0, Map.of(), wallTime, lpipsNet, output,
                    pictures);
        }
    }

    /**
     * What there is where nothing is to be done.
     *
     * @param summaries one for each step count, all of them reused
     * @param closing what the earlier run printed last
     */
    public record Found(List<RunSummary> summaries, String closing) {
        public boolean hasFailures() {
            return summaries.stream().anyMatch(summary -> !summary.failures().isEmpty());
        }
    }

    /**
     * Lists the dataset's files as they are before a run reads them. One that changes while the run goes on is then
     * different for the next run, whichever of its contents was read.
     */
    public void begin() {
        try {
            inputs();
        } catch (IOException | RuntimeException e) {
            LOGGER.debug("the files of {} cannot be listed", PublicAddress.of(dataset.root()), e);
            inputs = Optional.empty();
        }
    }

    /**
     * Notes the state of the files: the dataset's as {@link #begin} saw them, the output's as they are now. A failure to
     * do so is no failure of the run.
     */
    public void remember(List<RunSummary> summaries, String closing) {
        try {
            Optional<String> results = inputs.isPresent() ? results() : Optional.empty();
            if (results.isPresent()) {
                List<Part> parts = summaries.stream().map(Part::of).toList();
                Content content = new Content(settingsKey(), inputs.get(), results.get(), parts, closing);
                output.write(output.path(FILE), Json.write(content));
            }
        } catch (IOException | RuntimeException e) {
            LOGGER.warn("{} was not written; the next run will read the dataset again", output.path(FILE), e);
        }
    }

    /** The results, if a run with these settings reached its end and no file has changed since. */
    public Optional<Found> find() {
        Instant began = Clock.systemUTC().instant();
        try {
            String text = output.read(output.path(FILE));
            if (text == null) {
                return Optional.empty();
            }
            Content content = Json.read(text, Content.class);
            if (!settingsKey().equals(content.settings())
                    || !Optional.of(content.results()).equals(results())
                    || !Optional.of(content.inputs()).equals(inputs())) {
                return Optional.empty();
            }
            Duration wallTime = Duration.between(began, Clock.systemUTC().instant());
            return Optional.of(new Found(
                    content.parts().stream().map(part -> part.reused(wallTime)).toList(), content.closing()));
        } catch (JsonProcessingException e) {
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            LOGGER.debug("{} cannot be used", PublicAddress.of(output.root().toString()), e);
            return Optional.empty();
        }
    }

    private String settingsKey() {
        String text = settings + '\n' + ResultSchema.VERSION + '\n' + RunJson.codeVersionHere();
        return Sha256.of(text.getBytes(StandardCharsets.UTF_8));
    }

    private Optional<String> inputs() throws IOException {
        if (inputs == null) {
            inputs = listInputs();
        }
        return inputs;
    }

    private Optional<String> listInputs() throws IOException {
        Path images = FormatDetector.find(dataset, hadoop).images();
        if (images == null) {
            // They may be anywhere.
            return Optional.empty();
        }
        List<Path> roots = new ArrayList<>(List.of(new Path(dataset.root()), images));
        if (dataset.captions() != null) {
            roots.add(new Path(dataset.captions()));
        }
        otherFiles.forEach(address -> roots.add(new Path(address)));
        return state(roots, output.root());
    }

    private Optional<String> results() throws IOException {
        return state(List.of(output.root()), output.path(FILE));
    }

    /**
     * Hash of a line for each file below the roots.
     *
     * @param except a file or folder that does not count
     * @return nothing where there are too many
     */
    private Optional<String> state(List<Path> roots, Path except) throws IOException {
        TreeSet<String> lines = new TreeSet<>();
        String left = except.toUri().getPath();
        for (Path root : distinct(roots)) {
            FileSystem files = root.getFileSystem(hadoop);
            RemoteIterator<LocatedFileStatus> found = files.listFiles(root, true);
            while (found.hasNext()) {
                LocatedFileStatus file = found.next();
                String path = file.getPath().toUri().getPath();
                if (!path.equals(left) && !path.startsWith(left + "/")) {
                    lines.add(line(file));
                }
                if (lines.size() > MOST_FILES) {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(Sha256.of(String.join("\n", lines).getBytes(StandardCharsets.UTF_8)));
    }

    /** Without those that lie in another, so that nothing is listed twice. */
    private List<Path> distinct(List<Path> roots) throws IOException {
        Set<String> addresses = new TreeSet<>();
        for (Path root : roots) {
            addresses.add(root.getFileSystem(hadoop).makeQualified(root).toString());
        }
        return addresses.stream()
                .filter(address -> addresses.stream().noneMatch(other -> address.startsWith(other + "/")))
                .map(Path::new)
                .toList();
    }

    private static String line(FileStatus file) {
        String tag = file instanceof EtagSource tagged ? tagged.getEtag() : "";
        return file.getPath() + "\t" + file.getLen() + "\t" + file.getModificationTime() + "\t" + tag;
    }
}
