package io.sparkinversion.evaluation;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.output.JobSettings;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Settings of an evaluation, which is a run of the job for each step count.
 *
 * @param run what the runs have in common; its output is the evaluation's directory, its step count is not used
 * @param steps DDIM step counts, 1 to 1000
 * @param protocol how images are timed; the run's settings agree with it
 */
public record EvaluationSettings(JobSettings run, List<Integer> steps, Protocol protocol) {
    private static final int MOST_STEPS = 1000;

    /**
     * @throws JobException if there is no step count, one is named twice or is out of range
     */
    public EvaluationSettings {
        steps = List.copyOf(steps);
        if (steps.isEmpty()) {
            throw new JobException("steps: none given; name one or more step counts of 1 to " + MOST_STEPS);
        }
        if (new HashSet<>(steps).size() < steps.size()) {
            throw new JobException("steps: one is named twice in " + text(steps, ", "));
        }
        for (int count : steps) {
            if (count < 1 || count > MOST_STEPS) {
                throw new JobException("steps: " + count + " is not from 1 to " + MOST_STEPS);
            }
        }
    }

    /** The cheapest first. */
    List<Integer> inOrder() {
        return steps.stream().sorted().toList();
    }

    /** The run of one step count. */
    JobSettings part(int count) {
        return run.with(count, folder(run.output(), count));
    }

    /** The runs' directories, from the fewest steps to the most. */
    public List<String> folders() {
        return inOrder().stream().map(count -> folder(run.output(), count)).toList();
    }

    /** Where an evaluation has the run of a step count, such as {@code OUT/steps-0050}. */
    static String folder(String output, int count) {
        return output.replaceFirst("/+$", "") + "/" + folderName(count);
    }

    static String folderName(int count) {
        return String.format("steps-%04d", count);
    }

    /** As {@link JobSettings#resultSettings}, with the protocol. */
    Map<String, String> resultSettings() {
        Map<String, String> settings = new LinkedHashMap<>(run.resultSettings());
        settings.put("steps", text(inOrder(), " "));
        settings.put("protocol", protocol.label());
        return settings;
    }

    private static String text(List<Integer> counts, String separator) {
        return counts.stream().map(String::valueOf).collect(Collectors.joining(separator));
    }
}
