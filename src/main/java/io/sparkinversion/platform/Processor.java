package io.sparkinversion.platform;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What computes.
 *
 * @param name such as {@code AMD EPYC (family 26, model 2)}
 * @param instructionSet the widest of those that libtorch's kernels are written for, such as {@code avx512_bf16}; of a
 *     GPU the compute capability
 * @param libtorch its version
 */
public record Processor(String name, String instructionSet, String libtorch) {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    /** Widest first, as Linux names them. */
    private static final List<String> INSTRUCTION_SETS =
            List.of("amx_bf16", "avx512_fp16", "avx512_bf16", "avx512_vnni", "avx512f", "avx_vnni", "avx2", "avx");

    /** oneDNN's own limit, which is not the processor's. */
    private static final String LIMIT = "ONEDNN_MAX_CPU_ISA";

    /** Loads libtorch. */
    public static Processor of(Device device) {
        String libtorch = Engine.getEngine("PyTorch").getVersion();
        if (device.isGpu()) {
            return new Processor(
                    "GPU", "compute capability " + CudaUtils.getComputeCapability(device.getDeviceId()), libtorch);
        }
        Map<String, String> info = info();
        List<String> flags = List.of(info.getOrDefault("flags", "").split(" "));
        String widest =
                INSTRUCTION_SETS.stream().filter(flags::contains).findFirst().orElse(System.getProperty("os.arch"));
        String limit = System.getenv(LIMIT);
        return new Processor(name(info), limit == null ? widest : widest + ", " + LIMIT + "=" + limit, libtorch);
    }

    private static String name(Map<String, String> info) {
        String name = info.getOrDefault("model name", "unknown processor");
        return info.containsKey("cpu family")
                ? name + " (family " + info.get("cpu family") + ", model " + info.get("model") + ")"
                : name;
    }

    /** The first core's entries; none where the system does not tell. */
    private static Map<String, String> info() {
        Map<String, String> info = new LinkedHashMap<>();
        try {
            for (String line : Files.readAllLines(CPU_INFO)) {
                int colon = line.indexOf(':');
                if (colon > 0) {
                    info.putIfAbsent(
                            line.substring(0, colon).strip(),
                            line.substring(colon + 1).strip());
                }
            }
        } catch (IOException e) {
            return Map.of();
        }
        return info;
    }

    @Override
    public String toString() {
        return name + ", " + instructionSet + ", libtorch " + libtorch;
    }
}
