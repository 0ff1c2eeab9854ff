package io.sparkinversion.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The API server of {@code src/test/kubernetes}, a process of its own, and what it was asked for. */
final class KubernetesApi implements AutoCloseable {
    private static final Path SOURCE = Path.of("src/test/kubernetes/ApiServer.java");

    private final Process server;
    private final int port;
    private final Map<String, JsonNode> pods = new LinkedHashMap<>();

    private KubernetesApi(Process server, int port) {
        this.server = server;
        this.port = port;
    }

    /**
     * @param entrypoint what every pod runs
     * @param logs a folder in which pods work and print
     */
    static KubernetesApi start(Path entrypoint, Path logs) throws IOException {
        Files.createDirectories(logs);
        Process server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        SubmissionHome.SPARK_LIBS + "/*:" + SubmissionHome.KUBERNETES_LIBS + "/*",
                        SOURCE.toString(),
                        entrypoint.toString(),
                        logs.toString())
                .redirectError(logs.resolve("api-server.log").toFile())
                .start();
        BufferedReader output =
                new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
        String port = output.readLine();
        if (port == null) {
            throw new IllegalStateException(
                    "the API server does not start: " + Files.readString(logs.resolve("api-server.log")));
        }
        return new KubernetesApi(server, Integer.parseInt(port));
    }

    /** As {@code --master} takes it. */
    String master() {
        return "k8s://http://127.0.0.1:" + port;
    }

    /** Looks which pods there are; they stay known when they are deleted. */
    void look() throws IOException {
        for (JsonNode pod : items("pods")) {
            pods.putIfAbsent(pod.path("metadata").path("name").asText(), pod);
        }
    }

    /** The pods seen so far of a role, {@code driver} or {@code executor}. */
    List<JsonNode> pods(String role) {
        return pods.values().stream()
                .filter(pod -> role.equals(
                        pod.path("metadata").path("labels").path("spark-role").asText()))
                .toList();
    }

    /** @param kind such as {@code configmaps} */
    JsonNode items(String kind) throws IOException {
        URI address = URI.create("http://127.0.0.1:" + port + "/api/v1/namespaces/default/" + kind);
        try (InputStream answer = address.toURL().openStream()) {
            return new ObjectMapper().readTree(answer).path("items");
        }
    }

    @Override
    public void close() throws IOException {
        server.getOutputStream().close();
        server.onExit().completeOnTimeout(server, 10, TimeUnit.SECONDS).join();
        server.destroyForcibly();
    }
}
