package io.sparkinversion.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkinversion.dataset.JobException;
import io.sparkinversion.job.RunSummary;
import io.sparkinversion.weights.ModelFolder;
import io.sparkinversion.worker.WorkerHook.Point;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Files that are not what they were: an image's, and the model's. */
final class FileFaults {
    private static final int ALWAYS = 1000;
    private static final Path MODEL = S3Run.SAMPLES.resolve("models/emoji-ldm");
    private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";

    private final FaultBench bench;

    FileFaults(FaultBench bench) {
        this.bench = bench;
    }

    String run(FaultCell cell) {
        if (cell.kind() == FaultKind.CORRUPT_IMAGE) {
            return image(cell);
        }
        return cell.point() == FaultPoint.LOAD ? modelThatDoesNotLoad(cell) : modelOfNoNumbers(cell);
    }

    /** It was good when the run was planned. */
    private String image(FaultCell cell) {
        Path dataset = FaultRun.dataset(bench.folder(cell).resolveSibling(cell.kind() + "-data-" + cell.point()));
        String file = dataset.resolve("images/" + FaultRun.VICTIM + ".png").toString();
        String reason =
                switch (cell.point()) {
                    case LOAD -> {
                        bench.set(Point.LOAD.name(), FaultRun.VICTIM, TrapAct.DELETE_FILE, 1, file);
                        yield "LOAD FILE_NOT_FOUND";
                    }
                    case DECODE -> {
                        bench.set(Point.LOAD.name(), FaultRun.VICTIM, TrapAct.HALVE_FILE, 1, file);
                        yield "DECODE CORRUPT_IMAGE";
                    }
                    case MID_STEP -> {
                        bench.set(TrapEngine.RESULT, FaultRun.VICTIM, TrapAct.NOT_FINITE, ALWAYS, file);
                        yield "INVERT NOT_FINITE";
                    }
                    default -> {
                        bench.set(TrapEngine.RESULT, FaultRun.VICTIM, TrapAct.MISSHAPE, ALWAYS, file);
                        yield "METRICS ENGINE_ERROR";
                    }
                };
        FaultRun undisturbed = bench.run(cell);
        FaultRun run = new FaultRun(dataset.toString(), undisturbed.output(), undisturbed.model(), undisturbed.name());
        RunSummary summary = bench.compute(run);
        assertThat(bench.trap().timesSprung()).isPositive();
        assertThat(summary.failed()).isEqualTo(1);
        FaultRun.assertComplete(bench.folder(cell), Map.of(FaultRun.VICTIM, reason));
        return "failed row";
    }

    /** No image's fault: there is no row of any. */
    private String modelThatDoesNotLoad(FaultCell cell) {
        Path model = copyOfTheModel(cell);
        byte[] whole = read(model.resolve(WEIGHTS));
        write(model.resolve(WEIGHTS), Arrays.copyOf(whole, whole.length / 2));
        FaultRun run = withModel(cell, model);
        assertThatThrownBy(() -> compute(run))
                .isInstanceOf(JobException.class)
                .hasMessageContaining(model.resolve(WEIGHTS).toString())
                .hasMessageContaining("the same command goes on from there");
        assertThat(FaultRun.committedWaves(bench.folder(cell))).isZero();

        write(model.resolve(WEIGHTS), whole);
        compute(withModel(cell, model));

        FaultRun.assertComplete(bench.folder(cell), Map.of());
        return "rerun";
    }

    /** It loads as any other, and every result says what became of it. */
    private String modelOfNoNumbers(FaultCell cell) {
        Path model = copyOfTheModel(cell);
        byte[] spoilt = read(model.resolve(WEIGHTS));
        Arrays.fill(spoilt, spoilt.length / 2, spoilt.length, (byte) 0xFF);
        write(model.resolve(WEIGHTS), spoilt);

        RunSummary summary = compute(withModel(cell, model));

        assertThat(summary.failed()).isEqualTo(FaultRun.IMAGES);
        FaultRun.assertComplete(
                bench.folder(cell),
                IntStream.range(0, FaultRun.IMAGES)
                        .boxed()
                        .collect(Collectors.toMap(FaultRun::id, any -> "INVERT NOT_FINITE")));
        return "failed rows";
    }

    private RunSummary compute(FaultRun run) {
        return run.run(
                bench.spark(),
                new TrapHook(bench.trap().folder().toString(), FaultBench.GPUS_OF_A_WORKER, true),
                FaultBench.PATIENT);
    }

    private FaultRun withModel(FaultCell cell, Path model) {
        FaultRun run = bench.run(cell);
        return new FaultRun(run.dataset(), run.output(), model.toString(), ModelFolder.fingerprint(model));
    }

    private Path copyOfTheModel(FaultCell cell) {
        Path copy = bench.folder(cell).resolveSibling(cell.kind() + "-" + cell.point() + "-model");
        try (Stream<Path> files = Files.walk(MODEL)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = copy.resolve(MODEL.relativize(file));
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, byte[] content) {
        try {
            Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
