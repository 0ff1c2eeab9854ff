package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.metrics.LpipsDownloadFixture;
import io.sparkinversion.metrics.PublishedLpips;
import io.sparkinversion.network.LpipsNetwork.Backbone;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    @BeforeEach
    void publish() throws IOException {
        publisher = new LpipsDownloadFixture();
        alex = publisher.publish(Backbone.ALEX);
        vgg = publisher.publish(Backbone.VGG);
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

        assertThat(err.toString()).contains("--net: invalid value 'resnet'; expected one of alex, vgg, all");
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
        CommandLine command = new CommandLine(new FetchWeightsCommand());
        command.parseArgs();

        Path output = command.getCommandSpec().findOption("--output").getValue();
        assertThat(output).isEqualTo(Path.of(System.getProperty("user.home"), ".cache/spark-inversion/lpips"));
    }

    private int execute(String... arguments) {
        return new CommandLine(new FetchWeightsCommand(List.of(alex, vgg)))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .setExecutionExceptionHandler((exception, command, parsed) -> {
                    command.getErr().println(exception.getMessage());
                    return REFUSED;
                })
                .execute(arguments);
    }
}
