package io.sparkinversion.yarn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code conf/gpu-discovery.sh} with an {@code nvidia-smi} that is made up, run by processes that live on as executors do. */
class GpuDiscoveryTest {
    private static final Map<String, String> CONTAINER = Map.of("CONTAINER_ID", "container_1_0001_01_000002");

    @TempDir
    private Path folder;

    private final List<Process> executors = new ArrayList<>();

    @AfterEach
    void end() throws InterruptedException {
        for (Process executor : executors) {
            end(executor);
        }
    }

    @Test
    void outsideOfYarnAllGpusAreTold() throws Exception {
        assertThat(found(3, Map.of())).isEqualTo(addresses("\"0\",\"1\",\"2\""));
        assertThat(found(3, Map.of())).isEqualTo(addresses("\"0\",\"1\",\"2\""));
    }

    @Test
    void executorsThatSeeAllGpusOfAHostShareNone() throws Exception {
        assertThat(found(3, CONTAINER)).isEqualTo(addresses("\"0\""));
        assertThat(found(3, CONTAINER)).isEqualTo(addresses("\"1\""));
        assertThat(found(3, CONTAINER)).isEqualTo(addresses("\"2\""));
        assertThat(found(3, CONTAINER)).startsWith("error: 0 of the 3 GPUs of ");
    }

    @Test
    void theGpuOfAnExecutorThatHasEndedIsFree() throws Exception {
        found(2, CONTAINER);
        found(2, CONTAINER);
        end(executors.get(0));

        assertThat(found(2, CONTAINER)).isEqualTo(addresses("\"0\""));
    }

    @Test
    void anExecutorGetsAsManyAsItAskedFor() throws Exception {
        Map<String, String> two = new HashMap<>(CONTAINER);
        two.put("SPARK_INVERSION_GPUS", "2");

        assertThat(found(4, two)).isEqualTo(addresses("\"0\",\"1\""));
        assertThat(found(4, two)).isEqualTo(addresses("\"2\",\"3\""));
        assertThat(found(2, two)).as("isolated").isEqualTo(addresses("\"0\",\"1\""));
    }

    private static String addresses(String list) {
        return "{\"name\": \"gpu\", \"addresses\": [" + list + "]}";
    }

    /** What the script says to a new process that lives on. */
    private String found(int visible, Map<String, String> environment) throws IOException {
        Path tool = folder.resolve("nvidia-smi");
        Files.writeString(tool, "#!/bin/sh\nseq 0 " + (visible - 1) + "\n");
        assertThat(tool.toFile().setExecutable(true)).isTrue();
        ProcessBuilder builder =
                new ProcessBuilder("bash", "-c", "conf/gpu-discovery.sh; read -r end").redirectErrorStream(true);
        builder.environment().remove("CONTAINER_ID");
        builder.environment().putAll(environment);
        builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
        builder.environment()
                .put("SPARK_INVERSION_GPU_CLAIMS", folder.resolve("claims").toString());
        Process executor = builder.start();
        executors.add(executor);
        BufferedReader printed = executor.inputReader();
        return printed.readLine();
    }

    private static void end(Process executor) throws InterruptedException {
        executor.destroyForcibly().waitFor();
    }
}
