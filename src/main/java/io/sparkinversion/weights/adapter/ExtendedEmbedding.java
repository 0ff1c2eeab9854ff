package io.sparkinversion.weights.adapter;

import io.sparkinversion.weights.ForwardingWeights;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightType;
import java.util.List;

/** A text encoder's weights with more rows in its token embedding. */
public final class ExtendedEmbedding extends ForwardingWeights {
    private static final String NAME = "text_model.embeddings.token_embedding.weight";

    private final List<float[]> rows;

    /** @param rows as wide as the embedding */
    public ExtendedEmbedding(WeightSource stored, List<float[]> rows) {
        super(stored);
        this.rows = List.copyOf(rows);
    }

    @Override
    public long[] shape(String name) {
        long[] shape = stored.shape(name);
        if (name.equals(NAME) && shape.length == 2) {
            shape[0] += rows.size();
        }
        return shape;
    }

    @Override
    public WeightType type(String name) {
        return name.equals(NAME) ? WeightType.F32 : stored.type(name);
    }

    @Override
    public WeightTensor read(String name) {
        WeightTensor tensor = stored.read(name);
        if (!name.equals(NAME)) {
            return tensor;
        }
        long[] shape = shape(name);
        float[] values = new float[Math.toIntExact(shape[0] * shape[1])];
        tensor.toFloat32().asFloatBuffer().get(values, 0, (int) tensor.elements());
        int next = (int) tensor.elements();
        for (float[] row : rows) {
            System.arraycopy(row, 0, values, next, row.length);
            next += row.length;
        }
        return WeightTensor.ofFloats(name, shape, values);
    }
}
