package io.sparkinversion.api;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkinversion.UserException;
import io.sparkinversion.job.SparkTestSession;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.jdk.javaapi.CollectionConverters;

/** The library in a session that it did not make: no fair scheduler, and file systems that only the session knows. */
class SparkInversionIT {
    private static final Path SAMPLES = Path.of("data-samples").toAbsolutePath();
    private static final int IMAGES = 3;
    private static final int STEPS = 2;

    @TempDir
    private static Path folder;

    private static SparkSession spark;
    private static Map<String, Double> ofCommands;

    /** A file system that has no settings but the session's. */
    public static final class SessionFiles extends RawLocalFileSystem {
        @Override
        public String getScheme() {
            return "sessionfs";
        }

        @Override
        public URI getUri() {
            return URI.create("sessionfs:///");
        }
    }

    @BeforeAll
    static void start() {
        SparkTestSession.makeWay();
        spark = SparkSession.builder()
                .master("local[2]")
                .appName("somebody else's")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", "2")
                .config("spark.log.level", "ERROR")
                // For tables of a few rows, generating and compiling code takes longer than running it.
                .config("spark.sql.codegen.wholeStage", "false")
                .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
                .getOrCreate();
        ofCommands = scores(run("folder").images(SAMPLES.toString()).invert());
    }

    @AfterAll
    static void stop() {
        SparkInversion.closeEngines();
        spark.stop();
    }

    private static SparkInversion run(String output) {
        return SparkInversion.on(spark)
                .model(SAMPLES.resolve("models/emoji-ldm").toString())
                .lpipsWeights(SAMPLES.resolve("models/lpips-demo.safetensors").toString())
                .device("cpu")
                .limit(IMAGES)
                .steps(STEPS)
                .output(folder.resolve(output).toString());
    }

    /** PSNR by caption, which no two of the images share. */
    private static Map<String, Double> scores(RunResult result) {
        return result.metrics().select("caption", "psnr").collectAsList().stream()
                .collect(Collectors.toMap(row -> row.getString(0), row -> row.getDouble(1)));
    }

    private static Dataset<Row> captions() {
        return spark.read()
                .option("header", "true")
                .csv(SAMPLES.resolve("captions.csv").toString());
    }

    private static Dataset<Row> paths(String scheme) {
        return captions()
                .select(
                        concat(lit(scheme + SAMPLES + "/"), col("path")).as("path"),
                        col("caption"),
                        concat(col("caption"), lit(" on blue background")).as("edit_prompt"));
    }

    private static void assertSame(Map<String, Double> scores) {
        assertThat(scores.keySet()).isEqualTo(ofCommands.keySet());
        scores.forEach(
                (caption, psnr) -> assertThat(psnr).as(caption).isCloseTo(ofCommands.get(caption), within(1e-6)));
    }

    @Test
    void aDataFrameOfBytesScoresAsTheFolderDoesAndResumes() {
        List<Row> rows = captions().limit(IMAGES).collectAsList();
        List<String> files = new ArrayList<>();
        rows.forEach(row -> files.add(SAMPLES.resolve(row.<String>getAs("path")).toString()));
        Dataset<Row> bytes = spark.read().format("binaryFile").load(files.toArray(String[]::new));
        Dataset<Row> images = bytes.select(col("path"), col("content").as("image"))
                .join(paths("file:").drop("edit_prompt"), "path")
                .select("image", "caption");

        RunResult first = run("bytes").images(images).invert();
        assertThat(first.summary().failed()).isZero();
        assertSame(scores(first));
        assertThat(first.images().count()).isEqualTo(IMAGES);
        assertThat(first.latents().count()).isEqualTo(IMAGES);

        RunResult again = run("bytes").images(images.orderBy("caption")).invert();
        assertThat(again.summary().reused()).isEqualTo(IMAGES);
        assertThat(again.summary().unetEvaluations()).isZero();
    }

    @Test
    void theSessionsOwnFileSystemsAreReadByDriverAndTasks() {
        spark.conf().set("fs.sessionfs.impl", SessionFiles.class.getName());
        try {
            RunResult result = run("session").images(paths("sessionfs:")).invert();
            assertThat(result.summary().failures()).isEmpty();
            assertSame(scores(result));
        } finally {
            spark.conf().unset("fs.sessionfs.impl");
        }
    }

    @Test
    void editsAreMadeFromAColumnOrTemplatesAndTheSessionIsAsItWas() {
        spark.sparkContext().setJobDescription("mine");
        Map<String, String> before = CollectionConverters.asJava(spark.conf().getAll());

        RunResult own = run("edited").images(paths("file:")).edit(edits -> {});
        RunResult templates = run("templates")
                .images(SAMPLES.toString())
                .edit(edits -> edits.prompts("{caption} on blue background"));

        assertThat(spark.sparkContext().getLocalProperty("spark.job.description"))
                .isEqualTo("mine");
        assertThat(CollectionConverters.asJava(spark.conf().getAll())).isEqualTo(before);
        spark.sparkContext().setJobDescription(null);
        assertThat(own.summary().failed()).isZero();
        assertThat(edited(own)).hasSize(IMAGES).isEqualTo(edited(templates));
    }

    private static Map<String, Double> edited(RunResult result) {
        return result.metrics().select("edit_prompt", "edit_psnr").collectAsList().stream()
                .collect(Collectors.toMap(row -> row.getString(0), row -> row.getDouble(1)));
    }

    @Test
    void evaluationsHaveARunForEachStepCount() {
        RunResult result = run("evaluated").images(paths("file:")).evaluate(compared -> compared.methods("vae", "ddim")
                .steps(2, 1));

        assertThat(result.summaries()).hasSize(2);
        assertThat(result.folders()).allMatch(name -> name.matches(".*/evaluated/steps-000[12]"));
        assertThat(result.metrics().count()).isEqualTo(2L * 2 * IMAGES);
        assertThat(folder.resolve("evaluated/report/report.html")).isNotEmptyFile();
    }

    @Test
    void mistakesAreTheUsersAndLeaveNoTrace() {
        assertThatThrownBy(() -> run("none").images(captions().drop("caption")).invert())
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("no column for the captions in the data frame");
        assertThatThrownBy(() -> run("none").images(captions().where("false")).invert())
                .isInstanceOf(UserException.class)
                .hasMessage("the data frame has no rows");
        assertThatThrownBy(() ->
                        run("none").images(SAMPLES.toString()).guidance(-1).invert())
                .isInstanceOf(UserException.class)
                .hasMessage("guidance is -1.0; it must be 0 or more");
        assertThatThrownBy(() -> SparkInversion.on(spark).images("x").invert())
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("model: none given");
        assertThat(folder.resolve("none/run.json")).doesNotExist();
    }
}
