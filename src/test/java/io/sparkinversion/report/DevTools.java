package io.sparkinversion.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A connection to one page of a browser: commands with their answers, and the events that come between them. */
final class DevTools implements WebSocket.Listener, AutoCloseable {
    private static final long PATIENCE_SECONDS = 60;

    private final ObjectMapper json = new ObjectMapper();
    private final AtomicInteger lastId = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final Map<String, CompletableFuture<JsonNode>> awaited = new ConcurrentHashMap<>();
    private final List<JsonNode> events = new CopyOnWriteArrayList<>();
    private final StringBuilder message = new StringBuilder();
    private final WebSocket socket;
    private String session;

    DevTools(String address) {
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(address), this)
                .join();
        String target = send("Target.createTarget", Map.of("url", "about:blank"))
                .path("targetId")
                .asText();
        session = send("Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                .path("sessionId")
                .asText();
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            send(domain + ".enable", Map.of());
        }
    }

    /**
     * @throws AssertionError if the browser refuses the command
     */
    JsonNode send(String method, Map<String, ?> parameters) {
        int id = lastId.incrementAndGet();
        ObjectNode command = json.createObjectNode().put("id", id).put("method", method);
        command.set("params", json.valueToTree(parameters));
        if (session != null) {
            command.put("sessionId", session);
        }
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        answers.put(id, answer);
        socket.sendText(command.toString(), true).join();
        JsonNode node = answer.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        if (node.has("error")) {
            throw new AssertionError(method + ": " + node.get("error"));
        }
        return node.path("result");
    }

    /** Returns when the event has come, since {@link #forget} if it came before this call. */
    void await(String event) {
        awaited.computeIfAbsent(event, name -> new CompletableFuture<>())
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    /** Events from now on only. */
    void forget() {
        events.clear();
        awaited.clear();
    }

    List<JsonNode> events() {
        return new ArrayList<>(events);
    }

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
        message.append(data);
        if (last) {
            receive(message.toString());
            message.setLength(0);
        }
        webSocket.request(1);
        return null;
    }

    private void receive(String text) {
        JsonNode node;
        try {
            node = json.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the browser sent no JSON: " + text, e);
        }
        if (node.has("id")) {
            answers.remove(node.get("id").asInt()).complete(node);
        } else {
            events.add(node);
            awaited.computeIfAbsent(node.path("method").asText(), name -> new CompletableFuture<>())
                    .complete(node);
        }
    }

    @Override
    public void close() {
        socket.abort();
    }
}
