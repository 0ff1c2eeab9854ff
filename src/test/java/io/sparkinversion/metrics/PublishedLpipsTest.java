package io.sparkinversion.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.network.LpipsNetwork.Backbone;
import io.sparkinversion.weights.SafetensorsFile;
import io.sparkinversion.weights.WeightTensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The real hashes against the real weights, where they lie beside the project. */
class PublishedLpipsTest {

    @Test
    void namesTheThreeNetworks() {
        assertThat(PublishedLpips.ALL).extracting(PublishedLpips::net).containsExactly("alex", "squeeze", "vgg");
        assertThat(PublishedLpips.ALL)
                .extracting(PublishedLpips::backboneDigits)
                .containsExactly("7be5be79", "b8a52dc0", "397923af");
        assertThat(PublishedLpips.ALL)
                .allSatisfy(published -> assertThat(List.of(published.backboneAddress(), published.headsAddress()))
                        .extracting(URI::getScheme)
                        .containsOnly("https"));
    }

    @ParameterizedTest
    @EnumSource(names = {"ALEX", "SQUEEZE"})
    void trueWeightsPassAndComeOutBitForBit(Backbone net, @TempDir Path folder) throws IOException {
        PublishedLpips real = of(net);
        Map<String, WeightTensor> trueWeights = read(shared("lpips/" + real.fileName()));
        List<WeightTensor> features = select(trueWeights, "features.");
        List<WeightTensor> withClassifier = new ArrayList<>(features);
        withClassifier.add(WeightTensor.ofFloats("classifier.1.bias", new long[] {1}, 1));
        byte[] backbone = LpipsDownloadFixture.checkpoint(withClassifier);
        // PyTorch's own bytes are not at hand, so the file is called after the bytes written here.
        String name = "net-" + LpipsDownloadFixture.sha256(backbone).substring(0, 8) + ".pth";
        Files.write(folder.resolve(name), backbone);
        Files.write(folder.resolve(real.headsFileName()), LpipsDownloadFixture.checkpoint(select(trueWeights, "lin")));
        PublishedLpips published = new PublishedLpips(
                net,
                URI.create("https://example.org/" + name),
                real.backboneHash(),
                real.headsAddress(),
                real.headsHash());

        Path file = new LpipsDownload(new PrintWriter(Writer.nullWriter()))
                .convert(published, folder, folder.resolve("output"));

        assertThat(read(file)).isEqualTo(trueWeights);
    }

    @ParameterizedTest
    @EnumSource
    void theHeadsOfTheAuthorsHaveThePublishedHash(Backbone net) {
        PublishedLpips published = of(net);
        Path heads = shared("fixtures/lpips/" + published.net() + "_heads_v0.1.safetensors");

        assertThat(LpipsDownloadHash.ofTensors(read(heads).values())).isEqualTo(published.headsHash());
    }

    private static PublishedLpips of(Backbone net) {
        return PublishedLpips.ALL.stream()
                .filter(published -> published.backbone() == net)
                .findFirst()
                .orElseThrow();
    }

    private static List<WeightTensor> select(Map<String, WeightTensor> tensors, String prefix) {
        return tensors.values().stream()
                .filter(tensor -> tensor.name().startsWith(prefix))
                .toList();
    }

    private static Map<String, WeightTensor> read(Path file) {
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            return weights.names().stream().collect(Collectors.toMap(Function.identity(), weights::read));
        }
    }

    /** A file that lies beside the project on some machines; the test is skipped where it does not. */
    private static Path shared(String name) {
        Path path = Stream.of(Path.of("").toAbsolutePath(), Path.of("..").toAbsolutePath())
                .map(base -> base.resolve("../shared").normalize().resolve(name))
                .filter(Files::exists)
                .findFirst()
                .orElse(null);
        Assumptions.assumeTrue(path != null, "there is no ../shared/" + name + " beside the project");
        return path;
    }
}
