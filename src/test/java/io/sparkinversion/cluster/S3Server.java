package io.sparkinversion.cluster;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.services.s3.model.CreateBucketRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * S3Proxy with one bucket in a folder, behind a {@link FaultyFront}. Its threads keep a JVM alive: it must be closed.
 * Every server's bucket has a name of its own, because Hadoop keeps a client for each bucket.
 */
public final class S3Server implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final String ACCESS_KEY = "tests";
    private static final String SECRET_KEY = "not a secret";
    private static final int ALWAYS = Integer.MAX_VALUE;

    private final String bucket = "bucket-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();
    private final BlobStore store;
    private final S3Proxy proxy;
    private final FaultyFront front;

    private S3Server(BlobStore store, S3Proxy proxy, FaultyFront front) {
        this.store = store;
        this.proxy = proxy;
        this.front = front;
        store.createContainer(CreateBucketRequest.builder().bucket(bucket).build());
    }

    /** @param folder an empty one for the bucket */
    public static S3Server start(Path folder) {
        BlobStore store = new FilesystemNio2BlobStore(folder.toString());
        S3Proxy proxy = S3Proxy.builder()
                .blobStore(store)
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, ACCESS_KEY, SECRET_KEY)
                .build();
        try {
            proxy.start();
            return new S3Server(store, proxy, new FaultyFront(proxy.getPort()));
        } catch (Exception e) {
            stop(proxy);
            throw new IllegalStateException("the S3 server does not start", e);
        }
    }

    /** How to reach it, as {@code fs.s3a.bucket.NAME.*}: the rest of the settings is what the project ships. */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("endpoint", "http://127.0.0.1:" + front.port());
        settings.put("endpoint.region", "us-east-1");
        settings.put("path.style.access", "true");
        settings.put("connection.ssl.enabled", "false");
        settings.put("aws.credentials.provider", "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider");
        settings.put("access.key", ACCESS_KEY);
        settings.put("secret.key", SECRET_KEY);
        Map<String, String> named = new LinkedHashMap<>();
        settings.forEach((name, value) -> named.put(setting(name), value));
        return named;
    }

    /** The name of a setting of fs.s3a for this server's bucket alone. */
    public String setting(String name) {
        return "fs.s3a.bucket." + bucket + "." + name;
    }

    public String address(String key) {
        return "s3a://" + bucket + "/" + key;
    }

    public void put(String key, byte[] content) {
        store.putBlob(
                PutObjectRequest.builder()
                        .bucket(bucket)
                        .key(key)
                        .contentLength((long) content.length)
                        .build(),
                new ByteArrayInputStream(content));
    }

    public void put(String key, String text) {
        put(key, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Uploads all files of a folder below the key. */
    public void upload(Path folder, String key) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                put(key + "/" + folder.relativize(file), Files.readAllBytes(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public void delete(String key) {
        store.removeBlob(DeleteObjectRequest.builder().bucket(bucket).key(key).build());
    }

    public String text(String key) {
        return new String(bytes(key), StandardCharsets.UTF_8);
    }

    public byte[] bytes(String key) {
        try (ResponseInputStream<GetObjectResponse> object =
                store.getBlob(GetObjectRequest.builder().bucket(bucket).key(key).build())) {
            return object.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The keys that begin so, sorted. */
    public List<String> keys(String prefix) {
        ListObjectsV2Request request = ListObjectsV2Request.builder()
                .bucket(bucket)
                .prefix(prefix)
                .maxKeys(100_000)
                .build();
        ListObjectsV2Response listed = store.list(request);
        if (Boolean.TRUE.equals(listed.isTruncated())) {
            throw new IllegalStateException("more keys begin with " + prefix + " than one listing holds");
        }
        return listed.contents().stream().map(S3Object::key).sorted().toList();
    }

    /** The keys of multipart uploads that were begun and neither completed nor aborted. */
    public List<String> uploads() {
        return store.listMultipartUploads(bucket).stream()
                .map(MultipartUpload::key)
                .sorted()
                .toList();
    }

    /** The requests, as {@code GET /bucket/key?query}, since the start or since this was last called. */
    public List<String> takeRequests() {
        return front.takeRequests().stream()
                .map(request -> request.toString().replace("/" + bucket, ""))
                .toList();
    }

    public Fault answers503(int times) {
        return front.add(Fault.Kind.SLOW_DOWN, times, Duration.ZERO);
    }

    public Fault alwaysAnswers503() {
        return answers503(ALWAYS);
    }

    public Fault resets(int times) {
        return front.add(Fault.Kind.RESET, times, Duration.ZERO);
    }

    /** From a request that the fault is narrowed to, the client's requests no longer arrive. */
    public Fault cutsOff() {
        return resets(ALWAYS).andAllThatFollow();
    }

    public Fault losesAnswers(int times) {
        return front.add(Fault.Kind.LOST_ANSWER, times, Duration.ZERO);
    }

    public Fault cutsAnswersShort(int times) {
        return front.add(Fault.Kind.CUT_SHORT, times, Duration.ZERO);
    }

    public Fault delays(int times, Duration delay) {
        return front.add(Fault.Kind.DELAY, times, delay);
    }

    /** Requests wait until {@link Fault#release} or {@link #recovers}. */
    public Fault holds(int times) {
        return front.add(Fault.Kind.HOLD, times, Duration.ZERO);
    }

    /** Returns when so many requests like that have come since {@link #takeRequests}. */
    public void awaitRequests(int count, String method, String text) throws InterruptedException {
        front.await(
                request -> request.method().equals(method) && request.target().contains(text), count);
    }

    public void recovers() {
        front.forgetFaults();
    }

    @Override
    public void close() throws IOException {
        front.close();
        stop(proxy);
    }

    private static void stop(S3Proxy proxy) {
        try {
            proxy.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the S3 server does not stop", e);
        }
    }
}
