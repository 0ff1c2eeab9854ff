package io.sparkinversion.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FakeWeightsTest {

    private static final Map<String, long[]> SHAPES = new LinkedHashMap<>();

    static {
        SHAPES.put("conv_in.weight", new long[] {320, 36, 3, 3});
        SHAPES.put("conv_in.bias", new long[] {320});
        SHAPES.put("norm.weight", new long[] {64});
        SHAPES.put("linear.weight", new long[] {500, 400});
        SHAPES.put("text_model.embeddings.token_embedding.weight", new long[] {2000, 100});
        SHAPES.put("odd.weight", new long[] {3, 3});
    }

    @Test
    void normsAreOneAndBiasesZero() {
        FakeWeights weights = new FakeWeights(SHAPES, 1);

        assertThat(weights.read("norm.weight").toFloats()).hasSize(64).containsOnly(1);
        assertThat(weights.read("conv_in.bias").toFloats()).hasSize(320).containsOnly(0);
    }

    /** The mean of n uniform values has the standard deviation sigma / sqrt(n); five of those are never exceeded. */
    @ParameterizedTest
    @CsvSource({
        "conv_in.weight, 0.0555556", // 1 / sqrt(36 x 3 x 3)
        "linear.weight, 0.05", // 1 / sqrt(400)
        "text_model.embeddings.token_embedding.weight, 0.02"
    })
    void othersHaveTheDeviationOfTheirFanIn(String name, double deviation) {
        float[] values = new FakeWeights(SHAPES, 1).read(name).toFloats();
        double sum = 0;
        double squares = 0;
        double largest = 0;
        double product = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[i];
            squares += (double) values[i] * values[i];
            largest = Math.max(largest, Math.abs(values[i]));
            product += i == 0 ? 0 : (double) values[i] * values[i - 1];
        }
        double n = values.length;
        assertThat(sum / n).isCloseTo(0, within(5 * deviation / Math.sqrt(n)));
        assertThat(Math.sqrt(squares / n)).isCloseTo(deviation, within(deviation * 5 * 0.45 / Math.sqrt(n)));
        assertThat(largest).isBetween(deviation * Math.sqrt(3) * 0.999, deviation * Math.sqrt(3) * 1.000001);
        // neighbours are not correlated
        assertThat(product / n).isCloseTo(0, within(5 * deviation * deviation / Math.sqrt(n)));
    }

    @Test
    void valuesDoNotDependOnTheOrderOfReading() {
        FakeWeights first = new FakeWeights(SHAPES, 5);
        FakeWeights second = new FakeWeights(Map.of("linear.weight", new long[] {500, 400}), 5);
        first.read("conv_in.weight");
        WeightTensor once = first.read("linear.weight");

        assertThat(second.read("linear.weight")).isEqualTo(once).isEqualTo(first.read("linear.weight"));
    }

    @Test
    void seedsAndNamesGiveOtherValues() {
        Map<String, long[]> shapes = Map.of("a.x", new long[] {4, 4}, "b.x", new long[] {4, 4});
        float[] one = new FakeWeights(shapes, 1).read("a.x").toFloats();

        assertThat(one).isNotEqualTo(new FakeWeights(shapes, 2).read("a.x").toFloats());
        assertThat(one).isNotEqualTo(new FakeWeights(shapes, 1).read("b.x").toFloats());
        assertThat(one).doesNotHaveDuplicates();
    }

    /** Stored results name their weights by the seed, so its meaning must not change. */
    @Test
    void theSequenceIsSplitMix64() {
        long key = splitMix(9L ^ splitMix(fnv("odd.weight")));
        SplittableRandom reference = new SplittableRandom(key);
        float[] expected = new float[9];
        float scale = (float) (1 / Math.sqrt(3) * Math.sqrt(3) * 0x1p-31);
        for (int i = 0; i < 9; i += 2) {
            long bits = reference.nextLong();
            expected[i] = (int) bits * scale;
            if (i + 1 < 9) {
                expected[i + 1] = (int) (bits >>> 32) * scale;
            }
        }

        assertThat(new FakeWeights(SHAPES, 9).read("odd.weight").toFloats()).isEqualTo(expected);
    }

    private static long splitMix(long value) {
        // The JDK's generator adds its increment before it mixes.
        return new SplittableRandom(value - 0x9e3779b97f4a7c15L).nextLong();
    }

    private static long fnv(String text) {
        BigInteger hash = new BigInteger("14695981039346656037");
        for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
            hash = hash.xor(BigInteger.valueOf(value)).multiply(new BigInteger("1099511628211"));
            hash = hash.mod(BigInteger.TWO.pow(64));
        }
        return hash.longValue();
    }

    @Test
    void buffersAreDirectAndLittleEndian() {
        WeightTensor tensor = new FakeWeights(SHAPES, 1).read("odd.weight");

        assertThat(tensor.data().isDirect()).isTrue();
        assertThat(tensor.data().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        assertThat(tensor.shape()).containsExactly(3, 3);
    }

    @Test
    void aMissingTensorIsNamedWithTheNearestOnes() {
        FakeWeights weights = new FakeWeights(SHAPES, 7);

        assertThatThrownBy(() -> weights.read("conv_in.wight"))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(
                        "no tensor 'conv_in.wight' in fake weights (seed 7); nearest: conv_in.weight, ");
    }
}
