package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.JobException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** A bucket that has the images and gets the output, and does not always answer as it should. */
final class S3Faults {
    private static final int TIMES = 2;

    /** Longer than the client waits: three seconds to be told to go on, and then {@link FaultBench#S3_TIMEOUT}. */
    private static final Duration SLOW = FaultBench.S3_TIMEOUT.plusSeconds(5);

    private final FaultBench bench;
    private final S3Server server;

    S3Faults(FaultBench bench) {
        this.bench = bench;
        this.server = bench.s3();
    }

    /** Requests that are part of a point. */
    private record Requests(String method, String key) {}

    /** Where it never answers well, the run ends with an error; where it does so soon, the client's tries suffice. */
    String run(FaultCell cell) {
        String name = cell.kind() + "-" + cell.point();
        server.upload(bench.dataset(), name + "/data");
        FaultRun run = new FaultRun(
                server.address(name + "/data"), server.address(name + "/out"), "no model", cell.toString());
        String recovery = "client retried";
        if (cell.kind() != FaultKind.S3_SLOW) {
            Requests all = requests(cell.point(), name, cell.point() == FaultPoint.LOAD ? "" : FaultRun.VICTIM);
            fault(cell.kind(), Integer.MAX_VALUE).forKeysLike(all.key()).on(all.method());
            assertThatThrownBy(() -> bench.compute(run))
                    .isInstanceOf(JobException.class)
                    .hasMessageContaining("the same command goes on from there");
            server.recovers();
            recovery = "rerun; client retried";
        }
        server.takeRequests();
        Requests some = requests(cell.point(), name, FaultRun.VICTIM + ".png");
        Fault fault = fault(cell.kind(), TIMES).forKeysLike(some.key()).on(some.method());

        bench.compute(run);

        assertThat(fault.isOver()).as("all requests that were to fail did").isTrue();
        List<String> requests = server.takeRequests();
        assertThat(requests)
                .filteredOn(request -> request.startsWith(some.method() + " "))
                .filteredOn(
                        request -> Pattern.compile(some.key()).matcher(request).find())
                .as("those, and the one that succeeded")
                .hasSizeGreaterThan(TIMES);
        FaultRun.assertComplete(local(run), Map.of());
        return recovery;
    }

    private static Requests requests(FaultPoint point, String name, String image) {
        return switch (point) {
            case LOAD -> new Requests("GET", name + "/data/images/" + image);
            case TASK_COMMIT -> new Requests("PUT", name + "/out/latents/wave=00001/.*uploadId");
            default -> new Requests("PUT", name + "/out/metrics/wave=0000./_SUCCESS");
        };
    }

    private Fault fault(FaultKind kind, int times) {
        return switch (kind) {
            case S3_UNAVAILABLE -> server.answers503(times);
            case S3_RESET -> server.resets(times);
            default -> server.delays(times, SLOW);
        };
    }

    /** The bucket is a folder of this machine. */
    private Path local(FaultRun run) {
        return bench.bucket().resolve(run.output().replaceFirst("s3a://", ""));
    }
}
