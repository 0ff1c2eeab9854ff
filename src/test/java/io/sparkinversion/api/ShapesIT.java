package io.sparkinversion.api;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparkinversion.editing.EditOptions.Blend;
import io.sparkinversion.engine.ErrorCode;
import io.sparkinversion.export.ExportSettings;
import io.sparkinversion.export.ExportSettings.Layout;
import io.sparkinversion.export.ExportSettings.Pick;
import io.sparkinversion.export.RunExport;
import io.sparkinversion.image.ImageDecoder;
import io.sparkinversion.image.ResizeMode;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.image.Size;
import io.sparkinversion.image.Sizing;
import io.sparkinversion.job.SparkTestSession;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The embedded model on a folder of drawn pictures with aspect ratios from 1:3 to 3:1. */
@Timeout(900)
class ShapesIT {
    private static final Path SAMPLES = Path.of("data-samples").toAbsolutePath();
    private static final int STEPS = 3;

    /** Three of each aspect ratio, which the modes make one size of. */
    private static final int[][] SIZES = {
        {64, 192},
        {100, 300},
        {50, 150},
        {192, 64},
        {300, 100},
        {99, 33},
        {64, 64},
        {31, 31},
        {200, 200},
        {120, 80},
        {60, 40},
        {151, 101}
    };

    private static final List<String> COLOURS = List.of("red", "green", "blue", "black");

    @TempDir
    private static Path folder;

    private static Path dataset;

    @BeforeAll
    static void draw() throws Exception {
        dataset = Files.createDirectories(folder.resolve("dataset"));
        StringBuilder captions = new StringBuilder("id,path,caption,edit_prompt\n");
        for (int i = 0; i < SIZES.length; i++) {
            String colour = COLOURS.get(i % COLOURS.size());
            draw(i, SIZES[i][0], SIZES[i][1], colour);
            captions.append(
                    "%d,%d.png,twemoji emoji of %s circle,twemoji emoji of orange circle%n".formatted(i, i, colour));
        }
        draw(99, 400, 20, "red");
        captions.append("narrow,99.png,twemoji emoji of red circle,twemoji emoji of orange circle\n");
        Files.writeString(dataset.resolve("captions.csv"), captions.toString());
    }

    private static void draw(int number, int width, int height, String colour) throws Exception {
        BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, width, height);
        graphics.setColor((Color) Color.class.getField(colour).get(null));
        int side = Math.min(width, height);
        graphics.fillOval((width - side) / 2, (height - side) / 2, side, side);
        graphics.dispose();
        ImageIO.write(picture, "png", dataset.resolve(number + ".png").toFile());
    }

    @AfterAll
    static void stop() {
        SparkInversion.closeEngines();
    }

    private static SparkInversion run(String output, ResizeMode mode, int batchSize, int partitions) {
        return SparkInversion.on(SparkTestSession.session())
                .model(SAMPLES.resolve("models/emoji-ldm").toString())
                .lpipsWeights(SAMPLES.resolve("models/lpips-demo.safetensors").toString())
                .images(dataset.toString())
                .device("cpu")
                .steps(STEPS)
                .resize(mode)
                .batchSize(batchSize)
                .partitions(partitions)
                .output(folder.resolve(output).toString());
    }

    private static Size target(ResizeMode mode, int[] size) throws Exception {
        return new Sizing(mode, 64, 8, false).place(size[0], size[1]).target();
    }

    private static Map<String, Row> byId(List<Row> rows) {
        return rows.stream().collect(Collectors.toMap(row -> row.getAs("image_id"), row -> row));
    }

    private static RgbImage picture(Row row, String column) throws Exception {
        return ImageDecoder.decode(row.<Row>getAs(column).getAs("bytes"), Long.MAX_VALUE);
    }

    @ParameterizedTest
    @CsvSource({"FIT", "BUCKET"})
    void mixedShapesFillBatchesAndScoreAsOneByOne(ResizeMode mode) throws Exception {
        RunResult batches = run("batches-" + mode, mode, 3, 2).invert();
        RunResult alone = run("alone-" + mode, mode, 1, 1).invert();

        Map<String, Row> metrics = byId(batches.metrics().collectAsList());
        Map<String, Row> metricsAlone = byId(alone.metrics().collectAsList());
        Map<String, Row> images = byId(batches.images().collectAsList());
        Map<String, Row> latents = byId(batches.latents().collectAsList());
        for (int i = 0; i < SIZES.length; i++) {
            String id = Integer.toString(i);
            Size target = target(mode, SIZES[i]);
            double psnr = metrics.get(id).getAs("psnr");
            double ceiling = metrics.get(id).getAs("vae_psnr");
            assertThat(picture(images.get(id), "original").size()).hasToString(target.toString());
            assertThat(picture(images.get(id), "reconstruction").size()).hasToString(target.toString());
            assertThat(latents.get(id).<Integer>getList(latents.get(id).fieldIndex("shape")))
                    .isEqualTo(List.of(4, target.height() / 4, target.width() / 4));
            assertThat(psnr).as(id + ": " + target).isGreaterThan(13).isLessThan(ceiling + 2);
            assertThat(psnr).as(id).isCloseTo(metricsAlone.get(id).getAs("psnr"), within(0.01));
            assertThat(metrics.get(id).<Double>getAs("lpips"))
                    .as(id)
                    .isCloseTo(metricsAlone.get(id).getAs("lpips"), within(1e-3));
            assertThat(metrics.get(id).<Integer>getAs("batch_size")).as(id).isEqualTo(3);
            assertThat(metrics.get(id).<Integer>getAs("image_width")).isEqualTo(SIZES[i][0]);
        }
        assertThat(metrics.get("narrow").<String>getAs("error_code")).isEqualTo(ErrorCode.ASPECT_RATIO.name());
    }

    @ParameterizedTest
    @CsvSource({"FIT, negative-prompt", "BUCKET, direct", "CROP, negative-prompt"})
    void editsComeBackAsFilesOfThePicturesOwnSize(ResizeMode mode, String method) throws Exception {
        String name = "edits-" + mode;
        RunResult edited = run(name, mode, 3, 2)
                .methods(method)
                .restoreSize(true)
                .edit(edits -> edits.localBlend(Blend.AUTO).blendThreshold(0.8));
        Path files = folder.resolve(name + "-files");
        long written = RunExport.write(
                SparkTestSession.session(),
                new ExportSettings(
                        folder.resolve(name).toString(),
                        files.toString(),
                        Layout.FOLDER,
                        ExportSettings.PICTURES,
                        null,
                        Pick.ALL,
                        "psnr"));

        Map<String, Row> metrics = byId(edited.metrics().collectAsList());
        int made = mode == ResizeMode.CROP ? SIZES.length + 1 : SIZES.length;
        assertThat(metrics.values())
                .filteredOn(row -> row.getAs("status").equals("ok"))
                .hasSize(made)
                .allSatisfy(row -> {
                    assertThat(row.<String>getAs("mask")).startsWith("blend");
                    assertThat(row.<Double>getAs("mask_share")).isBetween(0.001, 1.0);
                    assertThat(row.<Double>getAs("psnr")).isGreaterThan(13);
                })
                .filteredOn(row -> row.<Double>getAs("mask_share") < 1)
                .hasSizeGreaterThan(SIZES.length / 2);
        assertThat(written).isEqualTo(4L * made);
        for (String kind : List.of("originals", "reconstructions", "edited", "masks")) {
            for (Path file : files(files.resolve(kind))) {
                int number = Integer.parseInt(file.getFileName().toString().replaceFirst("\\..*", ""));
                BufferedImage picture = ImageIO.read(file.toFile());
                assertThat(new int[] {picture.getWidth(), picture.getHeight()})
                        .as(file.toString())
                        .isEqualTo(SIZES[number]);
            }
        }
    }

    @Test
    void imagesOfADataFrameAreDealtByShapeToo() {
        Dataset<Row> images = SparkTestSession.session()
                .read()
                .format("binaryFile")
                .load(dataset + "/[0-9].png")
                .select(
                        col("content").as("image"),
                        lit("twemoji emoji of red circle").as("caption"));

        List<Row> metrics = run("inline", ResizeMode.FIT, 3, 2)
                .images(images)
                .invert()
                .metrics()
                .collectAsList();

        assertThat(metrics).hasSize(10).allSatisfy(row -> assertThat(row.<String>getAs("status"))
                .isEqualTo("ok"));
        assertThat(metrics)
                .filteredOn(row -> row.<Integer>getAs("batch_size") == 3)
                .hasSize(9);
    }

    @Test
    void editsDoNotDependOnWhatSharesTheirBatch() {
        Map<String, Row> batches = edits("edits-batches", 3, 2);
        edits("edits-alone", 1, 1).forEach((id, alone) -> {
            for (String score : List.of("psnr", "edit_psnr", "mask_share", "outside_psnr")) {
                Double inBatch = batches.get(id).getAs(score);
                Double byItself = alone.getAs(score);
                if (byItself == null) {
                    assertThat(inBatch).as(id + " " + score).isNull();
                } else {
                    assertThat(inBatch).as(id + " " + score).isCloseTo(byItself, within(0.01));
                }
            }
        });
    }

    private static Map<String, Row> edits(String output, int batchSize, int partitions) {
        return byId(run(output, ResizeMode.FIT, batchSize, partitions)
                .edit(edits -> edits.localBlend(Blend.AUTO).blendThreshold(0.8))
                .metrics()
                .collectAsList());
    }

    private static List<Path> files(Path folder) throws Exception {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.toString().endsWith(".png"))
                    .filter(file -> !file.getFileName().toString().startsWith("narrow"))
                    .toList();
        }
    }

    @Test
    void anInverterTakesEveryShapeAtOnce() throws Exception {
        try (Inverter inverter = Inverter.builder()
                .model(SAMPLES.resolve("models/emoji-ldm").toString())
                .device("cpu")
                .steps(STEPS)
                .resize(ResizeMode.FIT)
                .restoreSize(true)
                .load()) {
            List<RgbImage> pictures = Stream.of("0.png", "9.png", "1.png")
                    .map(name -> {
                        try {
                            return ImageDecoder.decode(Files.readAllBytes(dataset.resolve(name)), Long.MAX_VALUE);
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    })
                    .toList();

            List<Inverted> inverted = inverter.invert(
                    pictures,
                    List.of(
                            "twemoji emoji of red circle",
                            "twemoji emoji of green circle",
                            "twemoji emoji of green circle"));

            for (int i = 0; i < pictures.size(); i++) {
                assertThat(inverted.get(i).reconstruction().size())
                        .isEqualTo(pictures.get(i).size());
                assertThat(inverted.get(i).scores().psnr()).isGreaterThan(13);
            }
            assertThat(inverted.get(0).original().size()).isEqualTo("32x96");
            assertThat(inverter.edit(inverted.get(1), "twemoji emoji of orange circle")
                            .size())
                    .isEqualTo("120x80");
        }
    }
}
