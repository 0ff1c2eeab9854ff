package io.sparkinversion.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.UserException;
import io.sparkinversion.image.ImageDecoder;
import io.sparkinversion.image.ImageException;
import io.sparkinversion.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** One model without Spark, held against what the reference Python code scores on the same images. */
class InverterTest {
    private static final Path SAMPLES = Path.of("data-samples");
    private static final Path MODEL = SAMPLES.resolve("models/emoji-ldm");
    private static final Path REFERENCE = Path.of("src/test/resources/eval/reference.json");
    private static final double DECIBEL = 0.1;

    private static Inverter inverter;
    private static List<Sample> samples;

    private record Sample(String id, RgbImage image, String caption) {}

    @BeforeAll
    static void load() throws IOException, ImageException {
        inverter = Inverter.builder()
                .model(MODEL.toString())
                .lpipsWeights(SAMPLES.resolve("models/lpips-demo.safetensors").toString())
                .device(Device.cpu())
                .load();
        samples = new ArrayList<>();
        for (String line : Files.readAllLines(SAMPLES.resolve("captions.csv")).subList(1, 3)) {
            String[] cells = line.split(",");
            byte[] file = Files.readAllBytes(SAMPLES.resolve(cells[1]));
            samples.add(new Sample(cells[0], ImageDecoder.decode(file, 1_000_000), cells[2]));
        }
    }

    @AfterAll
    static void close() {
        inverter.close();
    }

    @Test
    void scoresAsTheReferenceDoes() throws IOException {
        List<Inverted> inverted = inverter.invert(
                samples.stream().map(Sample::image).toList(),
                samples.stream().map(Sample::caption).toList());

        JsonNode reference = new ObjectMapper().readTree(REFERENCE.toFile()).path("images");
        for (int i = 0; i < samples.size(); i++) {
            JsonNode expected = reference.path(samples.get(i).id());
            assertThat(expected.isMissingNode()).as(samples.get(i).id()).isFalse();
            assertThat(inverted.get(i).scores().psnr())
                    .isCloseTo(expected.at("/negative-prompt/psnr").doubleValue(), within(DECIBEL));
            assertThat(inverted.get(i).ceilingScores().psnr())
                    .isCloseTo(expected.at("/vae/psnr").doubleValue(), within(DECIBEL));
            assertThat(inverted.get(i).scores().lpips()).isBetween(0.0, 1.0);
            assertThat(inverted.get(i).latentShape()).hasSize(3);
            assertThat(inverted.get(i).latent())
                    .hasSize(Arrays.stream(inverted.get(i).latentShape()).reduce(1, (a, b) -> a * b));
            assertThat(inverted.get(i).reconstruction().width()).isEqualTo(inverter.resolution());
        }
    }

    @Test
    void editsStartFromTheInversionAndKeepNativeMemoryFlat() {
        Sample sample = samples.get(0);
        Inverted inverted = inverter.invert(sample.image(), sample.caption());
        String prompt = sample.caption() + " on blue background";
        RgbImage first = inverter.edit(inverted, prompt);
        int resident = inverter.residentArrays();

        RgbImage again = inverter.edit(inverted, prompt);
        inverter.invert(sample.image(), sample.caption());
        RgbImage swapped = inverter.edit(inverted, prompt, edits -> edits.controls("prompt-swap"));

        assertThat(again).isEqualTo(first);
        assertThat(first).isNotEqualTo(inverted.reconstruction());
        assertThat(swapped.width()).isEqualTo(inverter.resolution());
        assertThat(inverter.residentArrays()).isEqualTo(resident);
    }

    @Test
    void severalThreadsMayInvert() throws Exception {
        Sample sample = samples.get(0);
        Inverted alone = inverter.invert(sample.image(), sample.caption());
        int resident = inverter.residentArrays();
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            Callable<Inverted> work = () -> inverter.invert(sample.image(), sample.caption());
            for (Future<Inverted> each : threads.invokeAll(List.of(work, work, work))) {
                assertThat(each.get().latent()).isEqualTo(alone.latent());
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(inverter.residentArrays()).isEqualTo(resident);
    }

    @Test
    void mistakesAreTheUsers() {
        assertThatThrownBy(() -> Inverter.load(Path.of("no/such/model")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("no such folder or file: no/such/model");
        assertThatThrownBy(() -> Inverter.builder().methods("magic"))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("unknown method 'magic'");
        assertThatThrownBy(() ->
                        Inverter.builder().model(MODEL.toString()).steps(0).load())
                .isInstanceOf(UserException.class)
                .hasMessage("steps is 0; it must be 1 to 1000");
    }

    @Test
    void aClosedInverterRefusesWork() {
        Inverter other = Inverter.builder()
                .model(MODEL.toString())
                .device("cpu")
                .steps(1)
                .load();
        other.close();
        other.close();
        assertThatThrownBy(() -> other.invert(samples.get(0).image(), "x")).isInstanceOf(CancellationException.class);
    }
}
