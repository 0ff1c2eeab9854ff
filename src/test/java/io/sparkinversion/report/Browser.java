package io.sparkinversion.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A headless Chromium with one page, driven through the DevTools protocol. It ends with {@link #close}. */
public final class Browser implements AutoCloseable {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final Pattern ADDRESS = Pattern.compile("DevTools listening on (ws://\\S+)");

    private static final long PATIENCE_SECONDS = 60;

    private final Process process;
    private final Path profile;
    private final DevTools tools;

    private Browser(Process process, Path profile, DevTools tools) {
        this.process = process;
        this.profile = profile;
        this.tools = tools;
    }

    /** The first browser on {@code PATH}, or none. */
    public static Optional<Path> executable() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .filter(folder -> !folder.isBlank())
                .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * @throws IOException if the browser does not start; the message has what it printed
     */
    public static Browser start(Path executable) throws IOException {
        Path profile = Files.createTempDirectory("browser-profile");
        Process process = new ProcessBuilder(
                        executable.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--user-data-dir=" + profile,
                        "--remote-debugging-port=0",
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> all(process).forEach(ProcessHandle::destroyForcibly)));
        CompletableFuture<Void> giveUp = CompletableFuture.runAsync(
                process::destroyForcibly, CompletableFuture.delayedExecutor(PATIENCE_SECONDS, TimeUnit.SECONDS));
        try {
            return new Browser(process, profile, new DevTools(address(process)));
        } catch (IOException | RuntimeException e) {
            end(process, profile);
            throw e;
        } finally {
            giveUp.cancel(false);
        }
    }

    /** Opens a page and returns when it has loaded. What it logged before is forgotten. */
    public void open(URI page) {
        go("about:blank"); // the same page with another fragment would not load again
        go(page.toString());
    }

    private void go(String address) {
        tools.forget();
        tools.send("Page.navigate", Map.of("url", address));
        tools.await("Page.loadEventFired");
    }

    /**
     * The value of a JavaScript expression; promises are awaited.
     *
     * @throws AssertionError if it throws
     */
    public JsonNode evaluate(String expression) {
        JsonNode answer = tools.send(
                "Runtime.evaluate",
                Map.of("expression", expression, "returnByValue", true, "awaitPromise", true, "userGesture", true));
        if (answer.has("exceptionDetails")) {
            throw new AssertionError(expression + " failed: " + answer.get("exceptionDetails"));
        }
        return answer.path("result").path("value");
    }

    /** Presses and releases a key, such as {@code Tab} or {@code Enter}, on the element with the focus. */
    public void press(String key) {
        Map<String, Object> down =
                switch (key) {
                    case "Enter" ->
                        Map.of("type", "keyDown", "key", key, "code", key, "windowsVirtualKeyCode", 13, "text", "\r");
                    // what the browser does by itself on a key, it does by the number
                    case "Escape" -> Map.of("type", "keyDown", "key", key, "code", key, "windowsVirtualKeyCode", 27);
                    default -> Map.of("type", "keyDown", "key", key, "code", key);
                };
        tools.send("Input.dispatchKeyEvent", down);
        tools.send("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key, "code", key));
    }

    /** What the page logged, the exceptions that it did not catch, and the policies that it broke. */
    public List<String> console() {
        List<String> lines = new ArrayList<>();
        for (JsonNode event : tools.events()) {
            switch (event.path("method").asText()) {
                case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded" ->
                    lines.add(event.path("params").toString());
                default -> {}
            }
        }
        return lines;
    }

    /** Addresses of everything that the page asked for, itself included. */
    public List<String> requests() {
        return tools.events().stream()
                .filter(event -> event.path("method").asText().equals("Network.requestWillBeSent"))
                .map(event -> event.path("params").path("request").path("url").asText())
                .toList();
    }

    /** Sets the page's width in pixels and its colour scheme, {@code light} or {@code dark}. */
    public void look(int width, int height, String scheme) {
        tools.send(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        tools.send(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    }

    /** Writes what the window shows as a PNG file. */
    public void screenshot(Path file) throws IOException {
        JsonNode answer = tools.send("Page.captureScreenshot", Map.of("format", "png"));
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, Base64.getDecoder().decode(answer.path("data").asText()));
    }

    @Override
    public void close() throws IOException {
        tools.close();
        end(process, profile);
    }

    private static String address(Process process) throws IOException {
        StringBuilder printed = new StringBuilder();
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            Matcher matcher = ADDRESS.matcher(line);
            if (matcher.find()) {
                drain(reader);
                return matcher.group(1);
            }
            printed.append(line).append('\n');
        }
        throw new IOException("the browser ended before it listened; it printed:\n" + printed);
    }

    /** A full pipe would stop the browser. */
    private static void drain(BufferedReader reader) {
        Thread thread = new Thread(
                () -> {
                    try {
                        reader.transferTo(Writer.nullWriter());
                    } catch (IOException e) {
                        // the browser has ended, and so has its output
                    }
                },
                "browser-output");
        thread.setDaemon(true);
        thread.start();
    }

    private static List<ProcessHandle> all(Process process) {
        return Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
    }

    private static void end(Process process, Path profile) throws IOException {
        List<ProcessHandle> all = all(process);
        all.forEach(ProcessHandle::destroyForcibly);
        for (ProcessHandle one : all) {
            one.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        }
        try (Stream<Path> files = Files.walk(profile)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
