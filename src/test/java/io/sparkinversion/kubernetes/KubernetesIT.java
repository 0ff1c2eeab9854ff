package io.sparkinversion.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkinversion.cli.Tables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code jobs/submit} with {@code conf/spark-kubernetes.conf} asks Kubernetes for, and a run in such pods. The API
 * server is one for tests, and what plays the kubelet runs a pod as a process of this machine: no image, no network of
 * the cluster's, no GPU.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class KubernetesIT {
    private static final String SETTINGS = "conf/spark-kubernetes.conf";
    private static final int IMAGES = 4;

    /**
     * What the entrypoint of Spark's images does for an executor, with the libraries of this machine: no CUDA, and less
     * memory than the pod has. A driver ends at once.
     */
    private static final String ENTRYPOINT = """
            #!/usr/bin/env bash
            [ "$1" = executor ] || exit 0
            unset PYTORCH_LIBRARY_PATH PYTORCH_VERSION PYTORCH_FLAVOR
            mapfile -t options < <(env | grep ^SPARK_JAVA_OPT_ | sort -t_ -k4 -n | sed 's/[^=]*=//')
            exec java "${options[@]}" -Xmx1g -cp "$SPARK_CLASSPATH:%s/jars/*" \\
                org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend --driver-url "$SPARK_DRIVER_URL" \\
                --executor-id "$SPARK_EXECUTOR_ID" --cores "$SPARK_EXECUTOR_CORES" --app-id "$SPARK_APPLICATION_ID" \\
                --hostname "$SPARK_EXECUTOR_POD_IP" --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" \\
                --podName "$SPARK_EXECUTOR_POD_NAME"
            """;

    @TempDir
    private Path folder;

    private SubmissionHome home;
    private KubernetesApi api;

    @BeforeEach
    void start() throws IOException {
        home = SubmissionHome.in(Files.createDirectories(folder.resolve("home")));
        Path entrypoint = home.script("entrypoint.sh", ENTRYPOINT.formatted(home.sparkHome()));
        api = KubernetesApi.start(entrypoint, folder.resolve("logs"));
    }

    @AfterEach
    void stop() throws IOException {
        if (api != null) {
            api.close();
        }
        if (home != null) {
            home.close();
        }
    }

    @Test
    void inClusterModeTheDriverIsAPodOfTheImage() throws Exception {
        submit(
                List.of("--deploy-mode", "cluster", "--conf", "spark.kubernetes.namespace=default"),
                List.of("--device", "gpu", "--dataset", "s3a://bucket/images", "--output", "s3a://bucket/runs/1"));

        assertThat(api.pods("driver")).hasSize(1);
        JsonNode driver = api.pods("driver").get(0);
        JsonNode container = container(driver);
        assertThat(container.path("image").asText()).isEqualTo("REGISTRY/spark-inversion:0.1.0");
        assertThat(container.has("command")).as("the image's entrypoint").isFalse();
        assertThat(driver.path("spec").path("serviceAccountName").asText()).isEqualTo("spark");
        List<String> words = new ArrayList<>();
        container.path("args").forEach(word -> words.add(word.asText()));
        assertThat(words)
                .startsWith("driver")
                .containsSequence("--class", "io.sparkinversion.cli.Main")
                .endsWith(
                        "local:///opt/spark-inversion/spark-inversion.jar",
                        "invert",
                        "--device",
                        "gpu",
                        "--dataset",
                        "s3a://bucket/images",
                        "--output",
                        "s3a://bucket/runs/1");
        assertThat(container.path("resources").path("limits").has("nvidia.com/gpu"))
                .as("a GPU for the driver")
                .isFalse();
        String properties = api.items("configmaps").toString();
        assertThat(properties)
                .contains("spark.driver.extraJavaOptions=-Dspark.inversion.home\\\\=/opt/spark-inversion")
                .contains("spark.executor.resource.gpu.vendor=nvidia.com")
                .as("nothing of this machine")
                .doesNotContain(home.folder().toString());
    }

    @Test
    void inClientModeARunComputesInExecutorPodsThatHaveAGpuEach() throws Exception {
        Path output = folder.resolve("out");
        Path gpus = home.script("gpus.sh", "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"0\"]}'\n");
        submit(
                List.of(
                        "--cpu",
                        "--conf",
                        "spark.driver.host=127.0.0.1",
                        "--conf",
                        "spark.executor.instances=1",
                        "--conf",
                        "spark.executor.resource.gpu.discoveryScript=" + gpus),
                List.of(
                        "--device",
                        "cpu",
                        "--dataset",
                        home.path("data-samples").toString(),
                        "--limit",
                        Integer.toString(IMAGES),
                        "--steps",
                        "2",
                        "--output",
                        output.toString()));

        assertThat(new Tables(output)
                        .query("select distinct image_id from metrics where status = 'ok'", row -> row.getString(1)))
                .hasSize(IMAGES);
        assertThat(api.pods("driver")).isEmpty();
        assertThat(api.pods("executor")).hasSize(1);
        JsonNode container = container(api.pods("executor").get(0));
        assertThat(container.path("image").asText()).isEqualTo("REGISTRY/spark-inversion:0.1.0");
        assertThat(container.has("command")).as("the image's entrypoint").isFalse();
        assertThat(container.path("args")).extracting(JsonNode::asText).containsExactly("executor");
        JsonNode resources = container.path("resources");
        assertThat(resources.path("limits").path("nvidia.com/gpu").asText()).isEqualTo("1");
        assertThat(resources.path("requests").path("cpu").asText()).isEqualTo("4");
        assertThat(resources.path("requests").path("memory"))
                .isEqualTo(resources.path("limits").path("memory"));
        assertThat(mebibytes(resources.path("limits").path("memory").asText()))
                .as("the heap, and room beside it")
                .isEqualTo(8 * 1024 + 8 * 1024);
        assertThat(environment(container))
                .containsEntry("PYTORCH_LIBRARY_PATH", "/opt/torch/lib")
                .containsEntry("PYTORCH_VERSION", "2.7.1")
                .containsEntry("PYTORCH_FLAVOR", "cu128")
                .containsEntry("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
                .containsEntry("OMP_WAIT_POLICY", "passive")
                .containsEntry("DJL_OFFLINE", "true")
                .containsEntry("SPARK_EXECUTOR_CORES", "4")
                .containsEntry("SPARK_EXECUTOR_MEMORY", "8192m");
    }

    /** Runs the command to its end and sees which pods there were. */
    private void submit(List<String> options, List<String> words) throws Exception {
        List<String> command = new ArrayList<>(List.of(home.path("jobs/submit").toString()));
        List<String> rest = new ArrayList<>(options);
        if (rest.remove("--cpu")) {
            command.add("--cpu");
        }
        Collections.addAll(command, "--master", api.master(), "--properties-file", SETTINGS);
        // The machine may be busy.
        Collections.addAll(command, "--conf", "spark.kubernetes.submission.requestTimeout=120000");
        Collections.addAll(command, "--conf", "spark.kubernetes.driver.requestTimeout=120000");
        command.addAll(rest);
        Collections.addAll(command, "--", "invert");
        command.addAll(words);
        Path log = folder.resolve("submit.log");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("SPARK_HOME", home.sparkHome().toString());
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        builder.environment().remove("KUBECONFIG");
        Process process = builder.start();
        try {
            while (!process.waitFor(100, TimeUnit.MILLISECONDS)) {
                api.look();
            }
        } finally {
            process.destroyForcibly();
        }
        api.look();
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    }

    private static JsonNode container(JsonNode pod) {
        return pod.path("spec").path("containers").path(0);
    }

    private static Map<String, String> environment(JsonNode container) {
        Map<String, String> environment = new TreeMap<>();
        container
                .path("env")
                .forEach(each -> environment.put(
                        each.path("name").asText(), each.path("value").asText()));
        return environment;
    }

    private static int mebibytes(String quantity) {
        assertThat(quantity).endsWith("Mi");
        return Integer.parseInt(quantity.replace("Mi", ""));
    }
}
