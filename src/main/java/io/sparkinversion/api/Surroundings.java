package io.sparkinversion.api;

import io.sparkinversion.UserException;
import io.sparkinversion.engine.DeviceChoice;
import io.sparkinversion.engine.TorchRuntime;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.OutputCheck;
import java.util.regex.Pattern;

/** What a run's first task would find wrong with this machine, found before Spark starts. */
final class Surroundings {
    /** Masters whose tasks run in this process. */
    private static final Pattern LOCAL = Pattern.compile("local(\\[.*])?");

    private Surroundings() {}

    /**
     * @param master of the session, as far as it is known
     * @throws UserException if the output cannot be written, or a GPU that was asked for is not there
     */
    static void require(JobSettings settings, String master) {
        OutputCheck.require(settings.output());
        String device = settings.worker().device();
        if (LOCAL.matcher(master).matches() && device.startsWith("gpu")) {
            DeviceChoice.choose(device, new DeviceChoice.Surroundings(null, true, 0, TorchRuntime.gpuCount()));
        }
    }
}
