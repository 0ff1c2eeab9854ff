package io.sparkinversion.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkinversion.UserException;
import io.sparkinversion.dataset.format.Reading.CaptionsPerImage;
import io.sparkinversion.image.Decoding.Background;
import io.sparkinversion.job.Progress;
import io.sparkinversion.job.SparkTestSession;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each of the inputs that users met, from end to end with the embedded model. The folders lie beside the repository;
 * what each of them is an example of has a test with inputs of its own, too.
 */
@Tag("slow")
class CasesIT {
    private static final Path SAMPLES = Path.of("data-samples").toAbsolutePath();
    private static final Path CASES = Path.of(System.getProperty("tests.cases", "../shared/cases"))
            .toAbsolutePath()
            .normalize();

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @BeforeEach
    void casesAreThere() {
        assumeThat(CASES).as("there is no " + CASES).isDirectory();
    }

    private SparkInversion run(String name) {
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        return SparkInversion.on(SparkTestSession.session())
                .model(SAMPLES.resolve("models/emoji-ldm").toString())
                .lpipsWeights(SAMPLES.resolve("models/lpips-demo.safetensors").toString())
                .device("cpu")
                .methods("negative-prompt")
                .steps(2)
                .images(CASES.resolve(name).resolve("data").toString())
                .output(folder.resolve(name).toString())
                .reportTo(
                        out,
                        () -> new Progress(
                                new PrintStream(OutputStream.nullOutputStream()),
                                Progress.Style.PLAIN_LINES,
                                System::nanoTime));
    }

    private String printed() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    /** One column of the metrics, in the order of ids. */
    private static List<String> column(RunResult run, String column) {
        return run.metrics().orderBy("image_id").select(column).collectAsList().stream()
                .map(row -> String.valueOf(row.get(0)))
                .toList();
    }

    private static void assertAllWorked(RunResult run, int images) {
        assertThat(column(run, "status")).hasSize(images).containsOnly("ok");
    }

    private void assertRefused(SparkInversion run, String... parts) {
        assertThatThrownBy(run::invert).isInstanceOf(UserException.class).hasMessageContainingAll(parts);
    }

    @Test
    void csv_bsq3() {
        assertThatThrownBy(() -> run("csv_bsq3").edit(edits -> {}))
                .isInstanceOf(UserException.class)
                .satisfiesAnyOf(
                        refused -> assertThat(refused).hasMessageContaining("has an edit"),
                        refused -> assertThat(refused).hasMessageContaining("row 1"));
    }

    @Test
    void csv_cp1252() {
        assertRefused(run("csv_cp1252"), "UTF-8", "0xe9", "line ", "--encoding cp1252");
        RunResult read = run("csv_cp1252")
                .reading(reading -> reading.encoding("cp1252"))
                .output(folder.resolve("read").toString())
                .invert();
        assertThat(column(read, "caption")).anyMatch(caption -> caption.contains("é"));
        assertThat(String.join("", column(read, "caption"))).doesNotContain("\uFFFD");
    }

    @Test
    void csv_folder() {
        assertThat(column(run("csv_folder").invert(), "image_id")).containsExactly("0", "1", "2", "3");
    }

    @Test
    void csv_semi() {
        assertThat(column(run("csv_semi").invert(), "caption")).containsExactly("brown heart");
    }

    @Test
    void img_adobergb_png() {
        assertAllWorked(run("img_adobergb_png").invert(), 1);
        assertThat(printed()).containsPattern("images: 1 .*profile");
    }

    @Test
    void img_alpha_shape_png() {
        RunResult run = run("img_alpha_shape_png").invert();
        assertAllWorked(run, 1);
        assertThat(printed()).containsPattern("images: 1 .*transparen");
        RunResult white = run("img_alpha_shape_png")
                .background(Background.WHITE)
                .output(folder.resolve("white").toString())
                .invert();
        assertThat(original(white)).isNotEqualTo(original(run));
    }

    @Test
    void img_sos0_jpg() {
        assertAllWorked(run("img_sos0_jpg").invert(), 1);
    }

    @Test
    void img_xmp6_jpg() throws IOException {
        RunResult run = run("img_xmp6_jpg").invert();
        assertAllWorked(run, 1);
        BufferedImage stored =
                ImageIO.read(CASES.resolve("img_xmp6_jpg/data/xmp6.jpg").toFile());
        BufferedImage turned = ImageIO.read(new ByteArrayInputStream(original(run)));
        for (int y = 0; y < 64; y++) {
            for (int x = 0; x < 64; x++) {
                int there = stored.getRGB(y, 63 - x) >> 8 & 0xff;
                assertThat(turned.getRGB(x, y) >> 8 & 0xff).isCloseTo(there, within(16));
            }
        }
    }

    @Test
    void jl_list() {
        assertThat(column(run("jl_list").invert(), "caption")).containsExactly("brown heart", "rhino");
        RunResult all = run("jl_list")
                .reading(reading -> reading.captionsPerImage(CaptionsPerImage.ALL))
                .output(folder.resolve("all").toString())
                .invert();
        assertThat(column(all, "caption")).containsExactlyInAnyOrder("brown heart", "a heart", "rhino");
    }

    @Test
    void multi() {
        assertThat(column(run("multi").invert(), "status")).containsOnly("ok");
        assertThat(printed())
                .satisfiesAnyOf(text -> assertThat(text).contains("3 images to compute"), text -> assertThat(text)
                        .contains("2 further captions"));
    }

    @Test
    void pq_dup() {
        assertAllWorked(run("pq_dup").invert(), 2);
    }

    @Test
    void pq_splits() {
        assertRefused(run("pq_splits"), "train", "validation", "test", "--split");
        assertThat(column(
                        run("pq_splits")
                                .reading(reading -> reading.split("test"))
                                .output(folder.resolve("test").toString())
                                .invert(),
                        "status"))
                .isNotEmpty()
                .containsOnly("ok");
    }

    @Test
    void pq_voidpath() {
        assertThat(column(run("pq_voidpath").invert(), "status")).isNotEmpty().containsOnly("ok");
    }

    @Test
    void sidecar() {
        assertAllWorked(run("sidecar").invert(), 4);
        assertThat(printed()).contains("captions from a text beside each");
    }

    @Test
    void stem() {
        RunResult run = run("stem").invert();
        assertThat(column(run, "status")).containsOnly("ok");
        assertThat(column(run, "path"))
                .anyMatch(path -> path.endsWith("x.png"))
                .anyMatch(path -> path.endsWith("x.jpg"));
    }

    @Test
    void tarwds() {
        assertThat(column(run("tarwds").invert(), "status")).isNotEmpty().containsOnly("ok");
        assertThat(printed()).contains("WebDataset");
    }

    @Test
    void m_added() throws IOException {
        RunResult run = run("m_added").model(model("m_added").toString()).invert();
        List<Row> rows =
                run.metrics().orderBy("caption").select("caption", "psnr").collectAsList();
        assertThat(rows).hasSizeGreaterThan(1);
        assertThat(rows.stream().map(row -> row.getDouble(1)).distinct()).hasSize(1);
    }

    @Test
    void m_euler() throws IOException {
        RunResult run = onSamples("m_euler").invert();
        assertThat(printed()).contains("EulerDiscreteScheduler");
        assertThat(run.metrics().first().<Double>getAs("psnr")).isBetween(20.38, 20.40);
    }

    @Test
    void m_flow() throws IOException {
        assertRefused(onSamples("m_flow"), "FlowMatchEulerDiscreteScheduler");
    }

    @Test
    void m_midnull() throws IOException {
        Path model = model("m_midnull");
        withoutMidBlock(model.resolve("unet/diffusion_pytorch_model.safetensors"));
        assertAllWorked(onSamples("m_midnull", model).invert(), 1);
    }

    private SparkInversion onSamples(String name) throws IOException {
        return onSamples(name, model(name));
    }

    private SparkInversion onSamples(String name, Path model) {
        return run(name).model(model.toString()).images(SAMPLES.toString()).limit(1);
    }

    private static byte[] original(RunResult run) {
        Row picture = run.images().first().getAs("original");
        return picture.getAs("bytes");
    }

    /** The embedded model with the case's files put over it. */
    private Path model(String name) throws IOException {
        Path model = folder.resolve("model of " + name);
        copy(SAMPLES.resolve("models/emoji-ldm"), model);
        copy(CASES.resolve(name).resolve("model"), model);
        return model;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.deleteIfExists(copy);
                    Files.write(copy, Files.readAllBytes(file));
                }
            }
        }
    }

    /** Takes the tensors of {@code mid_block} out of the file. */
    private static void withoutMidBlock(Path file) throws IOException {
        ByteBuffer whole = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        int length = Math.toIntExact(whole.getLong());
        byte[] header = new byte[length];
        whole.get(header);
        ObjectNode names = (ObjectNode) new ObjectMapper().readTree(header);
        List<String> mid = names.properties().stream()
                .map(Map.Entry::getKey)
                .filter(name -> name.startsWith("mid_block."))
                .toList();
        assertThat(mid).isNotEmpty();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        byte[] all = new byte[whole.remaining()];
        whole.get(all);
        for (String name : mid) {
            names.remove(name);
        }
        for (var entry : names.properties()) {
            if (entry.getValue().has("data_offsets")) {
                int from = entry.getValue().get("data_offsets").get(0).asInt();
                int to = entry.getValue().get("data_offsets").get(1).asInt();
                ((ObjectNode) entry.getValue())
                        .putArray("data_offsets")
                        .add(data.size())
                        .add(data.size() + to - from);
                data.write(all, from, to - from);
            }
        }
        byte[] written = new ObjectMapper().writeValueAsBytes(names);
        ByteBuffer out = ByteBuffer.allocate(8 + written.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(written.length).put(written).put(data.toByteArray());
        Files.write(file, out.array());
    }
}
