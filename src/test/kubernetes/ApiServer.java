import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.dsl.HttpMethod;
import io.fabric8.mockwebserver.http.Buffer;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * An API server of Kubernetes in memory, without a cluster: it keeps what it is given and answers what it is asked. It
 * also plays the kubelet: every pod runs at once, as a process of this machine, and ends as that does. A file of its
 * own, started by {@code java ApiServer.java} with the jars of {@code target/kubernetes-libs}: those are on no class
 * path of the tests.
 *
 * <p>Arguments: the container's entrypoint, which gets the container's arguments and environment; and a folder, in
 * which each pod has one to work in. Prints its port, and ends with its input.
 */
final class ApiServer {
    private static final String ADDRESS = "127.0.0.1";
    private static final long POLL_MILLISECONDS = 100;
    private static final int NOT_FOUND = 404;

    private final KubernetesClient client;
    private final String entrypoint;
    private final Path logs;
    private final Set<String> seen = new HashSet<>();
    private final List<Process> processes = new ArrayList<>();

    private ApiServer(KubernetesClient client, String entrypoint, Path logs) {
        this.client = client;
        this.entrypoint = entrypoint;
        this.logs = logs;
    }

    public static void main(String[] words) throws Exception {
        KubernetesMockServer server = new KubernetesMockServer(
                new Context(), new MockWebServer(), new HashMap<>(), new Storage(), false);
        server.init(InetAddress.getByName(ADDRESS), 0);
        ApiServer kubelet = new ApiServer(server.createClient(), words[0], Path.of(words[1]));
        System.out.println(server.getPort());
        System.out.flush();
        Thread watch = new Thread(kubelet::watch, "kubelet");
        watch.setDaemon(true);
        watch.start();
        while (System.in.read() >= 0) {
            // Until whoever started this has ended or wants it to.
        }
        kubelet.processes.forEach(Process::destroyForcibly);
        System.exit(0);
    }

    /** What a real server does, too: a pod has a phase at once, and what is applied need not be there before. */
    private static final class Storage extends KubernetesCrudDispatcher {
        private static final ObjectMapper JSON = new ObjectMapper();

        @Override
        public MockResponse handleCreate(RecordedRequest request) {
            return super.handleCreate(with(request, request.getPath(), pending(request.getUtf8Body())));
        }

        @Override
        public MockResponse handlePatch(RecordedRequest request) {
            String type = request.getHeader("Content-Type");
            String path = request.getPath().replaceFirst("\\?.*", "");
            boolean absent = type != null && type.contains("apply-patch") && handleGet(path).code() == NOT_FOUND;
            if (!absent) {
                return super.handlePatch(request);
            }
            return handleCreate(with(request, path.replaceFirst("/[^/]*$", ""), request.getUtf8Body()));
        }

        private static RecordedRequest with(RecordedRequest request, String path, String body) {
            return new RecordedRequest(
                    request.getHttpVersion(),
                    HttpMethod.POST,
                    path,
                    request.getHeaders(),
                    new Buffer(body.getBytes(StandardCharsets.UTF_8)));
        }

        private static String pending(String body) {
            try {
                JsonNode thing = JSON.readTree(body);
                if (thing.path("kind").asText().equals("Pod") && !thing.has("status")) {
                    ((ObjectNode) thing).putObject("status").put("phase", "Pending");
                }
                return JSON.writeValueAsString(thing);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void watch() {
        try {
            while (true) {
                for (Pod pod : client.pods().inAnyNamespace().list().getItems()) {
                    if (seen.add(pod.getMetadata().getNamespace() + "/" + pod.getMetadata().getName())) {
                        start(pod);
                    }
                }
                TimeUnit.MILLISECONDS.sleep(POLL_MILLISECONDS);
            }
        } catch (InterruptedException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void start(Pod pod) throws IOException {
        Container container = pod.getSpec().getContainers().get(0);
        List<String> command = new ArrayList<>(List.of(entrypoint));
        command.addAll(container.getArgs());
        Path folder = Files.createDirectories(logs.resolve(pod.getMetadata().getName()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.directory(folder.toFile()).redirectOutput(folder.resolve("log").toFile());
        Map<String, String> environment = builder.environment();
        for (EnvVar variable : container.getEnv()) {
            environment.put(variable.getName(), value(variable, pod));
        }
        set(pod, "Running", null);
        Process process = builder.start();
        processes.add(process);
        process.onExit().thenAccept(ended -> {
            int code = ended.exitValue();
            set(pod, code == 0 ? "Succeeded" : "Failed", code);
        });
    }

    /** Those that refer to the pod itself are its address and its name. */
    private static String value(EnvVar variable, Pod pod) {
        if (variable.getValueFrom() == null || variable.getValueFrom().getFieldRef() == null) {
            return variable.getValue() == null ? "" : variable.getValue();
        }
        String field = variable.getValueFrom().getFieldRef().getFieldPath();
        return field.equals("status.podIP") ? ADDRESS : pod.getMetadata().getName();
    }

    private void set(Pod pod, String phase, Integer exitCode) {
        Pod there = client.pods().resource(pod).get();
        if (there == null) {
            return;
        }
        String name = pod.getSpec().getContainers().get(0).getName();
        PodBuilder changed = new PodBuilder(there);
        if (exitCode == null) {
            changed.withNewStatus()
                    .withPhase(phase)
                    .withPodIP(ADDRESS)
                    .addNewContainerStatus()
                    .withName(name)
                    .withNewState()
                    .withNewRunning()
                    .endRunning()
                    .endState()
                    .endContainerStatus()
                    .endStatus();
        } else {
            changed.withNewStatus()
                    .withPhase(phase)
                    .withPodIP(ADDRESS)
                    .addNewContainerStatus()
                    .withName(name)
                    .withNewState()
                    .withNewTerminated()
                    .withExitCode(exitCode)
                    .endTerminated()
                    .endState()
                    .endContainerStatus()
                    .endStatus();
        }
        client.pods().resource(changed.build()).update();
    }
}
