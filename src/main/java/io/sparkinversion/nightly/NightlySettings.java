package io.sparkinversion.nightly;

import io.sparkinversion.dataset.DatasetSettings;
import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.RunJson;

/**
 * Settings of a nightly run.
 *
 * @param evaluation what to run; its output is the directory of all nightly runs, not of this one; null where images are
 *     edited
 * @param edits likewise, an editing run; null where images are reconstructed
 * @param baseline what to compare with: the name of an earlier run in that directory, or the address of the output of
 *     the commands evaluate, invert or edit; null for the last run that did not fail
 * @param limits how much worse it may be
 * @param codeVersion what the history calls the code, such as a commit; null for this program's version
 */
public record NightlySettings(
        EvaluationSettings evaluation, JobSettings edits, String baseline, Limits limits, String codeVersion) {

    /** Of an evaluation. */
    public NightlySettings(EvaluationSettings evaluation, String baseline, Limits limits, String codeVersion) {
        this(evaluation, null, baseline, limits, codeVersion);
    }

    /** Of an editing run. */
    public static NightlySettings ofEdits(JobSettings edits, String baseline, Limits limits, String codeVersion) {
        return new NightlySettings(null, edits, baseline, limits, codeVersion);
    }

    /** The directory of all nightly runs. */
    public String output() {
        return run().output();
    }

    DatasetSettings dataset() {
        return run().dataset();
    }

    private JobSettings run() {
        return edits != null ? edits : evaluation.run();
    }

    String codeVersionOrOwn() {
        return codeVersion == null || codeVersion.isBlank() ? RunJson.codeVersionHere() : codeVersion;
    }

    /** This evaluation into a directory of its own. */
    EvaluationSettings into(String directory) {
        JobSettings run = evaluation.run();
        return new EvaluationSettings(
                run.with(run.worker().steps(), directory), evaluation.steps(), evaluation.protocol());
    }

    /** This editing run into a directory of its own. */
    JobSettings editsInto(String directory) {
        return edits.with(edits.worker().steps(), directory);
    }
}
