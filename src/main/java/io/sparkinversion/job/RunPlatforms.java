package io.sparkinversion.job;

import io.sparkinversion.output.OutputDirectory;
import io.sparkinversion.output.RunJson;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Keeps in {@code run.json} what computed the waves that are committed, also of a run that is killed later. */
final class RunPlatforms {
    private final SparkMonitor monitor;
    private final OutputDirectory output;
    private RunJson run;

    RunPlatforms(RunJson run, SparkMonitor monitor, OutputDirectory output) {
        this.run = run;
        this.monitor = monitor;
        this.output = output;
    }

    /** Writes the file again where an executor has computed on a platform that it does not have. */
    synchronized void note() {
        RunJson now = run.computedOn(monitor.platforms());
        if (!now.platforms().equals(run.platforms())) {
            try {
                now.write(output);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            run = now;
        }
    }

    synchronized RunJson run() {
        return run;
    }
}
