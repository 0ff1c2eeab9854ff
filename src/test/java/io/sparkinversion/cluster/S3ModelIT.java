package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.job.RunSummary;
import io.sparkinversion.weights.ModelFolder;
import io.sparkinversion.weights.WeightsException;
import io.sparkinversion.worker.EngineRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The embedded model as a folder on S3, under the settings that the project ships. */
@Timeout(300)
class S3ModelIT {
    private static final Path MODEL = S3Run.SAMPLES.resolve("models/emoji-ldm");
    private static final String KEY = "models/emoji-ldm";
    private static final String UNET = "unet/diffusion_pytorch_model.safetensors";
    private static final String VAE_CONFIG = "vae/config.json";

    @TempDir
    private static Path bucket;

    private static S3Server server;

    @TempDir
    private Path folder;

    private Path cache;

    @BeforeAll
    static void start() {
        server = S3Server.start(bucket);
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    @BeforeEach
    void upload() {
        server.upload(MODEL, KEY);
        server.takeRequests();
        cache = folder.resolve("cache");
    }

    @AfterEach
    void recover() {
        server.recovers();
    }

    private static String address() {
        return server.address(KEY);
    }

    private Path fetch() {
        return fetch(S3Settings.hadoop(server));
    }

    private Path fetch(Configuration hadoop) {
        return ModelFetch.fetch(cache, address(), hadoop);
    }

    private static long downloads(String file) {
        return downloads(server.takeRequests(), file);
    }

    private static long downloads(List<String> requests, String file) {
        return requests.stream().filter(("GET /" + KEY + "/" + file)::equals).count();
    }

    private static void assertWhole(Path copy) throws IOException {
        try (Stream<Path> files = Files.walk(copy)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = copy.relativize(file).toString();
                if (!name.equals("SHA256SUMS")) {
                    assertThat(file).hasSameBinaryContentAs(MODEL.resolve(name));
                }
            }
        }
        assertThat(ModelFolder.fingerprint(copy)).isEqualTo(ModelFolder.fingerprint(MODEL));
    }

    @Test
    void invertsLikeTheLocalFolderAndIsFetchedOnce() {
        SparkSession spark = S3Settings.session(server);
        S3Settings.set(ModelFolder.CACHE, cache.toString());
        S3Run run = new S3Run(server, spark, "inverted").withImages(2).inOneWave();
        run.into(folder.resolve("local")).run();
        List<String> local = run.latents();
        server.takeRequests();

        RunSummary summary = run.withModel(address()).into(folder.resolve("s3")).run();
        assertThat(summary.computed()).isEqualTo(2);
        assertThat(run.latents()).hasSize(2).isEqualTo(local);
        List<String> requests = server.takeRequests();
        assertThat(downloads(requests, UNET)).isEqualTo(1);
        assertThat(downloads(requests, VAE_CONFIG)).isEqualTo(1);

        EngineRegistry.closeAll();
        run.into(folder.resolve("again")).run();
        assertThat(run.latents()).isEqualTo(local);
        assertThat(server.takeRequests())
                .as("another executor on this host")
                .filteredOn(request -> request.contains(KEY))
                .isNotEmpty()
                .noneMatch(request -> request.startsWith("GET /" + KEY + "/"));
    }

    /** Both have listed the model and found no copy before the first byte of its weights comes. */
    @Test
    void twoProcessesThatWantItAtOnceFetchItOnce() throws Exception {
        Fault held = server.holds(1).forKeysLike(UNET).on("GET");
        Path log = folder.resolve("log");
        List<Process> processes = new ArrayList<>();
        try {
            processes.add(ModelFetch.start(cache, address(), server, log));
            processes.add(ModelFetch.start(cache, address(), server, log));
            server.awaitRequests(2, "GET", "prefix=" + KEY + "/scheduler/");
            server.awaitRequests(1, "GET", KEY + "/" + UNET);
            held.release();
            List<String> copies = new ArrayList<>();
            for (Process process : processes) {
                assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
                copies.add(new String(process.getInputStream().readAllBytes()).strip());
                assertThat(process.exitValue()).as(Files.readString(log)).isZero();
            }
            assertThat(copies.get(0)).isEqualTo(copies.get(1));
            assertWhole(Path.of(copies.get(0)));
        } finally {
            processes.forEach(Process::destroyForcibly);
        }
        List<String> requests = server.takeRequests();
        assertThat(downloads(requests, UNET)).isEqualTo(1);
        assertThat(downloads(requests, VAE_CONFIG)).isEqualTo(1);
    }

    @Test
    void aDownloadThatIsCutGoesOn() throws IOException {
        server.cutsAnswersShort(1).forKeysLike(UNET).on("GET");

        assertWhole(fetch());
        assertThat(downloads(UNET)).isEqualTo(2);
    }

    /** Hadoop's newer stream does not go on by itself; here the file is begun again. */
    @Test
    void aDownloadThatIsCutGoesOnWithAnotherStreamToo() throws IOException {
        Configuration hadoop = S3Settings.hadoop(server);
        hadoop.set("fs.s3a.input.stream.type", "analytics");
        hadoop.setBoolean("fs.s3a.impl.disable.cache", true);
        server.cutsAnswersShort(2).forKeysLike("text_encoder/config.json").on("GET");

        assertWhole(fetch(hadoop));
        assertThat(server.takeRequests())
                .filteredOn(("GET /" + KEY + "/text_encoder/config.json")::equals)
                .hasSize(3);
    }

    @Test
    void halfADownloadIsNeverUsed() throws IOException {
        Configuration hadoop = S3Settings.hadoop(server);
        hadoop.set("fs.s3a.retry.interval", "1ms");
        hadoop.setBoolean("fs.s3a.impl.disable.cache", true);
        Fault cut = server.cutsOff().forKeysLike("vae/diffusion").on("GET");
        assertThatThrownBy(() -> fetch(hadoop))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith("cannot fetch the model at " + address() + " (cache " + cache + ")");
        assertThat(cut.isOver()).isFalse();
        assertThat(cache.toFile().list((parent, name) -> !name.endsWith(".lock") && !name.endsWith(".partial")))
                .isEmpty();

        server.recovers();
        assertWhole(fetch());
    }

    @Test
    void aCopyThatWasDamagedOnDiskIsFetchedAgain() throws IOException {
        Path copy = fetch();
        Path unet = copy.resolve(UNET);
        FileTime time = Files.getLastModifiedTime(unet);
        byte[] bytes = Files.readAllBytes(unet);
        bytes[bytes.length / 2] ^= 1;
        Files.write(unet, bytes);
        Files.setLastModifiedTime(unet, time);
        server.takeRequests();

        assertThat(fetch()).isEqualTo(copy);
        assertWhole(copy);
        assertThat(downloads(UNET)).isEqualTo(1);

        Files.writeString(copy.resolve(VAE_CONFIG), "{");
        assertWhole(fetch());
        assertThat(downloads(VAE_CONFIG)).isEqualTo(1);
    }

    /** S3's times have whole seconds: an object that is replaced within one differs by its ETag alone. */
    @Test
    void aModelThatWasReplacedByOneOfTheSameSizeIsFetchedAnew() throws IOException {
        Path first = fetch();
        String spaces = server.text(KEY + "/" + VAE_CONFIG).replace('\n', ' ');
        server.put(KEY + "/" + VAE_CONFIG, spaces);

        Path second = fetch();
        assertThat(second).isNotEqualTo(first);
        assertThat(second.resolve(VAE_CONFIG)).hasContent(spaces);
        assertThat(Files.size(second.resolve(VAE_CONFIG))).isEqualTo(Files.size(first.resolve(VAE_CONFIG)));
    }
}
