package io.sparkinversion.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.sparkinversion.output.JobSettings;
import io.sparkinversion.output.JobSettings.Resume;
import io.sparkinversion.worker.WorkerSettings;
import io.sparkinversion.worker.WorkerSettings.Precision;
import io.sparkinversion.worker.WorkerSettingsBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One undisturbed run, looked at from all sides. DuckDB reads the tables: not the program that wrote them. */
class InversionJobTest {
    private static final String SECRET = "wJalrXUtnFEMI/K7MDENG";

    @TempDir
    static Path folder;

    private static JobFixture job;
    private static RunSummary summary;

    @BeforeAll
    static void run() {
        job = new JobFixture(folder).withImages(9).withImage("i03", "poison").withImage("i05", "equal");
        Configuration hadoop = SparkTestSession.session().sparkContext().hadoopConfiguration();
        hadoop.set("fs.s3a.bucket.example.secret.key", SECRET);
        JobSettings settings = job.settings(Resume.REUSE);
        WorkerSettings worker = settings.worker();
        WorkerSettings secretive = new WorkerSettingsBuilder(
                        "s3a://AKIAEXAMPLE:" + SECRET + "@example/models/tiny", worker.modelFingerprint())
                .lpipsWeights("s3a://AKIAEXAMPLE:" + SECRET + "@example/lpips.pth")
                .device("cpu")
                .precision(Precision.FLOAT32)
                .methods(worker.methods())
                .steps(20)
                .guidance(7.5)
                .resolution(64)
                .resize(worker.resize())
                .batchSize(2)
                .maxPixels(1_000_000)
                .build();
        summary = job.run(new JobSettings(
                settings.dataset(), settings.output(), secretive, "alex", 2, JobFixture.WAVE_SIZE, Resume.REUSE));
        hadoop.unset("fs.s3a.bucket.example.secret.key");
    }

    @Test
    void metricsHaveOneRowForEveryImageAndMethod() throws SQLException {
        assertThat(query("select image_id, method, count(*) from read_parquet('%s/metrics/*/*.parquet', "
                        + "hive_partitioning=true) group by all having count(*) <> 1"))
                .isEmpty();
        assertThat(query("select count(*), count(distinct image_id), count(distinct method), count(distinct wave), "
                        + "count(distinct row_key), count(distinct settings_key) "
                        + "from read_parquet('%s/metrics/*/*.parquet', hive_partitioning=true)"))
                .containsExactly("18|9|2|3|18|1");
    }

    @Test
    void aResultRowHasScoresCostsAndOrigin() throws SQLException {
        assertThat(query("select status, psnr > 20, ssim, lpips, lpips_net, vae_psnr, vae_lpips, seconds_total, "
                        + "unet_evaluations, unet_evaluations_reconstruction, steps, guidance, batch_size, image_width, "
                        + "image_height, error_code, caption, device from read_parquet('%s/metrics/*/*.parquet') "
                        + "where image_id = 'i04' and method = 'ddim-cfg'"))
                .containsExactly(
                        "ok|true|0.5|0.25|alex|40.0|null|1.0|40|20|20|7.5|2|640|480|null|" + "a caption of i04|cpu");
    }

    @Test
    void aFailedImageHasARowForEachMethodAndIsInNoOtherTable() throws SQLException {
        assertThat(query("select method, status, psnr, error_stage, error_code, error_message, file_size "
                        + "from read_parquet('%s/metrics/*/*.parquet') where image_id = 'i03' order by method"))
                .containsExactly(
                        "ddim-cfg|failed|null|DECODE|CORRUPT_IMAGE|injected: cannot decode|6",
                        "negative-prompt|failed|null|DECODE|CORRUPT_IMAGE|injected: cannot decode|6");
        assertThat(query("select count(*) from read_parquet('%s/images/*/*.parquet') where image_id = 'i03'"))
                .containsExactly("0");
        assertThat(query("select count(*) from read_parquet('%s/latents/*/*.parquet') where image_id = 'i03'"))
                .containsExactly("0");
    }

    @Test
    void imagesAndLatentsKeepTheirBytes() throws SQLException {
        assertThat(query("select decode(original.bytes), original.path, decode(reconstruction.bytes), "
                        + "reconstruction.path, edited from read_parquet('%s/images/*/*.parquet') "
                        + "where image_id = 'i04' and method = 'ddim-cfg'"))
                .containsExactly("png of pixels 4|i04.png|ddim-cfg of pixels 4|i04.ddim-cfg.png|null");
        assertThat(query("select kind, shape, dtype, decode(data) from read_parquet('%s/latents/*/*.parquet') "
                        + "where image_id = 'i04'"))
                .containsExactly("zT|[4, 8, 8]|float32|latent of pixels 4");
    }

    @Test
    void imageFilesAreUncompressedWithoutDictionary() throws SQLException {
        assertThat(query("select distinct compression, list_contains(split(encodings, ', '), 'PLAIN_DICTIONARY') or "
                        + "list_contains(split(encodings, ', '), 'RLE_DICTIONARY') "
                        + "from parquet_metadata('%s/images/*/*.parquet') where path_in_schema = 'original, bytes'"))
                .containsExactly("UNCOMPRESSED|false");
    }

    @Test
    void theManifestListsEveryImageAndItsWave() throws SQLException {
        assertThat(query("select wave, count(*), min(image_id), max(image_id), min(work) "
                        + "from read_parquet('%s/manifest/*.parquet') group by wave order by wave"))
                .containsExactly("0|4|i00|i03|new", "1|4|i04|i07|new", "2|1|i08|i08|new");
    }

    @Test
    void statsOfEachWaveAreJson() throws IOException {
        JsonNode stats = json("stats/wave=00000/_stats.json");
        assertThat(stats.get("images").asInt()).isEqualTo(4);
        assertThat(stats.get("rows").asInt()).isEqualTo(8);
        assertThat(stats.get("failures").toString()).isEqualTo("{\"CORRUPT_IMAGE\":1}");
        // Three images: one inversion each, a reconstruction for each of two methods.
        assertThat(stats.get("unet_evaluations").asInt()).isEqualTo(3 * (20 + 2 * 20));
        assertThat(stats.get("seconds").get("inversion").asDouble()).isEqualTo(3 * 0.5);
        assertThat(stats.get("seconds").get("reconstruction").asDouble()).isEqualTo(3 * 2 * 0.25);
    }

    @Test
    void runJsonSaysWhatTheTablesWereMadeWith() throws IOException {
        JsonNode run = json("run.json");
        assertThat(run.get("settings").get("steps").asText()).isEqualTo("20");
        assertThat(run.get("settings_key").asText()).hasSize(64);
        assertThat(run.get("model").get("id").asText()).isEqualTo("s3a://example/models/tiny");
        assertThat(run.get("dataset").get("root").asText()).isEqualTo("file:" + job.data());
        assertThat(run.get("finished").asText())
                .isGreaterThan(run.get("started").asText());
        assertThat(run.get("counters").get("images").asInt()).isEqualTo(9);
        assertThat(run.get("counters").get("failed_corrupt_image").asInt()).isEqualTo(1);
        assertThat(run.get("counters").get("unet_evaluations").asInt()).isEqualTo(8 * 60);
    }

    @Test
    void noFileOfTheOutputHoldsACredential() throws IOException {
        try (Stream<Path> files = Files.walk(job.output())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain(SECRET)
                        .doesNotContain("AKIAEXAMPLE");
            }
        }
        assertThat(job.printed()).doesNotContain(SECRET);
    }

    @Test
    void theDatasetCardDeclaresTheTablesAndTheirImageColumns() throws IOException {
        String card = Files.readString(job.output().resolve("README.md"));
        JsonNode head = new ObjectMapper(new YAMLFactory()).readTree(card.split("(?m)^---$")[1]);
        assertThat(head.get("configs").findValuesAsText("config_name")).containsExactly("latents", "images", "metrics");
        assertThat(head.get("configs").findValuesAsText("data_files")).contains("images/*/*.parquet");
        JsonNode images = head.get("dataset_info").get(1);
        assertThat(images.get("config_name").asText()).isEqualTo("images");
        assertThat(images.get("features").findValuesAsText("name"))
                .containsExactly(
                        "image_id",
                        "method",
                        "control",
                        "edit",
                        "caption",
                        "edit_prompt",
                        "psnr",
                        "lpips",
                        "original",
                        "reconstruction",
                        "edited",
                        "mask");
        assertThat(images.get("features").findValuesAsText("dtype"))
                .containsExactly(
                        "string", "string", "string", "int32", "string", "string", "float64", "float64", "image",
                        "image", "image", "image");
        assertThat(head.get("pretty_name").asText()).isEqualTo("Inverted images");
        assertThat(head.get("size_categories").get(0).asText()).isEqualTo("n<1K");
        assertThat(card).doesNotContain("file:/");
    }

    @Test
    void theSummaryCountsWhatIsInTheTables() {
        assertThat(summary.images()).isEqualTo(9);
        assertThat(summary.failed()).isEqualTo(1);
        assertThat(summary.reused()).isZero();
        assertThat(summary.unetEvaluations()).isEqualTo(8 * 60);
        assertThat(summary.modelLoads()).containsOnlyKeys("driver/cpu");
        assertThat(summary.methods()).extracting("method").containsExactly("negative-prompt", "ddim-cfg");
        assertThat(summary.methods()).allSatisfy(method -> {
            assertThat(method.images()).isEqualTo(8);
            assertThat(method.failed()).isEqualTo(1);
            assertThat(method.identical()).isEqualTo(1);
            assertThat(method.psnr()).isBetween(20.0, 30.0);
            assertThat(method.lpips()).isEqualTo(0.25);
            assertThat(method.secondsAnImage()).isEqualTo(1.0);
        });
        assertThat(summary.failures())
                .containsExactly(
                        new RunSummary.FailureKind("CORRUPT_IMAGE", false, 1, "i03", "injected: cannot decode"));
    }

    @Test
    void theRunLeavesNoLockAndNoStaging() {
        assertThat(job.output().resolve("_lock.json")).doesNotExist();
        assertThat(job.output().resolve("_staged")).doesNotExist();
    }

    private static JsonNode json(String name) throws IOException {
        return new ObjectMapper().readTree(job.output().resolve(name).toFile());
    }

    /** Rows as text, columns joined by bars. */
    private static List<String> query(String sql) throws SQLException {
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
                ResultSet result = duckdb.createStatement()
                        .executeQuery(sql.replace("%s", job.output().toString()))) {
            List<String> rows = new ArrayList<>();
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                List<String> cells = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    cells.add(String.valueOf(result.getObject(i)));
                }
                rows.add(String.join("|", cells));
            }
            return rows;
        }
    }
}
