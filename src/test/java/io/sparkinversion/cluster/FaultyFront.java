package io.sparkinversion.cluster;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** An HTTP server's front: hands requests on to it byte for byte, notes them, and does harm where a fault says so. */
final class FaultyFront implements AutoCloseable {
    private static final String SLOW_DOWN = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>SlowDown</Code>"
            + "<Message>injected: reduce your request rate</Message></Error>";

    private static final long HALF = -1;

    private final int server;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<Fault> faults = new CopyOnWriteArrayList<>();
    private final List<Request> requests = new ArrayList<>();

    /**
     * @param method such as GET
     * @param target path and query, decoded
     */
    record Request(String method, String target) {
        static Request of(HttpHead head) {
            return new Request(head.word(0), URLDecoder.decode(head.word(1), StandardCharsets.UTF_8));
        }

        @Override
        public String toString() {
            return method + " " + target;
        }
    }

    /** Both ends of a connection. */
    private record Connection(
            Socket client, InputStream asked, OutputStream answer, InputStream told, OutputStream ask) {
        /** The client sees a reset instead of an end. Nothing more can be asked. */
        boolean reset() throws IOException {
            client.setSoLinger(true, 0);
            client.close();
            return false;
        }
    }

    /** @param server the port behind it */
    FaultyFront(int server) throws IOException {
        this.server = server;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("accept", this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    Fault add(Fault.Kind kind, int times, Duration delay) {
        Fault fault = new Fault(kind, times, delay);
        faults.add(fault);
        return fault;
    }

    void forgetFaults() {
        faults.forEach(Fault::release);
        faults.clear();
    }

    /** Returns when so many of the requests since {@link #takeRequests} are like that. */
    void await(Predicate<Request> like, int count) throws InterruptedException {
        synchronized (requests) {
            while (requests.stream().filter(like).count() < count) {
                requests.wait();
            }
        }
    }

    /** All requests since the start or since this was last called. */
    List<Request> takeRequests() {
        synchronized (requests) {
            List<Request> taken = List.copyOf(requests);
            requests.clear();
            return taken;
        }
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, "faulty front: " + name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = listener.accept();
                open.add(client);
                start("serve", () -> serve(client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket client) {
        try (client;
                Socket behind = new Socket(InetAddress.getLoopbackAddress(), server)) {
            client.setTcpNoDelay(true);
            behind.setTcpNoDelay(true);
            Connection connection = new Connection(
                    client,
                    new BufferedInputStream(client.getInputStream()),
                    new BufferedOutputStream(client.getOutputStream()),
                    new BufferedInputStream(behind.getInputStream()),
                    new BufferedOutputStream(behind.getOutputStream()));
            boolean more = true;
            while (more) {
                HttpHead head = HttpHead.read(connection.asked());
                more = head != null && answer(head, connection);
            }
        } catch (IOException e) {
            // One of the two has hung up; so does the other end now.
        } finally {
            open.remove(client);
        }
    }

    /** @return whether the connection can take another request */
    private boolean answer(HttpHead head, Connection connection) throws IOException {
        Request request = Request.of(head);
        synchronized (requests) {
            requests.add(request);
            requests.notifyAll();
        }
        Fault fault =
                faults.stream().filter(each -> each.meets(request)).findFirst().orElse(null);
        if (fault == null) {
            return pass(head, connection, Long.MAX_VALUE, false);
        }
        return switch (fault.kind()) {
            case SLOW_DOWN -> slowDown(head, connection);
            case RESET -> connection.reset();
            case LOST_ANSWER -> pass(head, connection, Long.MAX_VALUE, true);
            case CUT_SHORT -> pass(head, connection, HALF, false);
            case DELAY, HOLD -> {
                pause(fault);
                yield pass(head, connection, Long.MAX_VALUE, false);
            }
        };
    }

    private static void pause(Fault fault) throws IOException {
        try {
            fault.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a request waited", e);
        }
    }

    private static boolean slowDown(HttpHead head, Connection connection) throws IOException {
        if (!head.has("Expect", "100-continue")) {
            head.copyBody(connection.asked(), OutputStream.nullOutputStream(), Long.MAX_VALUE);
        }
        String body = head.word(0).equals("HEAD") ? "" : SLOW_DOWN;
        String answer = "HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\n"
                + "Content-Length: " + SLOW_DOWN.length() + "\r\n\r\n" + body;
        connection.answer().write(answer.getBytes(StandardCharsets.ISO_8859_1));
        connection.answer().flush();
        return false;
    }

    /**
     * @param most bytes of the answer's body; {@link #HALF} for half of them and then a reset
     * @param lost whether no answer comes
     */
    private static boolean pass(HttpHead head, Connection connection, long most, boolean lost) throws IOException {
        head.write(connection.ask());
        HttpHead answer = null;
        if (head.has("Expect", "100-continue")) {
            connection.ask().flush();
            answer = HttpHead.read(connection.told());
            if (answer != null && answer.word(1).equals("100")) {
                answer.write(connection.answer());
                connection.answer().flush();
                answer = null;
            }
        }
        boolean refused = answer != null;
        if (!refused) {
            head.copyBody(connection.asked(), connection.ask(), Long.MAX_VALUE);
            connection.ask().flush();
            answer = HttpHead.read(connection.told());
        }
        if (answer == null || lost) {
            return connection.reset();
        }
        answer.write(connection.answer());
        boolean empty = head.word(0).equals("HEAD") || Set.of("204", "304").contains(answer.word(1));
        if (!empty) {
            long length = most == HALF ? answer.contentLength() / 2 : most;
            answer.copyBody(connection.told(), connection.answer(), length);
        }
        connection.answer().flush();
        if (most == HALF) {
            return connection.reset();
        }
        return !refused && !answer.has("Connection", "close") && !head.has("Connection", "close");
    }

    @Override
    public void close() throws IOException {
        forgetFaults();
        listener.close();
        for (Socket client : open) {
            client.close();
        }
    }
}
