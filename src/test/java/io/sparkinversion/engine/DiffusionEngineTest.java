package io.sparkinversion.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkinversion.diffusion.DiffusersFolder;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.engine.Engine.Cost;
import io.sparkinversion.engine.Engine.Input;
import io.sparkinversion.engine.Engine.Reconstruction;
import io.sparkinversion.engine.Engine.Result;
import io.sparkinversion.engine.EngineException.Kind;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.metrics.Lpips;
import io.sparkinversion.metrics.Psnr;
import io.sparkinversion.metrics.Ssim;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.weights.WeightFiles;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.worker.Samples;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** With the embedded model, on the CPU. */
@Timeout(300)
class DiffusionEngineTest {
    private static final double GUIDANCE = 7.5;

    private static StableDiffusion model;
    private static DiffusionEngine engine;

    @BeforeAll
    static void load() {
        TorchRuntime.gpuCount();
        model = loadModel();
        try (WeightSource weights = WeightFiles.openCheckpoint(Samples.LPIPS)) {
            engine = new DiffusionEngine(model, Lpips.load("demo", weights, model.newScope()));
        }
    }

    private static StableDiffusion loadModel() {
        return StableDiffusion.load(new DiffusersFolder(Samples.MODEL), Device.cpu(), ScalarType.FLOAT32);
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    private static Recipe recipe(int steps, Method... methods) {
        return new Recipe(List.of(methods), steps, GUIDANCE);
    }

    private static float[] latent(Result result) {
        float[] values = new float[result.terminalLatent().bytes().length / Float.BYTES];
        ByteBuffer.wrap(result.terminalLatent().bytes())
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }

    private static void assertWithinOneLevel(RgbImage a, RgbImage b) {
        for (int i = 0; i < a.pixels().length; i++) {
            int difference = (a.pixels()[i] & 0xff) - (b.pixels()[i] & 0xff);
            assertThat(Math.abs(difference)).as("level %s", i).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void reconstructsAsWellAsTheReferenceImplementation() throws Exception {
        JsonNode reference = new ObjectMapper()
                .readTree(Path.of("src/test/resources/eval/reference.json").toFile());
        int sample = 1;
        Input input = Samples.input(sample);
        JsonNode expected = reference.path("images").path(Integer.toString(sample));

        Result result = engine.run(List.of(input), recipe(50, Method.NEGATIVE_PROMPT, Method.DDIM_CFG))
                .get(0);

        assertQuality(input.image(), result.ceiling(), expected.path("vae"));
        assertThat(result.reconstructions()).hasSize(2).allSatisfy(reconstruction -> {
            JsonNode method = expected.path(reconstruction.method().label());
            assertQuality(input.image(), reconstruction.image(), method);
        });
    }

    private static void assertQuality(RgbImage original, RgbImage image, JsonNode expected) {
        assertThat(expected.path("psnr").isNumber()).isTrue();
        assertThat(Psnr.of(original, image)).isCloseTo(expected.path("psnr").doubleValue(), within(0.05));
        assertThat(Ssim.of(original, image)).isCloseTo(expected.path("ssim").doubleValue(), within(5e-4));
    }

    @Test
    void resultsDoNotDependOnTheBatchSize() {
        Recipe recipe = recipe(4, Method.NEGATIVE_PROMPT, Method.DDIM_CFG);
        List<Input> inputs = Samples.inputs(8);

        List<Result> together = engine.run(inputs, recipe);

        for (int i = 0; i < inputs.size(); i++) {
            Result alone = engine.run(List.of(inputs.get(i)), recipe).get(0);
            Result shared = together.get(i);
            assertThat(latent(shared)).hasSize(4 * 16 * 16).containsExactly(latent(alone), within(1e-4f));
            assertWithinOneLevel(shared.ceiling(), alone.ceiling());
            for (int m = 0; m < 2; m++) {
                Reconstruction a = alone.reconstructions().get(m);
                Reconstruction b = shared.reconstructions().get(m);
                assertWithinOneLevel(a.image(), b.image());
                assertThat(b.lpips()).isCloseTo(a.lpips(), within(1e-3));
            }
        }
    }

    @Test
    void countsEvaluationsPerImageAndSharesTimeEvenly() {
        int steps = 3;
        Recipe recipe = recipe(steps, Method.NEGATIVE_PROMPT, Method.DDIM, Method.DDIM_CFG);
        List<Result> results = engine.run(Samples.inputs(3), recipe);

        for (Result result : results) {
            List<Cost> costs =
                    result.reconstructions().stream().map(Reconstruction::cost).toList();
            assertThat(costs).extracting(Cost::inversionEvaluations).containsExactly(steps, steps, steps);
            assertThat(costs).extracting(Cost::reconstructionEvaluations).containsExactly(steps, steps, 2 * steps);
            assertThat(costs).allSatisfy(cost -> {
                assertThat(cost.batchSize()).isEqualTo(3);
                assertThat(List.of(
                                cost.encodeSeconds(),
                                cost.inversionSeconds(),
                                cost.reconstructionSeconds(),
                                cost.decodeSeconds()))
                        .allMatch(seconds -> seconds > 0);
            });
            assertThat(costs)
                    .extracting(Cost::totalSeconds)
                    .isEqualTo(results.get(0).reconstructions().stream()
                            .map(reconstruction -> reconstruction.cost().totalSeconds())
                            .toList());
            assertThat(costs).extracting(Cost::peakMemory).allMatch(bytes -> bytes > 1 << 20);
        }
    }

    /** Null-text inversion of images that stop early by themselves, and methods that need no inversion. */
    @Test
    void chargesEachMethodForWhatItUses() {
        int steps = 2;
        Method vae = Method.of("vae");
        Method nullText = Method.of("null-text:early-stop=0.6:inner-steps=3");
        List<Result> results = engine.run(Samples.inputs(3), recipe(steps, vae, nullText));

        for (Result result : results) {
            Cost free = result.reconstructions().get(0).cost();
            assertThat(free.inversionEvaluations() + free.reconstructionEvaluations() + free.gradients())
                    .isZero();
            assertThat(free.inversionSeconds()).isZero();
            assertThat(result.reconstructions().get(0).image()).isEqualTo(result.ceiling());
            Reconstruction optimised = result.reconstructions().get(1);
            int updates = IntStream.of(optimised.nullText().innerSteps()).sum();
            assertThat(IntStream.of(optimised.nullText().innerSteps()).boxed())
                    .hasSize(steps)
                    .allMatch(count -> count >= 1 && count <= 3);
            assertThat(DoubleStream.of(optimised.nullText().captionCosine()).boxed())
                    .hasSize(steps)
                    .allMatch(value -> value > -1 && value < 1);
            assertThat(optimised.cost().inversionEvaluations()).isEqualTo(steps);
            assertThat(optimised.cost().reconstructionEvaluations()).isEqualTo(2 * steps + updates);
            assertThat(optimised.cost().gradients()).isEqualTo(updates);
        }
        assertThat(results)
                .as("some images stop before others")
                .extracting(result -> result.reconstructions().get(1).cost().gradients())
                .satisfies(counts -> assertThat(Set.copyOf(counts)).hasSizeGreaterThan(1));
    }

    @Test
    void invertsNothingWhereNoMethodAsksForIt() {
        Result result =
                engine.run(Samples.inputs(1), recipe(2, Method.of("vae"))).get(0);

        assertThat(result.terminalLatent()).isNull();
        assertThat(result.reconstructions()).hasSize(1);
    }

    @Test
    void tellsTokensAndWhetherSomeWereCutOff() {
        RgbImage image = Samples.input(0).image();
        List<Input> inputs = List.of(
                new Input(image, "red heart"),
                new Input(image, "heart ".repeat(75)),
                new Input(image, "heart ".repeat(76)),
                new Input(image, ""));
        List<Result> results = engine.run(inputs, recipe(1, Method.DDIM));

        assertThat(results).extracting(Result::captionTokens).containsExactly(2, 75, 76, 0);
        assertThat(results).extracting(Result::captionTruncated).containsExactly(false, false, true, false);
        assertThat(results).allMatch(Result::finite);
        assertThat(results.get(2).terminalLatent().bytes())
                .as("what is cut off has no influence")
                .isEqualTo(results.get(1).terminalLatent().bytes());
    }

    @Test
    void measuresLpipsOnlyWhereWeightsAreGiven() {
        Recipe recipe = recipe(1, Method.DDIM);
        Result with = engine.run(Samples.inputs(1), recipe).get(0);
        Result without =
                new DiffusionEngine(model, null).run(Samples.inputs(1), recipe).get(0);

        assertThat(with.ceilingLpips()).isPositive();
        assertThat(with.reconstructions().get(0).lpips()).isGreaterThan(with.ceilingLpips());
        assertThat(without.ceilingLpips()).isNaN();
        assertThat(without.reconstructions().get(0).lpips()).isNaN();
    }

    @Test
    void saysWhichImagesAreNotFinite() {
        Recipe overflowing = new Recipe(List.of(Method.DDIM_CFG), 2, Float.MAX_VALUE);
        Input captioned = Samples.input(0);

        List<Result> results = engine.run(List.of(captioned, captioned), overflowing);

        assertThat(results).noneMatch(Result::finite);
        assertThat(engine.run(List.of(captioned), recipe(2, Method.DDIM_CFG))).allMatch(Result::finite);
    }

    @Test
    void twoThreadsAtOnceGetWhatOneGets() throws Exception {
        Recipe recipe = recipe(3, Method.NEGATIVE_PROMPT, Method.DDIM_CFG);
        List<List<Input>> batches =
                List.of(Samples.inputs(4).subList(0, 2), Samples.inputs(4).subList(2, 4));
        List<List<Result>> oneByOne =
                batches.stream().map(batch -> engine.run(batch, recipe)).toList();
        CyclicBarrier together = new CyclicBarrier(2);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            List<Callable<List<Result>>> tasks = new ArrayList<>();
            for (List<Input> batch : batches) {
                tasks.add(() -> {
                    together.await();
                    return engine.run(batch, recipe);
                });
            }
            List<Future<List<Result>>> atOnce = threads.invokeAll(tasks);
            for (int b = 0; b < 2; b++) {
                for (int i = 0; i < 2; i++) {
                    Result one = oneByOne.get(b).get(i);
                    Result other = atOnce.get(b).get().get(i);
                    assertThat(other.terminalLatent().bytes())
                            .isEqualTo(one.terminalLatent().bytes());
                    assertThat(other.ceiling()).isEqualTo(one.ceiling());
                    assertThat(other.reconstructions())
                            .extracting(Reconstruction::image)
                            .isEqualTo(one.reconstructions().stream()
                                    .map(Reconstruction::image)
                                    .toList());
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /**
     * 30 batches after the warm-up add no native array below the model, and no more than 64 MiB to the process: 2 MiB a
     * batch, less than one layer's activations.
     */
    @Test
    void nativeMemoryStaysFlat() throws Exception {
        Recipe recipe = recipe(2, Method.NEGATIVE_PROMPT);
        List<Input> batch = Samples.inputs(4);
        for (int i = 0; i < 3; i++) {
            engine.run(batch, recipe);
        }
        int arrays = engine.residentArrays();
        long before = residentMebibytes();

        for (int i = 0; i < 30; i++) {
            engine.run(batch, recipe);
            assertThat(engine.residentArrays()).isEqualTo(arrays);
        }

        assertThat(residentMebibytes()).isLessThan(before + 64);
    }

    /** After a collection, which also gives back what the Java heap does not need. */
    private static long residentMebibytes() throws Exception {
        System.gc();
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(status -> status.startsWith("VmRSS:"))
                .findFirst()
                .orElseThrow();
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
    }

    @Test
    void anInterruptedTaskComputesNoFurther() {
        int arrays = engine.residentArrays();
        Thread.currentThread().interrupt();

        assertThatThrownBy(() -> engine.run(Samples.inputs(1), recipe(2, Method.DDIM)))
                .isInstanceOf(CancellationException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(engine.residentArrays()).isEqualTo(arrays);
    }

    @Test
    void reportsWhatLibtorchRefuses() {
        RgbImage odd = new RgbImage(24, 24, new byte[24 * 24 * 3]);

        List<Input> inputs = List.of(new Input(odd, "an image of odd latents"));
        assertThatThrownBy(() -> engine.run(inputs, recipe(2, Method.DDIM)))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.OTHER))
                .hasMessageNotContaining("\n");
    }

    @Test
    void aClosedEngineRefusesBatches() {
        DiffusionEngine engine = new DiffusionEngine(loadModel(), null);
        engine.run(Samples.inputs(1), recipe(1, Method.DDIM));
        engine.close();
        engine.close();

        assertThatThrownBy(() -> engine.run(Samples.inputs(1), recipe(1, Method.DDIM)))
                .isInstanceOf(CancellationException.class)
                .hasMessage("the engine is closed");
    }
}
