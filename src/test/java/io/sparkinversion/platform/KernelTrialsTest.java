package io.sparkinversion.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkinversion.WithoutSpark;
import io.sparkinversion.platform.Finding.Attempt;
import io.sparkinversion.torchscript.AttentionKernel;
import io.sparkinversion.torchscript.ConvolutionKernel;
import io.sparkinversion.torchscript.LinearKernel;
import io.sparkinversion.torchscript.MemoryFormat;
import io.sparkinversion.torchscript.Operation;
import io.sparkinversion.torchscript.Operation.Attention;
import io.sparkinversion.torchscript.Operation.Convolution;
import io.sparkinversion.torchscript.Operation.Linear;
import io.sparkinversion.torchscript.ScalarType;
import io.sparkinversion.torchscript.WithManager;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Java's sums beside products of matrices, which no processor has been seen to compute wrongly. */
@WithoutSpark
class KernelTrialsTest extends WithManager {
    private static final ScalarType F32 = ScalarType.FLOAT32;

    static Stream<Convolution> convolutions() {
        return Stream.of(
                        new Convolution(3, 20, 3, 1, 1, true, F32, false),
                        new Convolution(24, 24, 3, 1, 1, true, F32, false),
                        new Convolution(32, 48, 3, 2, 1, true, F32, false),
                        new Convolution(32, 32, 3, 2, 0, true, F32, false),
                        new Convolution(17, 5, 1, 1, 0, false, F32, false),
                        new Convolution(3, 24, 11, 4, 2, true, F32, false),
                        new Convolution(3, 16, 14, 14, 0, false, F32, false),
                        new Convolution(2560, 1280, 3, 1, 1, true, F32, false))
                .flatMap(each -> Stream.of(each, differentiated(each)));
    }

    private static Convolution differentiated(Convolution each) {
        return new Convolution(
                each.in(), each.out(), each.size(), each.stride(), each.padding(), each.bias(), each.type(), true);
    }

    private Attempt attempt(Candidate<?> candidate, MemoryFormat format) {
        return new KernelTrials(manager, format, 3).attempt(List.of(candidate)).get(0);
    }

    /** What goes in is exact, and so are the sums: there is nothing to round. */
    @ParameterizedTest
    @MethodSource("convolutions")
    void convolutionsAreExact(Convolution operation) {
        for (MemoryFormat format : MemoryFormat.values()) {
            Attempt attempt = attempt(new Candidate<>(operation, ConvolutionKernel.PRODUCT), format);

            assertThat(attempt.refusal()).isNull();
            assertThat(attempt.error()).isZero();
            assertThat(attempt.right()).isTrue();
        }
    }

    static Stream<Linear> linears() {
        return Stream.of(
                new Linear(96, 384, true, F32, false),
                new Linear(77, 33, false, F32, true),
                new Linear(5120, 1280, true, F32, true));
    }

    @ParameterizedTest
    @MethodSource("linears")
    void linearLayersAreExact(Linear operation) {
        assertThat(attempt(new Candidate<>(operation, LinearKernel.FLOAT64), MemoryFormat.CHANNELS_FIRST)
                        .error())
                .isZero();
    }

    static Stream<Attention> attentions() {
        return Stream.of(
                new Attention(40, false, F32, false),
                new Attention(32, true, F32, false),
                new Attention(512, false, F32, false),
                new Attention(40, false, F32, true),
                new Attention(24, true, F32, true));
    }

    @ParameterizedTest
    @MethodSource("attentions")
    void attentionIsRightToRounding(Attention operation) {
        for (AttentionKernel kernel : AttentionKernel.values()) {
            Attempt attempt = attempt(new Candidate<>(operation, kernel), MemoryFormat.CHANNELS_FIRST);

            assertThat(attempt.error()).as(kernel.description()).isLessThan(1e-5);
        }
    }

    /** Narrow types round what they store, and no more than that. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT16", "BFLOAT16"})
    void narrowTypesAreRightToTheirOwnRounding(ScalarType type) {
        double unit = type == ScalarType.FLOAT16 ? 0x1p-11 : 0x1p-8;
        List<Candidate<?>> candidates = List.of(
                new Candidate<>(new Convolution(24, 20, 3, 1, 1, true, type, false), ConvolutionKernel.PRODUCT),
                new Candidate<>(new Linear(96, 40, true, type, false), LinearKernel.FLOAT64),
                new Candidate<>(new Attention(40, false, type, false), AttentionKernel.PRODUCTS));

        List<Attempt> attempts = new KernelTrials(manager, MemoryFormat.CHANNELS_FIRST, 2).attempt(candidates);

        // The largest of some hundred values is about four times their root mean square.
        assertThat(attempts).allSatisfy(attempt -> assertThat(attempt.right()).isTrue());
        assertThat(attempts.get(0).error()).isBetween(unit / 8, 8 * unit);
        assertThat(attempts.get(1).error()).isBetween(unit / 8, 8 * unit);
    }

    static Stream<Fault> everyFault() {
        return Stream.of(Fault.values());
    }

    @ParameterizedTest
    @MethodSource("everyFault")
    void everyFaultIsSeen(Fault fault) {
        boolean backward = fault == Fault.BACKWARD;
        List<Candidate<?>> candidates = List.of(
                candidate(new Convolution(4, 20, 3, 1, 1, true, F32, backward), fault),
                new Candidate<>(new Linear(8, 20, true, F32, backward), fault.in(LinearKernel.FLOAT64)),
                new Candidate<>(new Attention(16, false, F32, backward), fault.in(AttentionKernel.PRODUCTS)),
                new Candidate<>(new Linear(9, 20, true, F32, backward), LinearKernel.FLOAT64));

        List<Attempt> attempts = new KernelTrials(manager, MemoryFormat.CHANNELS_FIRST, 2).attempt(candidates);

        assertThat(attempts).extracting(Attempt::right).containsExactly(false, false, false, true);
        boolean refused = fault == Fault.UNKNOWN || fault == Fault.REFUSED;
        assertThat(attempts.subList(0, 3)).allSatisfy(attempt -> {
            assertThat(attempt.refusal() != null).isEqualTo(refused);
            if (!refused) {
                assertThat(attempt.error()).isGreaterThan(0.3);
            }
        });
    }

    private static Candidate<Convolution> candidate(Convolution operation, Fault fault) {
        return new Candidate<>(operation, fault.in(ConvolutionKernel.PRODUCT));
    }

    /** A derivative is looked at only where the program takes one. */
    @ParameterizedTest
    @EnumSource(names = "BACKWARD")
    void whatIsNotDifferentiatedMayHaveWrongDerivatives(Fault fault) {
        Operation operation = new Linear(8, 20, true, F32, false);

        assertThat(attempt(
                                new Candidate<>((Linear) operation, fault.in(LinearKernel.FLOAT64)),
                                MemoryFormat.CHANNELS_FIRST)
                        .right())
                .isTrue();
    }
}
