package io.sparkinversion.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a process holds in the course of a long run: 2,000 pictures of mixed size and format through the whole job with
 * the embedded model, in a heap of fixed size. Run it by {@code mvn -B -ntp test -Dtest=MemoryBenchmark}.
 */
class MemoryBenchmark {
    /** Until then Java still compiles what Spark generates. */
    private static final int WARM_UP = 1_000;

    private static final double MOST_SPREAD = 0.02;

    @TempDir
    private Path folder;

    /**
     * @param arrays native ones that the engine holds
     * @param held resident memory once garbage is collected and given back, KiB
     * @param resident the same before, with what allocators keep for later
     * @param heap in use after the collection
     * @param code classes and machine code that Java holds
     */
    private record Sample(int images, int arrays, long held, long resident, long heap, long code) {
        static Sample of(String line) {
            long[] numbers = Stream.of(line.split(" "))
                    .skip(1)
                    .mapToLong(Long::parseLong)
                    .toArray();
            return new Sample((int) numbers[0], (int) numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
        }
    }

    @Test
    void nativeArraysAndResidentMemoryStayAsTheyAre() throws Exception {
        List<String> printed = run();
        assertThat(printed).contains("images %d failed 0".formatted(MemoryProcess.IMAGES));
        List<Sample> samples = printed.stream()
                .filter(line -> line.startsWith("sample "))
                .map(Sample::of)
                .toList();
        System.out.println("images  native arrays  held MiB  resident MiB  heap used MiB  code MiB");
        samples.forEach(sample -> System.out.printf(
                "%6d  %13d  %8d  %12d  %13d  %8d%n",
                sample.images(),
                sample.arrays(),
                sample.held() >> 10,
                sample.resident() >> 10,
                sample.heap() >> 10,
                sample.code() >> 10));
        List<Sample> warm =
                samples.stream().filter(sample -> sample.images() > WARM_UP).toList();
        long least = warm.stream().mapToLong(Sample::held).min().orElseThrow();
        long most = warm.stream().mapToLong(Sample::held).max().orElseThrow();
        double spread = (double) (most - least) / least;
        System.out.printf(
                "held after %d images: %d to %d MiB, a spread of %.2f%%%n",
                WARM_UP, least >> 10, most >> 10, 100 * spread);
        assertThat(warm).extracting(Sample::arrays).containsOnly(warm.get(0).arrays());
        assertThat(spread).isLessThanOrEqualTo(MOST_SPREAD);
    }

    /** Its lines. A heap that is resident from the start leaves all change to what is not heap. */
    private List<String> run() throws Exception {
        Path log = folder.resolve("log");
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + Path.of("conf/java-options").toAbsolutePath(),
                        "-Xms1g",
                        "-Xmx1g",
                        "-XX:+AlwaysPreTouch",
                        "-Dai.djl.pytorch.num_threads=1",
                        "-Djava.awt.headless=true",
                        "-Dbenchmark.images=" + MemoryProcess.IMAGES,
                        "-cp",
                        System.getProperty("java.class.path"),
                        MemoryProcess.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        // As jobs/run.sh has it.
        builder.environment().put("MALLOC_ARENA_MAX", "2");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(40, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        List<String> lines = Files.readAllLines(log);
        assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
        return lines;
    }
}
