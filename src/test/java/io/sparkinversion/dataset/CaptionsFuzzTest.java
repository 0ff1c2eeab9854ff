package io.sparkinversion.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.dataset.format.Format;
import io.sparkinversion.dataset.format.FormatAccess;
import io.sparkinversion.fuzz.ByteMutator;
import io.sparkinversion.fuzz.FuzzFile;
import io.sparkinversion.fuzz.FuzzRun;
import io.sparkinversion.fuzz.JsonMutator;
import io.sparkinversion.job.Manifest;
import io.sparkinversion.job.SparkTestSession;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged captions: single lines by the thousand, and whole files through Spark, which takes half a second for each.
 */
class CaptionsFuzzTest {
    /** Spark plans and generates code on the thread that asks. */
    private static final long SPARKS_BYTES = 1L << 30;

    private static final double FEW_PERCENT = 0.03;

    private static final String LINE = "{\"path\": \"birds/a.png\", \"caption\": \"a bird\", \"id\": 7,"
            + " \"edit_prompt\": \"a cat\", \"more\": {\"width\": [1, 2]}}";
    private static final String LINES = LINE + "\n\n{\"file_name\": \"b.png\", \"text\": \"caf\\u00e9\"}\n";
    private static final String CSV =
            "\uFEFFpath,caption,id\r\na.png,\"a \"\"big\"\" bird, flying\",7\r\n" + "b.png,\"two\nlines\",\r\n";
    private static final String COCO = "{\"info\": {\"year\": 2017}, \"images\": [{\"id\": 1, \"file_name\":"
            + " \"a.png\"}, {\"id\": 2, \"file_name\": \"b.png\"}], \"annotations\": [{\"image_id\": 2, \"id\": 3,"
            + " \"caption\": \"a bird\"}]}";

    @TempDir
    private Path folder;

    @BeforeAll
    static void silence() {
        // Spark's own words on every damaged file.
        SparkTestSession.session().sparkContext().setLogLevel("OFF");
    }

    @AfterAll
    static void speakAgain() {
        SparkTestSession.session().sparkContext().setLogLevel("ERROR");
    }

    @Test
    void damagedLinesAreParsedOrHaveAProblem() {
        List<byte[]> intact = Stream.of(LINE, "{\"file_name\": \"b.png\", \"text\": \"caf\u00e9\"}")
                .map(line -> line.getBytes(StandardCharsets.UTF_8))
                .toList();
        JsonMutator mutator = new JsonMutator(intact);
        int[] problems = new int[1];

        FuzzRun.Outcome outcome = FuzzRun.of("CaptionsFuzzTest", 7, JobException.class)
                .run(
                        random -> new FuzzFile("a line", mutator.mutate(ByteMutator.any(intact, random), random)),
                        file -> {
                            String problem = FormatAccess.jsonProblem(file.text());
                            if (problem != null) {
                                problems[0]++;
                                assertThat(problem)
                                        .isNotBlank()
                                        .doesNotContain("\n")
                                        .hasSizeLessThan(1_000);
                            }
                        });

        assertThat(outcome.refused()).isZero();
        assertThat(problems[0]).isPositive().isLessThanOrEqualTo(outcome.read());
    }

    @Test
    void damagedCommaSeparatedFilesAreReadOrRefused() {
        ByteMutator mutator = new ByteMutator(
                List.of(CSV.getBytes(StandardCharsets.UTF_8)),
                "\"",
                ",",
                "\n",
                "\r",
                "\0",
                "\u00ff",
                "path",
                "\"\"",
                ",,,,,,,,,,,,,,,,,,,,,,");
        readAll("captions.csv", CSV, mutator::mutate);
    }

    @Test
    void damagedJsonLinesAreReadOrRefused() {
        readAll("captions.jsonl", LINES, new JsonMutator(List.of(LINES.getBytes(StandardCharsets.UTF_8)))::mutate);
    }

    @Test
    void damagedCocoFilesAreReadOrRefused() {
        JsonMutator mutator = new JsonMutator(List.of(COCO.getBytes(StandardCharsets.UTF_8)));
        readAll("captions_val2017.json", COCO, mutator::mutate);
    }

    @Test
    void damagedParquetIsReadOrRefused() throws IOException {
        Path dataset = folder.resolve("intact");
        SparkTestSession.session()
                .sql("select 'a bird' as caption,"
                        + " named_struct('bytes', cast('abc' as binary), 'path', 'a.png') as image")
                .coalesce(1)
                .write()
                .parquet(dataset.toString());
        byte[] intact;
        try (Stream<Path> files = Files.list(dataset)) {
            intact = Files.readAllBytes(files.filter(file -> file.toString().endsWith(".parquet"))
                    .findFirst()
                    .get());
        }
        ByteMutator mutator = new ByteMutator(List.of(intact), "PAR1");
        readAll("images.parquet", intact, mutator::mutate);
    }

    private void readAll(String name, String intact, BiFunction<byte[], Random, byte[]> mutator) {
        readAll(name, intact.getBytes(StandardCharsets.UTF_8), mutator);
    }

    private void readAll(String name, byte[] intact, BiFunction<byte[], Random, byte[]> mutator) {
        FuzzRun.of("CaptionsFuzzTest", FEW_PERCENT, JobException.class)
                .naming(folder.toString())
                .allocating(SPARKS_BYTES, 0)
                .run(random -> new FuzzFile(name, mutator.apply(intact, random)), file -> read(name, file));
    }

    /** Reads the dataset as the job does, all of it. */
    private void read(String name, FuzzFile file) throws Exception {
        // A name of its own for each: Spark remembers what it knows of files.
        Path dataset = Files.createDirectories(folder.resolve("set" + System.nanoTime()));
        Files.write(dataset.resolve(name), file.bytes());
        DatasetSettings settings = new DatasetSettings(dataset.toString(), null, Format.AUTO, 0);
        try {
            for (Row row : Manifest.plan(DatasetFiles.read(settings), 2).collectAsList()) {
                assertThat(row.<String>getAs(ManifestSchema.IMAGE_ID)).isNotBlank();
            }
        } catch (Exception e) {
            // As the job says it.
            throw e instanceof SparkThrowable ? DatasetReader.unreadable(dataset.toString(), e) : e;
        }
    }
}
