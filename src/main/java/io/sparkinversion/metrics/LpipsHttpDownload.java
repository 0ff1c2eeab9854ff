package io.sparkinversion.metrics;

import io.sparkinversion.weights.WeightsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Fetches files over HTTP, follows redirects, and says how far it is, ten times a file. */
final class LpipsHttpDownload {
    private static final Duration CONNECT = Duration.ofSeconds(30);
    private static final long POLL_MILLISECONDS = 100;
    private static final int OK = 200;
    private static final long UNKNOWN = -1;
    private static final double MEGABYTE = 1e6;
    private static final long STEP_OF_UNKNOWN_LENGTH = 10_000_000;
    private static final String OTHERWISE =
            "; try again, or fetch the file by other means and name its folder with --from";

    private final HttpClient client = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(CONNECT)
            .build();
    private final Duration silence;
    private final PrintWriter progress;

    /**
     * @param silence how long a server may send nothing
     */
    LpipsHttpDownload(Duration silence, PrintWriter progress) {
        this.silence = silence;
        this.progress = progress;
    }

    /**
     * @param file does not exist yet; what it holds after an exception is of no use
     * @throws WeightsException if the server cannot be reached, answers anything but 200, or stops sending
     */
    void fetch(URI address, Path file) {
        AtomicLong length = new AtomicLong(UNKNOWN);
        CompletableFuture<HttpResponse<Path>> exchange =
                client.sendAsync(HttpRequest.newBuilder(address).build(), response -> {
                    if (response.statusCode() != OK) {
                        return BodySubscribers.replacing(null);
                    }
                    response.headers().firstValueAsLong("Content-Length").ifPresent(length::set);
                    return BodySubscribers.ofFile(file);
                });
        try {
            HttpResponse<Path> response = await(exchange, address, file, length);
            if (response.statusCode() != OK) {
                String redirected = response.uri().equals(address) ? "" : " (redirected to " + response.uri() + ")";
                throw new WeightsException(
                        address + redirected + " answered HTTP " + response.statusCode() + OTHERWISE);
            }
            double size = Files.size(file) / MEGABYTE;
            progress.printf(Locale.ROOT, "%s: %.2f MB fetched%n", PublishedLpips.fileName(address), size);
            progress.flush();
        } catch (ExecutionException e) {
            throw new WeightsException("cannot fetch " + address + ": " + reason(e.getCause(), address) + OTHERWISE, e);
        } catch (IOException e) {
            throw new WeightsException("cannot write " + file + ": " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WeightsException("interrupted while fetching " + address, e);
        } finally {
            exchange.cancel(true);
        }
    }

    /** The client's own time-outs end with the response's headers, so the growth of the file is watched. */
    private HttpResponse<Path> await(
            CompletableFuture<HttpResponse<Path>> exchange, URI address, Path file, AtomicLong length)
            throws ExecutionException, InterruptedException, IOException {
        long written = 0;
        long announced = 0;
        long changed = System.nanoTime();
        while (true) {
            try {
                return exchange.get(POLL_MILLISECONDS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                long size = Files.exists(file) ? Files.size(file) : 0;
                if (size > written) {
                    written = size;
                    changed = System.nanoTime();
                } else if (System.nanoTime() - changed > silence.toNanos()) {
                    throw new WeightsException(
                            address + " sent nothing for " + silence.toMillis() / 1000.0 + " s after " + written
                                    + " bytes" + OTHERWISE,
                            e);
                }
                long step = length.get() == UNKNOWN ? STEP_OF_UNKNOWN_LENGTH : length.get() / 10;
                if (written - announced >= Math.max(step, 1)) {
                    announced = written;
                    announce(address, written, length.get());
                }
            }
        }
    }

    private void announce(URI address, long written, long length) {
        String of = length == UNKNOWN ? "" : String.format(Locale.ROOT, " of %.2f", length / MEGABYTE);
        progress.printf(Locale.ROOT, "%s: %.2f%s MB%n", PublishedLpips.fileName(address), written / MEGABYTE, of);
        progress.flush();
    }

    /** The client's exceptions for hosts that do not exist or do not answer have no message. */
    private static String reason(Throwable failure, URI address) {
        if (failure instanceof ConnectException) {
            boolean unknown = Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                    .anyMatch(UnresolvedAddressException.class::isInstance);
            return unknown ? "there is no host " + address.getHost() : "no connection to " + address.getAuthority();
        }
        return failure.getClass().getSimpleName() + ": " + failure.getMessage();
    }
}
