package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.metrics.LpipsDownloadFixture;
import io.sparkinversion.metrics.PublishedLpips;
import io.sparkinversion.metrics.PublishedModel;
import io.sparkinversion.network.LpipsNetwork.Backbone;
import io.sparkinversion.weights.Sha256;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(60)
class FetchWeightsCommandTest {
    private static final int REFUSED = 2;

    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private LpipsDownloadFixture publisher;
    private PublishedLpips alex;
    private PublishedLpips vgg;
    private PublishedModel clip;
    private PublishedModel dino;

    @BeforeEach
    void publish() throws IOException {
        publisher = new LpipsDownloadFixture();
        alex = publisher.publish(Backbone.ALEX);
        vgg = publisher.publish(Backbone.VGG);
        clip = new PublishedModel(
                "clip",
                "tiny-clip",
                "--clip-model",
                List.of(
                        part("config.json", "config.json", "{}"),
                        part("clip.safetensors", "model.safetensors", "weights")));
        PublishedModel.Part weights = new PublishedModel.Part(publisher.address("dino.pth"), "model.safetensors", null);
        dino = new PublishedModel("dino", "tiny-dino", "--dino-model", List.of(weights));
    }

    @AfterEach
    void stop() {
        publisher.close();
    }

    @Test
    void fetchesAlexByDefaultAndPrintsTheOptionToUse() {
        assertThat(execute("--output", folder.toString())).isZero();

        Path file = folder.resolve("lpips-alex-v0.1.safetensors");
        assertThat(file).exists();
        assertThat(out).hasToString("--lpips-weights " + file + System.lineSeparator());
        assertThat(err.toString()).contains(alex.backboneFileName()).contains(file + " written");
        assertThat(publisher.requests()).containsExactly(alex.backboneFileName(), "alex.pth");
    }

    @Test
    void fetchesAll() {
        assertThat(execute("--net", "all", "--output", folder.toString())).isZero();

        assertThat(out.toString().lines())
                .containsExactly(
                        "--lpips-weights " + folder.resolve("lpips-alex-v0.1.safetensors"),
                        "--lpips-weights " + folder.resolve("lpips-vgg-v0.1.safetensors"));
    }

    @Test
    void worksWithoutInternetAndListsWhatItNeedsFirst() throws IOException {
        Path from = Files.createDirectories(folder.resolve("from"));
        for (String name : List.of(alex.backboneFileName(), "alex.pth")) {
            Files.write(from.resolve(name), publisher.files().get(name));
        }
        publisher.close();
        String output = folder.resolve("output").toString();

        assertThat(execute("--net", "all", "--from", from.toString(), "--output", output))
                .isEqualTo(REFUSED);
        assertThat(err.toString())
                .contains(from + " has no " + vgg.backboneFileName() + ", no vgg.pth; put these files there:")
                .contains("alex.pth from " + alex.headsAddress())
                .contains("vgg.pth from " + vgg.headsAddress());
        assertThat(Path.of(output)).doesNotExist();

        assertThat(execute("--net", "alex", "--from", from.toString(), "--output", output))
                .isZero();
        assertThat(out.toString()).startsWith("--lpips-weights " + output);
    }

    @Test
    void refusesAnUnknownNetwork() {
        assertThat(execute("--net", "resnet", "--output", folder.toString())).isEqualTo(REFUSED);

        assertThat(err.toString())
                .contains("--net: invalid value 'resnet'; expected one of alex, vgg, clip, dino, all");
        assertThat(publisher.requests()).isEmpty();
    }

    @Test
    void printsNoOptionForWhatWasRefused() {
        publisher.files().put("alex.pth", new byte[100]);

        assertThat(execute("--output", folder.toString())).isEqualTo(REFUSED);

        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains(alex.headsAddress() + " is not the published file");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void writesToTheUsersCacheByDefault() {
        Path cache = Path.of(System.getProperty("user.home"), ".cache/spark-inversion");

        assertThat(new FetchWeightsCommand().folder("lpips")).isEqualTo(cache.resolve("lpips"));
        assertThat(new FetchWeightsCommand().folder("metrics")).isEqualTo(cache.resolve("metrics"));
    }

    @Test
    void fetchesTheFilesOfAModelOnceAndPrintsTheOptionToUse() throws IOException {
        assertThat(execute("--net", "clip", "--output", folder.toString())).isZero();

        Path model = folder.resolve("tiny-clip");
        assertThat(out).hasToString("--clip-model " + model + System.lineSeparator());
        assertThat(model.resolve("config.json")).hasContent("{}");
        assertThat(model.resolve("model.safetensors")).hasContent("weights");
        try (Stream<Path> files = Files.list(model)) {
            assertThat(files).hasSize(2);
        }

        assertThat(execute("--net", "clip", "--output", folder.toString())).isZero();
        assertThat(publisher.requests()).containsExactly("config.json", "clip.safetensors");
    }

    @Test
    void refusesAModelOfOtherContentOrOtherLayers() throws IOException {
        publisher.files().put("clip.safetensors", "other".getBytes(StandardCharsets.UTF_8));
        assertThat(execute("--net", "clip", "--output", folder.toString())).isEqualTo(REFUSED);
        assertThat(err.toString())
                .contains("clip.safetensors is not the published file: its SHA-256 should be")
                .contains("It was not kept");
        assertThat(folder.resolve("tiny-clip/model.safetensors")).doesNotExist();

        publisher.files().put("dino.pth", publisher.files().get("alex.pth"));
        assertThat(execute("--net", "dino", "--output", folder.toString())).isEqualTo(REFUSED);
        assertThat(err.toString()).contains("dino.pth is not the published file: ");
        assertThat(folder.resolve("tiny-dino/model.safetensors")).doesNotExist();
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aModelComesFromAFolderWithoutInternet() throws IOException {
        Path from = Files.createDirectories(folder.resolve("from"));
        Files.writeString(from.resolve("config.json"), "{}");
        assertThat(execute("--net", "clip", "--from", from.toString(), "--output", folder.toString()))
                .isEqualTo(REFUSED);
        assertThat(err.toString()).contains(from + " has no clip.safetensors; put these files there: config.json from");

        Files.writeString(from.resolve("clip.safetensors"), "weights");
        assertThat(execute("--net", "clip", "--from", from.toString(), "--output", folder.toString()))
                .isZero();
        assertThat(folder.resolve("tiny-clip/model.safetensors")).hasContent("weights");
        assertThat(from.resolve("clip.safetensors")).exists();
        assertThat(publisher.requests()).isEmpty();
    }

    private PublishedModel.Part part(String address, String name, String content) {
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        publisher.files().put(address, bytes);
        return new PublishedModel.Part(
                publisher.address(address),
                name,
                HexFormat.of().formatHex(Sha256.digest().digest(bytes)));
    }

    private int execute(String... arguments) {
        return new CommandLine(new FetchWeightsCommand(List.of(alex, vgg), List.of(clip, dino)))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((exception, command, parsed) -> {
                    command.getErr().println(exception.getMessage());
                    return REFUSED;
                })
                .execute(arguments);
    }
}
