package example;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sparkinversion.UserException;
import io.sparkinversion.api.Inverted;
import io.sparkinversion.api.Inverter;
import io.sparkinversion.api.RunResult;
import io.sparkinversion.api.SparkInversion;
import io.sparkinversion.image.ImageDecoder;
import io.sparkinversion.image.RgbImage;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryUserTest {
    private static final Path SAMPLES = Path.of(System.getProperty("samples"));
    private static final String MODEL = SAMPLES.resolve("models/emoji-ldm").toString();

    @TempDir
    Path folder;

    @Test
    void aSparkProgramInvertsADataFrame() throws Exception {
        try (SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .getOrCreate()) {
            Dataset<Row> images = spark.read()
                    .format("binaryFile")
                    .load(SAMPLES.resolve("images").toString())
                    .orderBy("path")
                    .limit(3)
                    .select(col("content").as("image"), lit("an emoji").as("caption"));

            RunResult run = SparkInversion.on(spark)
                    .model(MODEL)
                    .images(images)
                    .steps(5)
                    .output(folder.resolve("run").toString())
                    .invert();

            assertEquals(3, run.metrics().filter("status = 'ok' and psnr > 15").count());
            assertEquals(3, run.images().count());
            SparkInversion.closeEngines();
        }
    }

    @Test
    void anyProgramInvertsAndEditsAnImage() throws Exception {
        byte[] file = Files.readAllBytes(SAMPLES.resolve("images/001.png"));
        RgbImage image = ImageDecoder.decode(file, 1_000_000);
        try (Inverter inverter = Inverter.builder().model(MODEL).steps(5).load()) {
            Inverted inverted = inverter.invert(image, "twemoji emoji of rhinoceros");
            RgbImage edited = inverter.edit(inverted, "twemoji emoji of tiger");

            assertArrayEquals(new int[] {4, 16, 16}, inverted.latentShape());
            assertTrue(inverted.scores().psnr() > 15);
            assertEquals(inverter.resolution(), edited.width());
        }
    }

    @Test
    void mistakesOfItsCallerAreUserExceptions() {
        assertThrows(UserException.class, () -> Inverter.builder().model("no/such/model").load());
    }
}
