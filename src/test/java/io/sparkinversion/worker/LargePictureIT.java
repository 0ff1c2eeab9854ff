package io.sparkinversion.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pictures of a hundred megapixels in processes whose heap they fit, or do not. */
class LargePictureIT {
    private static final int SIDE = 10_000;

    @TempDir
    private static Path folder;

    private static Path png;
    private static Path jpeg;
    private static Path small;

    @BeforeAll
    static void write() throws IOException {
        png = LargePictures.png(folder.resolve("large.png"), SIDE);
        jpeg = LargePictures.jpeg(folder.resolve("large.jpg"), SIDE);
        small = LargePictures.png(folder.resolve("small.png"), 200);
        assertThat(Files.size(png)).isLessThan(2_000_000);
        assertThat(Files.size(jpeg)).isLessThan(4_000_000);
    }

    /** Three bytes a pixel are 286 MiB, of which the pictures may fill 384: one at a time, and no turn is missed. */
    @Test
    void areDecodedOneAfterTheOtherWhereTheHeapHoldsOne() throws Exception {
        assertThat(load("-Xmx768m", jpeg, png, small))
                .containsExactly(
                        "loaded 10000x10000 to 64x64 128",
                        "loaded 10000x10000 to 64x64 126",
                        "loaded 200x200 to 64x64 2");
    }

    /** 254 of 512 MiB. Java picks the serial collector where a process may use one core. */
    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseSerialGC", "-XX:+UseParallelGC", "-XX:+UseG1GC"})
    void mayTakeHalfOfTheHeapWhateverTheCollector(String collector) throws Exception {
        Path half = LargePictures.png(folder.resolve("half.png"), 9_350);

        assertThat(load("-Xmx512m -XX:+ExitOnOutOfMemoryError " + collector, half, half))
                .containsExactly("loaded 9350x9350 to 64x64 118", "loaded 9350x9350 to 64x64 118");
    }

    /** As on a cluster manager that ends a process at the first error of that kind. */
    @ParameterizedTest
    @ValueSource(strings = {"-XX:+UseSerialGC", "-XX:+UseParallelGC", "-XX:+UseG1GC"})
    void areRefusedBeforeTheyFillTheHeap(String collector) throws Exception {
        List<String> lines = load("-Xmx512m -XX:+ExitOnOutOfMemoryError " + collector, jpeg, png, small);

        assertThat(lines).hasSize(3);
        assertThat(lines.subList(0, 2)).allSatisfy(line -> assertThat(line)
                .startsWith("IMAGE_TOO_LARGE " + folder + "/large.")
                .contains(": 10000 x 10000 pixels take ", " MiB to decode, and pictures may fill 256 MiB of this")
                .endsWith("; raise spark.executor.memory, or lower --max-pixels"));
        assertThat(lines.get(2)).startsWith("loaded 200x200");
    }

    private static List<String> load(String options, Path... files) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options.split(" ")));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), LargePictureProcess.class.getName()));
        for (Path file : files) {
            command.add(file.toString());
        }
        Path output = Files.createTempFile(folder, "output", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(5, TimeUnit.MINUTES))
                    .as("ended in five minutes")
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
        return lines.stream()
                .filter(line -> line.startsWith("loaded") || line.startsWith("IMAGE"))
                .toList();
    }
}
