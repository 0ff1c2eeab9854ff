package io.sparkinversion.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever happens wherever in a run: first it is seen to happen, then every image is in the tables exactly once, and
 * the run ends by itself. The table of cells is printed and goes to {@code target/fault-matrix.md}; all of it comes of
 * {@code mvn -B -ntp test -Dtest=FaultMatrixIT -Dtests.left-out=none}.
 */
@Timeout(300)
class FaultMatrixIT {
    private static final Path TABLE = Path.of("target/fault-matrix.md");
    private static final FaultMatrix MATRIX = new FaultMatrix(FaultCells.exclusions());

    @TempDir
    private static Path folder;

    private static FaultBench bench;

    @BeforeAll
    static void start() {
        bench = new FaultBench(folder);
    }

    @AfterAll
    static void stop() throws IOException {
        bench.close();
        System.out.println(MATRIX.table());
        Files.createDirectories(TABLE.getParent());
        Files.writeString(TABLE, MATRIX.table());
    }

    static Stream<FaultCell> fast() {
        return FaultCells.fast();
    }

    static Stream<FaultCell> others() {
        return FaultCells.others();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("fast")
    void everyImageIsThereOnce(FaultCell cell) {
        run(cell);
    }

    @Tag("slow")
    @ParameterizedTest(name = "{0}")
    @MethodSource("others")
    void everyImageIsThereOnceInAllOtherCells(FaultCell cell) {
        run(cell);
    }

    private static void run(FaultCell cell) {
        long begun = System.nanoTime();
        MATRIX.failed(cell);
        String recovery = new FaultCells(bench).run(cell);
        System.out.println(MATRIX.recovered(cell, recovery, Duration.ofNanos(System.nanoTime() - begun)));
    }

    @Test
    void allTasksOfADeviceShareOneModel() throws IOException {
        SharedModels.assertOneADevice(bench, folder, 32);
    }

    @Test
    @Tag("slow")
    void aThousandTasksOfADeviceShareOneModel() throws IOException {
        SharedModels.assertOneADevice(bench, folder, 1000);
    }
}
