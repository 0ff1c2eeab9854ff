package io.sparkinversion.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.WithoutSpark;
import io.sparkinversion.platform.Platform.Fitted;
import io.sparkinversion.torchscript.Argument;
import io.sparkinversion.torchscript.CompiledProgram;
import io.sparkinversion.torchscript.DeviceWeights;
import io.sparkinversion.torchscript.InMemoryWeights;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Operation.Convolution;
import io.sparkinversion.torchscript.Program;
import io.sparkinversion.torchscript.ProgramBuilder;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.Target;
import io.sparkinversion.torchscript.WithManager;
import io.sparkinversion.weights.WeightTensor;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@WithoutSpark
class PlatformTest extends WithManager {
    private static final int CHANNELS = 24;

    /** One convolution of {@value #CHANNELS} channels, which one processor is known to compute wrongly. */
    private static Program network(Target target) {
        return new ProgramBuilder("network", target, ScalarType.FLOAT32)
                .method(
                        "forward",
                        graph -> graph.returns(graph.conv2d(graph.input("x"), "layer", CHANNELS, CHANNELS, 3, 1, 1)))
                .build();
    }

    private static Fitted fitted(Platform platform) {
        return platform.fit(PlatformTest::network, MemoryFormat.CHANNELS_FIRST, 2);
    }

    /** With weights of one and images of one, a pixel inside becomes 9 x 24. */
    private float middleOfOnes(Program program) {
        float[] ones = new float[CHANNELS * CHANNELS * 9];
        Arrays.fill(ones, 1);
        InMemoryWeights weights = InMemoryWeights.of(
                WeightTensor.ofFloats("layer.weight", new long[] {CHANNELS, CHANNELS, 3, 3}, ones),
                WeightTensor.ofFloats("layer.bias", new long[] {CHANNELS}, new float[CHANNELS]));
        try (DeviceWeights loaded =
                        DeviceWeights.load(weights, program.weights(), Set.of(), manager, ScalarType.FLOAT32);
                CompiledProgram compiled = CompiledProgram.compile(program, loaded)) {
            NDArray x = manager.ones(new Shape(2, CHANNELS, 5, 5));
            return compiled.call(manager, "forward", Argument.of(x)).getFloat(1, CHANNELS - 1, 2, 2);
        }
    }

    @Test
    void aProgramIsRightOnThisProcessorWhateverItIs() {
        Fitted fitted = fitted(new Platform(Device.cpu(), KernelCatalog.of(Device.cpu())));

        assertThat(middleOfOnes(fitted.program())).isEqualTo(9 * CHANNELS);
        assertThat(fitted.findings()).singleElement().satisfies(finding -> {
            assertThat(finding.operation().fullName()).isEqualTo("3x3 convolution 24 -> 24, float32");
            assertThat(finding.computable()).isTrue();
            assertThat(finding.error()).isLessThan(1e-5);
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"FORWARD", "BATCHES", "NOT_A_NUMBER"})
    void aWrongKernelIsReplacedByARightOne(Fault fault) {
        Platform platform = FaultyCatalog.platform(
                fault, (operation, kernel) -> !kernel.description().equals("product of matrices"));

        Fitted fitted = fitted(platform);

        assertThat(middleOfOnes(fitted.program())).isEqualTo(9 * CHANNELS);
        Finding finding = fitted.findings().get(0);
        assertThat(finding.replaced()).isTrue();
        assertThat(finding.toString())
                .startsWith("3x3 convolution 24 -> 24, float32 (" + fault + " of oneDNN, channels-first: error ")
                .endsWith("used: product of matrices: error 0.0e+00)");
    }

    /** Only the other memory format's kernel is right. */
    @Test
    void aKernelThatIsWrongInOneMemoryFormatIsReplacedByThatOfTheOther() {
        Platform platform = FaultyCatalog.platform(
                Fault.FORWARD, (operation, kernel) -> kernel.description().contains("channels-first"));

        Fitted fitted = fitted(platform);

        assertThat(middleOfOnes(fitted.program())).isEqualTo(9 * CHANNELS);
        assertThat(fitted.findings().get(0).toString()).contains("used: oneDNN, channels-last");
    }

    /** An image of one pixel is in both memory formats at once; only its strides tell which. */
    @ParameterizedTest
    @ValueSource(strings = {"none", "channels-first"})
    void anImageOfOnePixelIsComputedAsLargerOnesAre(String faulty) {
        Platform platform = FaultyCatalog.platform(
                Fault.FORWARD, (operation, kernel) -> kernel.description().contains(faulty));
        Program program = fitted(platform).program();
        float[] kernel = new float[CHANNELS * CHANNELS * 9];
        float[] pixels = new float[2 * CHANNELS];
        for (int i = 0; i < kernel.length; i++) {
            kernel[i] = i * 7 % 31 - 15;
        }
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = i * 5 % 13 - 6;
        }
        InMemoryWeights weights = InMemoryWeights.of(
                WeightTensor.ofFloats("layer.weight", new long[] {CHANNELS, CHANNELS, 3, 3}, kernel),
                WeightTensor.ofFloats("layer.bias", new long[] {CHANNELS}, new float[CHANNELS]));
        try (DeviceWeights loaded =
                        DeviceWeights.load(weights, program.weights(), Set.of(), manager, ScalarType.FLOAT32);
                CompiledProgram compiled = CompiledProgram.compile(program, loaded)) {
            NDArray x = manager.create(pixels, new Shape(2, CHANNELS, 1, 1));

            float[] actual = compiled.call(manager, "forward", Argument.of(x)).toFloatArray();

            for (int i = 0; i < actual.length; i++) {
                float sum = 0;
                for (int in = 0; in < CHANNELS; in++) {
                    sum += pixels[i / CHANNELS * CHANNELS + in] * kernel[(i % CHANNELS * CHANNELS + in) * 9 + 4];
                }
                assertThat(actual[i]).isEqualTo(sum);
            }
        }
    }

    /** That a libtorch lacks a kernel is nothing to warn of. */
    @ParameterizedTest
    @EnumSource(names = {"UNKNOWN", "REFUSED"})
    void aKernelThatIsNotThereIsPassedOver(Fault fault) {
        Platform platform = FaultyCatalog.platform(
                fault, (operation, kernel) -> kernel.description().startsWith("oneDNN"));

        Fitted fitted = fitted(platform);

        assertThat(middleOfOnes(fitted.program())).isEqualTo(9 * CHANNELS);
        assertThat(fitted.findings().get(0).tried()).hasSizeGreaterThan(2);
        assertThat(fitted.findings().get(0).toString()).contains("channels-first: not available");
    }

    @Test
    void anOperationThatNoKernelComputesIsRefusedByName() {
        Platform platform =
                FaultyCatalog.platform(Fault.FORWARD, (operation, kernel) -> operation instanceof Convolution);

        assertThatThrownBy(() -> fitted(platform))
                .isInstanceOf(PlatformException.class)
                .hasMessageStartingWith("this device computes wrong results and was not used:"
                        + " 3x3 convolution 24 -> 24, float32 on " + platform.processor())
                .hasMessageContaining("FORWARD of product of matrices: error")
                .hasMessageContaining("Run on another processor");
    }

    @Test
    void whatWasFoundIsKept() {
        Platform platform = new Platform(Device.cpu(), KernelCatalog.of(Device.cpu()));
        fitted(platform);
        double seconds = platform.seconds();

        Fitted again = fitted(platform);

        assertThat(seconds).isPositive();
        assertThat(again.findings()).isEqualTo(platform.findings());
        assertThat(platform.findings()).hasSize(1);
    }

    @Test
    void theProcessorIsNamed() {
        Processor processor = Processor.of(Device.cpu());

        assertThat(processor.name()).isNotBlank();
        assertThat(processor.instructionSet()).isNotBlank();
        assertThat(processor.libtorch()).matches("\\d+\\.\\d+\\.\\d+.*");
    }

    @Test
    void theReportNamesTheKernelsThatAreUsed() {
        Platform platform = FaultyCatalog.platform(
                Fault.FORWARD, (operation, kernel) -> kernel.description().contains("channels-first"));

        assertThat(PlatformReport.of(platform, fitted(platform).findings()).kernels())
                .contains("convolution: oneDNN, channels-last")
                .noneMatch(kernel -> kernel.contains("channels-first"));
    }

    @Test
    void aWarningNamesOperationsProcessorAndWhatToDo() {
        Platform sound = new Platform(Device.cpu(), KernelCatalog.of(Device.cpu()));
        Platform faulty = FaultyCatalog.platform(
                Fault.FORWARD, (operation, kernel) -> kernel.description().contains("channels-first"));

        assertThat(PlatformReport.of(sound, List.of()).warning()).isNull();
        assertThat(PlatformReport.of(faulty, fitted(faulty).findings()).warning())
                .contains(faulty.processor().name())
                .contains("3x3 convolution 24 -> 24, float32 (FORWARD of oneDNN, channels-first: error ")
                .contains("used: oneDNN, channels-last")
                .contains("nothing needs to be done");
    }
}
