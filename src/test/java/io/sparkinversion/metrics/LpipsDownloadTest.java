package io.sparkinversion.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import io.sparkinversion.network.LpipsNetwork.Backbone;
import io.sparkinversion.weights.SafetensorsFile;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class LpipsDownloadTest {

    @TempDir
    private Path folder;

    private final StringWriter progress = new StringWriter();
    private final LpipsDownload download = new LpipsDownload(new PrintWriter(progress));
    private LpipsDownloadFixture publisher;
    private Path output;

    @BeforeEach
    void start() throws IOException {
        publisher = new LpipsDownloadFixture();
        output = folder.resolve("deep/output");
    }

    @AfterEach
    void stop() {
        publisher.close();
    }

    @Test
    void makesOneFileOfBackboneAndHeads() throws IOException {
        PublishedLpips published = publisher.publish(Backbone.ALEX);

        Path file = download.fetch(published, output);

        assertThat(file).isEqualTo(output.resolve("lpips-alex-v0.1.safetensors"));
        assertThat(LpipsDownloadFixture.content(output)).containsExactly(file);
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            assertThat(tensors(weights))
                    .containsAll(LpipsDownloadFixture.features(Backbone.ALEX))
                    .containsAll(LpipsDownloadFixture.heads())
                    .hasSize(15);
            assertThat(weights.metadata())
                    .containsEntry("architecture", "alex")
                    .containsEntry(
                            "backbone_origin", published.backboneAddress().toString())
                    .containsEntry("backbone_licence", "BSD-3-Clause (torchvision)")
                    .containsEntry("heads_origin", published.headsAddress().toString())
                    .containsEntry("heads_licence", "BSD-2-Clause (LPIPS)");
        }
        assertThat(progress.toString())
                .contains(published.backboneFileName() + ": 0.01 MB fetched")
                .contains("alex.pth: 0.00 MB fetched");
    }

    @Test
    void doesNotFetchWhatIsThereAndReplacesWhatIsDamaged() throws IOException {
        PublishedLpips alex = publisher.publish(Backbone.ALEX);
        PublishedLpips vgg = publisher.publish(Backbone.VGG);
        Path file = download.fetch(alex, output);
        download.fetch(vgg, output);
        publisher.requests().clear();

        download.fetch(alex, output);
        download.fetch(vgg, output);
        assertThat(publisher.requests()).isEmpty();

        byte[] intact = Files.readAllBytes(file);
        byte[] damaged = intact.clone();
        damaged[damaged.length - 1]++;
        Files.write(file, damaged);
        download.fetch(alex, output);
        assertThat(publisher.requests()).hasSize(2);
        assertThat(Files.readAllBytes(file)).isEqualTo(intact);
    }

    @Test
    void refusesABackboneWhoseFileIsNotWhatItsNameSays() throws IOException {
        PublishedLpips published = publisher.publish(Backbone.VGG);
        byte[] file = publisher.files().get(published.backboneFileName());
        file[file.length / 2]++;

        assertThatThrownBy(() -> download.fetch(published, output))
                .isInstanceOf(WeightsException.class)
                .hasMessage(published.backboneAddress() + " is not the published file: its SHA-256 should begin with "
                        + published.backboneDigits() + ", as its name says, and is "
                        + LpipsDownloadFixture.sha256(file) + ". Nothing was kept; fetch the file again");
        assertThat(LpipsDownloadFixture.content(output)).isEmpty();
    }

    @Test
    void refusesABackboneOfOtherContentWhateverItsFileIs() throws IOException {
        PublishedLpips served = publisher.publish(Backbone.ALEX);
        String expected = "0".repeat(64);
        PublishedLpips published = new PublishedLpips(
                served.backbone(), served.backboneAddress(), expected, served.headsAddress(), served.headsHash());

        assertThatThrownBy(() -> download.fetch(published, output))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(published.backboneAddress() + " does not hold the published weights")
                .hasMessageContaining("features.* should be " + expected + " and is " + served.backboneHash());
        assertThat(LpipsDownloadFixture.content(output)).isEmpty();
    }

    @Test
    void refusesHeadsOfOtherContentAndKeepsTheFileOfBefore() throws IOException {
        PublishedLpips published = publisher.publish(Backbone.ALEX);
        Path before = Files.createDirectories(output).resolve(published.fileName());
        Files.writeString(before, "of another time");
        publisher
                .files()
                .put(
                        "alex.pth",
                        LpipsDownloadFixture.checkpoint(
                                List.of(WeightTensor.ofFloats("lin0.model.1.weight", new long[] {1, 1, 1, 1}, 1))));

        assertThatThrownBy(() -> download.fetch(published, output))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(published.headsAddress() + " does not hold the published weights")
                .hasMessageContaining("linK.model.1.weight should be " + published.headsHash() + " and is ");
        assertThat(LpipsDownloadFixture.content(output)).containsExactly(before);
        assertThat(before).hasContent("of another time");
    }

    @Test
    void refusesAPageInPlaceOfTheHeads() throws IOException {
        PublishedLpips published = publisher.publish(Backbone.ALEX);
        publisher.files().put("alex.pth", "<html>Please log in to this network</html>".getBytes());

        assertThatThrownBy(() -> download.fetch(published, output))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(published.headsAddress() + " is not the published file: ")
                .hasMessageContaining("neither a safetensors file nor a PyTorch checkpoint");
        assertThat(LpipsDownloadFixture.content(output)).isEmpty();
    }

    /** Where only the file name's digits vouch for a backbone, its layers must be those of the network. */
    @Test
    void refusesAnotherNetworksBackbone() throws IOException {
        PublishedLpips alex = publisher.publish(Backbone.ALEX);
        PublishedLpips published =
                new PublishedLpips(Backbone.VGG, alex.backboneAddress(), null, alex.headsAddress(), alex.headsHash());

        assertThatThrownBy(() -> download.fetch(published, output))
                .isInstanceOf(WeightsException.class)
                .hasMessage(alex.backboneAddress() + " holds the backbone ALEX where VGG was expected");
        assertThat(LpipsDownloadFixture.content(output)).isEmpty();
    }

    @Test
    void saysWhatAServerAnswered() throws IOException {
        PublishedLpips published = publisher.publish(Backbone.ALEX);
        publisher.files().remove("alex.pth");

        assertThatThrownBy(() -> download.fetch(published, output))
                .isInstanceOf(WeightsException.class)
                .hasMessage(published.headsAddress() + " answered HTTP 404; try again, or fetch the file by other means"
                        + " and name its folder with --from");
        assertThat(LpipsDownloadFixture.content(output)).isEmpty();
    }

    @Test
    void followsRedirects() throws IOException {
        PublishedLpips published = publisher.publish(Backbone.ALEX);
        publisher.server().createContext("/models/", exchange -> {
            exchange.getResponseHeaders().set("Location", "/moved/" + published.backboneFileName());
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });

        assertThat(download.fetch(published, output)).exists();

        publisher.files().remove(published.backboneFileName());
        assertThatThrownBy(() -> download.fetch(published, folder.resolve("other")))
                .hasMessageStartingWith(published.backboneAddress() + " (redirected to "
                        + publisher.address("moved/" + published.backboneFileName()) + ") answered HTTP 404");
    }

    @Test
    void saysThatAServerIsNotThere() throws IOException {
        PublishedLpips published = publisher.publish(Backbone.ALEX);
        publisher.close();

        assertThatThrownBy(() -> download.fetch(published, output))
                .isInstanceOf(WeightsException.class)
                .hasMessage("cannot fetch " + published.backboneAddress() + ": no connection to "
                        + published.backboneAddress().getAuthority() + "; try again, or fetch the file by other means"
                        + " and name its folder with --from");
        assertThat(LpipsDownloadFixture.content(output)).isEmpty();
    }

    @Test
    void refusesAFileThatEndsEarly() throws IOException {
        PublishedLpips published = publisher.publish(Backbone.ALEX);
        publisher.server().createContext("/models/", exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(new byte[10]);
            exchange.getResponseBody().flush();
            exchange.close();
        });

        assertThatThrownBy(() -> download.fetch(published, output))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith("cannot fetch " + published.backboneAddress() + ": ")
                .hasMessageContaining("1000");
        assertThat(LpipsDownloadFixture.content(output)).isEmpty();
    }

    @Test
    void givesUpOnAServerThatFallsSilent() throws IOException {
        PublishedLpips published = publisher.publish(Backbone.ALEX);
        CountDownLatch over = new CountDownLatch(1);
        publisher.server().createContext("/models/", exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            sendInTwoParts(exchange, new byte[1000], 10, over);
        });
        LpipsDownload impatient = new LpipsDownload(Duration.ofMillis(500), new PrintWriter(progress));

        try {
            assertThatThrownBy(() -> impatient.fetch(published, output))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageStartingWith(published.backboneAddress() + " sent nothing for 0.5 s after 10 bytes");
        } finally {
            over.countDown();
        }
        assertThat(LpipsDownloadFixture.content(output)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void saysHowFarItIs(boolean lengthIsKnown) throws IOException {
        PublishedLpips published = publisher.publish(Backbone.ALEX);
        byte[] file = new byte[25_000_000];
        CountDownLatch said = new CountDownLatch(1);
        publisher.server().createContext("/models/", exchange -> {
            exchange.sendResponseHeaders(200, lengthIsKnown ? file.length : 0);
            sendInTwoParts(exchange, file, 20_000_000, said);
        });
        Pattern line = Pattern.compile("(?m)^" + Pattern.quote(published.backboneFileName()) + ": \\d+\\.\\d\\d"
                + (lengthIsKnown ? " of 25\\.00 MB$" : " MB$"));
        StringWriter lines = new StringWriter() {
            @Override
            public void flush() {
                if (line.matcher(toString()).find()) {
                    said.countDown();
                }
            }
        };

        // The server goes on when the line was written; then the file is refused for its content.
        assertThatThrownBy(() -> new LpipsDownload(new PrintWriter(lines)).fetch(published, output))
                .hasMessageContaining("SHA-256");
        assertThat(lines.toString())
                .containsPattern(line)
                .contains(published.backboneFileName() + ": 25.00 MB fetched");
    }

    private static void sendInTwoParts(HttpExchange exchange, byte[] file, int first, CountDownLatch second)
            throws IOException {
        exchange.getResponseBody().write(file, 0, first);
        exchange.getResponseBody().flush();
        try {
            second.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        exchange.getResponseBody().write(file, first, file.length - first);
        exchange.close();
    }

    @Test
    void takesTheFilesFromAFolderWithoutANetwork() throws IOException {
        PublishedLpips published = publisher.publish(Backbone.ALEX);
        Path from = folder(published);
        publisher.close();

        Path file = download.convert(published, from, output);

        assertThat(LpipsDownloadFixture.content(output)).containsExactly(file);
        assertThat(LpipsDownloadFixture.content(from)).hasSize(2);
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            assertThat(tensors(weights)).hasSize(15).containsAll(LpipsDownloadFixture.heads());
        }
        assertThat(publisher.requests()).isEmpty();
    }

    @Test
    void namesTheFilesThatAFolderLacksAndTheirAddresses() throws IOException {
        PublishedLpips published = publisher.publish(Backbone.ALEX);
        Path from = folder(published);
        Files.delete(from.resolve("alex.pth"));

        assertThatThrownBy(() -> download.convert(published, from, output))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(from + " has no alex.pth; put these files there:")
                .hasMessageContaining("alex.pth from " + published.headsAddress())
                .hasMessageContaining(published.backboneFileName() + " from " + published.backboneAddress());
        assertThat(output).doesNotExist();
    }

    @Test
    void refusesADamagedFileOfAFolderByItsPath() throws IOException {
        PublishedLpips published = publisher.publish(Backbone.ALEX);
        Path from = folder(published);
        Path backbone = from.resolve(published.backboneFileName());
        Files.write(backbone, new byte[] {1, 2, 3});

        assertThatThrownBy(() -> download.convert(published, from, output))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(backbone + " is not the published file: its SHA-256 should begin with "
                        + published.backboneDigits());
        assertThat(LpipsDownloadFixture.content(output)).isEmpty();
        assertThat(backbone).hasSize(3);
    }

    @Test
    void refusesAnAddressWithoutDigits() {
        URI address = URI.create("https://example.org/alexnet.pth");

        assertThatThrownBy(() -> new PublishedLpips(Backbone.ALEX, address, null, address, ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the name of " + address + " does not end as torchvision's do");
    }

    private Path folder(PublishedLpips published) throws IOException {
        Path from = Files.createDirectories(folder.resolve("from"));
        for (String name : List.of(published.backboneFileName(), published.headsFileName())) {
            Files.write(from.resolve(name), publisher.files().get(name));
        }
        return from;
    }

    private static List<WeightTensor> tensors(SafetensorsFile weights) {
        return weights.names().stream().map(weights::read).toList();
    }
}
