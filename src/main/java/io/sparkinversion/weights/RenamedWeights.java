package io.sparkinversion.weights;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Weights under other names: wherever an old part stands in a stored name, the new one takes its place. */
public final class RenamedWeights extends ForwardingWeights {
    private final Map<String, String> storedNames = new TreeMap<>();

    public RenamedWeights(WeightSource stored, Map<String, String> oldToNew) {
        super(stored);
        for (String name : stored.names()) {
            String renamed = name;
            for (Map.Entry<String, String> part : oldToNew.entrySet()) {
                renamed = renamed.replace(part.getKey(), part.getValue());
            }
            storedNames.put(renamed, name);
        }
    }

    @Override
    public Set<String> names() {
        return storedNames.keySet();
    }

    @Override
    public long[] shape(String name) {
        return stored.shape(storedName(name));
    }

    @Override
    public WeightType type(String name) {
        return stored.type(storedName(name));
    }

    @Override
    public WeightTensor read(String name) {
        return stored.read(storedName(name));
    }

    /** A name that is not there stays as it is, so that the source's own message names it. */
    private String storedName(String name) {
        return storedNames.getOrDefault(name, name);
    }
}
