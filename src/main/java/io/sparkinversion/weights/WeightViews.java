package io.sparkinversion.weights;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Weights of another source under other names, whole or in parts. Only a transposed weight is copied; the others stay
 * where they lie. Closing it closes the source.
 */
public final class WeightViews extends ForwardingWeights {
    private final Map<String, View> views;

    /**
     * A weight as it is stored, and what is taken of it.
     *
     * @param stored its name in the source
     */
    public record View(String stored, Part part) {
        /** All of it, as it is. */
        public static View of(String stored) {
            return new View(stored, Part.WHOLE);
        }
    }

    /** What is taken of a stored weight. */
    public enum Part {
        WHOLE,
        /** A third of the rows: the projections of queries, keys and values are stored one after the other. */
        QUERY_ROWS,
        KEY_ROWS,
        VALUE_ROWS,
        /** A 1x1 convolution as the matrix that it is. */
        WITHOUT_TRAILING_ONES,
        /** A matrix whose rows are stored as columns. */
        TRANSPOSED;

        private int third() {
            return ordinal() - QUERY_ROWS.ordinal();
        }

        private boolean isThird() {
            return this == QUERY_ROWS || this == KEY_ROWS || this == VALUE_ROWS;
        }
    }

    /** @param views by the new names */
    public WeightViews(WeightSource stored, Map<String, View> views) {
        super(stored);
        this.views = Collections.unmodifiableMap(new LinkedHashMap<>(views));
    }

    @Override
    public Set<String> names() {
        return views.keySet();
    }

    @Override
    public long[] shape(String name) {
        View view = view(name);
        long[] shape = stored.shape(view.stored());
        return switch (view.part()) {
            case WHOLE -> shape;
            case QUERY_ROWS, KEY_ROWS, VALUE_ROWS -> {
                if (shape.length == 0 || shape[0] % 3 != 0) {
                    throw misshaped(view, shape, "three blocks of equally many rows");
                }
                shape[0] /= 3;
                yield shape;
            }
            case WITHOUT_TRAILING_ONES -> {
                int dimensions = shape.length;
                while (dimensions > 2 && shape[dimensions - 1] == 1) {
                    dimensions--;
                }
                yield Arrays.copyOf(shape, dimensions);
            }
            case TRANSPOSED -> {
                if (shape.length != 2) {
                    throw misshaped(view, shape, "a matrix");
                }
                yield new long[] {shape[1], shape[0]};
            }
        };
    }

    @Override
    public WeightType type(String name) {
        return stored.type(view(name).stored());
    }

    @Override
    public WeightTensor read(String name) {
        View view = view(name);
        long[] shape = shape(name);
        WeightTensor tensor = stored.read(view.stored());
        ByteBuffer data = tensor.data();
        if (view.part().isThird()) {
            int bytes = data.remaining() / 3;
            data = data.slice(view.part().third() * bytes, bytes);
        } else if (view.part() == Part.TRANSPOSED) {
            data = transposed(
                    data, (int) shape[0], (int) shape[1], tensor.type().bytes());
        }
        return new WeightTensor(name, tensor.type(), shape, data);
    }

    /** @param rows of the result */
    private static ByteBuffer transposed(ByteBuffer data, int rows, int columns, int bytes) {
        ByteBuffer result = ByteBuffer.allocateDirect(data.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                for (int b = 0; b < bytes; b++) {
                    result.put(data.get((column * rows + row) * bytes + b));
                }
            }
        }
        return result.flip();
    }

    /**
     * Where a weight comes from.
     *
     * @throws WeightsException if there is no such weight
     */
    public View view(String name) {
        View view = views.get(name);
        if (view == null) {
            throw MissingTensor.exception(name, description(), names());
        }
        return view;
    }

    private WeightsException misshaped(View view, long[] shape, String expected) {
        return new WeightsException("tensor '" + view.stored() + "' in " + description() + " has shape "
                + Arrays.toString(shape) + "; expected " + expected);
    }
}
