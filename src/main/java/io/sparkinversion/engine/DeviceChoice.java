package io.sparkinversion.engine;

import ai.djl.Device;
import io.sparkinversion.UserException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which device a task computes on. */
public final class DeviceChoice {
    private static final Pattern NUMBERED = Pattern.compile("gpu:(\\d{1,4})");

    private DeviceChoice() {}

    /**
     * What a task knows of its surroundings.
     *
     * @param assignedGpu the address that Spark gave the task, or null
     * @param local whether driver and executor are one process, so that Spark assigns nothing
     * @param partition number of the task's partition
     * @param gpuCount GPUs that libtorch sees
     */
    public record Surroundings(String assignedGpu, boolean local, int partition, int gpuCount) {}

    /** Whether {@code --device} may have this value. */
    public static boolean isValid(String device) {
        return device.equals("auto")
                || device.equals("cpu")
                || device.equals("gpu")
                || NUMBERED.matcher(device).matches();
    }

    /**
     * Spark's assignment counts wherever there is one; a local master takes what is named, or any.
     *
     * @param wanted {@code auto}, {@code cpu}, {@code gpu} or {@code gpu:N}
     * @throws DeviceException if a GPU is wanted and there is none, or on a cluster none is assigned, rather than a
     *     slow run on the CPU or several tasks crowding one GPU
     */
    public static Device choose(String wanted, Surroundings here) {
        if (!isValid(wanted)) {
            throw new DeviceException("--device '" + wanted + "' is invalid; expected auto, cpu, gpu or gpu:N");
        }
        if (wanted.equals("cpu")) {
            return Device.cpu();
        }
        if (here.assignedGpu() != null) {
            return gpu(number(here.assignedGpu()), here);
        }
        boolean gpuWanted = !wanted.equals("auto");
        if (gpuWanted && !here.local()) {
            throw new DeviceException("--device " + wanted + " was requested, but Spark assigned no GPU to this task;"
                    + " set spark.executor.resource.gpu.amount, spark.task.resource.gpu.amount and a discovery script"
                    + " (conf/ has examples)");
        }
        Matcher numbered = NUMBERED.matcher(wanted);
        if (numbered.matches()) {
            return gpu(Integer.parseInt(numbered.group(1)), here);
        }
        if (here.local() && here.gpuCount() > 0) {
            return gpu(here.partition() % here.gpuCount(), here);
        }
        if (gpuWanted) {
            throw new DeviceException("--device gpu was requested, but libtorch sees no GPU here: is this the CPU build"
                    + " of libtorch, or is the driver missing? See docs/cluster.md, 'CUDA on the nodes'");
        }
        return Device.cpu();
    }

    /** Discovery scripts print {@code 0} or {@code gpu:0}; a UUID cannot be told from here. */
    private static int number(String address) {
        String digits = address.strip().toLowerCase(Locale.ROOT).replaceFirst("^gpu:?", "");
        if (!digits.matches("\\d{1,4}")) {
            throw new DeviceException("Spark assigned the GPU address '" + address + "', which is not an index; the"
                    + " discovery script must print indices as nvidia-smi does");
        }
        return Integer.parseInt(digits);
    }

    private static Device gpu(int number, Surroundings here) {
        if (number >= here.gpuCount()) {
            throw new DeviceException("GPU " + number + " was requested, but libtorch sees " + here.gpuCount()
                    + " GPUs; is this the CPU build of libtorch, or does CUDA_VISIBLE_DEVICES hide it?");
        }
        return Device.gpu(number);
    }

    /** There is no device as asked for. */
    public static final class DeviceException extends UserException {
        private static final long serialVersionUID = 1L;

        DeviceException(String message) {
            super(message);
        }
    }
}
