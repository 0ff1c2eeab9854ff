package io.sparkinversion.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Several sources as one; where two have a name, the first one's weight counts. Closing it closes them. */
public final class MergedWeights implements WeightSource {
    private final List<WeightSource> parts;
    private final Map<String, WeightSource> byName = new LinkedHashMap<>();

    public MergedWeights(List<WeightSource> parts) {
        this.parts = List.copyOf(parts);
        for (WeightSource part : parts) {
            part.names().forEach(name -> byName.putIfAbsent(name, part));
        }
    }

    @Override
    public Set<String> names() {
        return byName.keySet();
    }

    @Override
    public long[] shape(String name) {
        return source(name).shape(name);
    }

    @Override
    public WeightType type(String name) {
        return source(name).type(name);
    }

    @Override
    public WeightTensor read(String name) {
        return source(name).read(name);
    }

    /** A name that no part has is asked of the first one, whose message says so. */
    private WeightSource source(String name) {
        return byName.getOrDefault(name, parts.get(0));
    }

    @Override
    public String description() {
        return parts.stream().map(WeightSource::description).collect(Collectors.joining(" + "));
    }

    @Override
    public void close() {
        parts.forEach(WeightSource::close);
    }
}
