package io.sparkinversion.nightly;

import io.sparkinversion.evaluation.EvaluationSettings;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.RunJson;

/**
 * Settings of a nightly run.
 *
 * @param evaluation what to run; its output is the directory of all nightly runs, not of this one
 * @param baseline what to compare with: the name of an earlier run in that directory, or the address of the output of
 *     {@code evaluate} or {@code invert}; null for the last run that did not fail
 * @param limits how much worse it may be
 * @param codeVersion what the history calls the code, such as a commit; null for this program's version
 */
public record NightlySettings(EvaluationSettings evaluation, String baseline, Limits limits, String codeVersion) {

    /** The directory of all nightly runs. */
    public String output() {
        return evaluation.run().output();
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
}
