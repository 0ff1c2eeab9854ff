package io.sparkinversion.weights;

import java.util.Set;

/** Weights that are those of another source, but for what a subclass changes. Closing them closes the other. */
public abstract class ForwardingWeights implements WeightSource {
    protected final WeightSource stored;

    protected ForwardingWeights(WeightSource stored) {
        this.stored = stored;
    }

    @Override
    public Set<String> names() {
        return stored.names();
    }

    @Override
    public long[] shape(String name) {
        return stored.shape(name);
    }

    @Override
    public WeightType type(String name) {
        return stored.type(name);
    }

    @Override
    public WeightTensor read(String name) {
        return stored.read(name);
    }

    @Override
    public String description() {
        return stored.description();
    }

    @Override
    public void close() {
        stored.close();
    }
}
