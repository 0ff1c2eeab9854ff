package io.sparkinversion.torchscript;

import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Weights that a test writes down. */
public record InMemoryWeights(Map<String, WeightTensor> tensors) implements WeightSource {

    public static InMemoryWeights of(WeightTensor... tensors) {
        Map<String, WeightTensor> byName = new LinkedHashMap<>();
        for (WeightTensor tensor : tensors) {
            byName.put(tensor.name(), tensor);
        }
        return new InMemoryWeights(byName);
    }

    @Override
    public Set<String> names() {
        return tensors.keySet();
    }

    @Override
    public long[] shape(String name) {
        return tensors.get(name).shape();
    }

    @Override
    public WeightType type(String name) {
        return tensors.get(name).type();
    }

    @Override
    public WeightTensor read(String name) {
        return tensors.get(name);
    }

    @Override
    public String description() {
        return "weights in memory";
    }

    @Override
    public void close() {}
}
