package io.sparkinversion.inversion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.SizeCondition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Rows of batches, one for each branch, picked and put together. */
public final class BatchRows {
    private BatchRows() {}

    /** The rows of these numbers, in this order. */
    public static NDArray select(NDManager owner, NDArray array, int[] rows) {
        try (NDArray index = owner.create(IntStream.of(rows).asLongStream().toArray())) {
            NDArray result = array.get(index);
            result.attach(owner);
            return result;
        }
    }

    public static Conditioning select(NDManager owner, Conditioning text, int[] rows) {
        List<NDArray> keysValues = new ArrayList<>();
        text.keysValues().forEach(array -> keysValues.add(select(owner, array, rows)));
        return new Conditioning(select(owner, text.embedding(), rows), keysValues, select(text.sizes(), rows));
    }

    /** The elements of these numbers; none where there are none for any row. */
    public static <T> List<T> select(List<T> ofRows, int[] rows) {
        return ofRows.isEmpty()
                ? List.of()
                : IntStream.of(rows).mapToObj(ofRows::get).toList();
    }

    /** Rows {@code from} (inclusive) to {@code to} (exclusive). */
    public static NDArray slice(NDManager owner, NDArray array, long from, long to) {
        NDArray rows = array.get(from + ":" + to);
        rows.attach(owner);
        return rows;
    }

    /** The rows of one, then those of the other. */
    public static NDArray join(NDManager owner, NDArray first, NDArray second) {
        NDArray joined = NDArrays.concat(new NDList(first, second), 0);
        joined.attach(owner);
        return joined;
    }

    public static Conditioning join(NDManager owner, Conditioning first, Conditioning second) {
        List<NDArray> keysValues = new ArrayList<>();
        for (int i = 0; i < first.keysValues().size(); i++) {
            keysValues.add(
                    join(owner, first.keysValues().get(i), second.keysValues().get(i)));
        }
        List<SizeCondition> sizes = new ArrayList<>(first.sizes());
        sizes.addAll(second.sizes());
        return new Conditioning(join(owner, first.embedding(), second.embedding()), keysValues, sizes);
    }

    /** Every row so many times in succession. */
    public static NDArray repeat(NDManager owner, NDArray array, int times) {
        if (times == 1) {
            return array;
        }
        NDArray repeated = array.repeat(0, times);
        repeated.attach(owner);
        return repeated;
    }

    /** The numbers of those rows in which two float32 arrays of equally many differ. */
    public static int[] differing(NDArray first, NDArray second) {
        if (first == second) {
            return new int[0];
        }
        float[] a = first.toFloatArray();
        float[] b = second.toFloatArray();
        int rows = Math.toIntExact(first.getShape().get(0));
        int length = a.length / rows;
        return IntStream.range(0, rows)
                .filter(row -> !Arrays.equals(a, row * length, (row + 1) * length, b, row * length, (row + 1) * length))
                .toArray();
    }
}
