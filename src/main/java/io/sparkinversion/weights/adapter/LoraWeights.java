package io.sparkinversion.weights.adapter;

import io.sparkinversion.weights.ForwardingWeights;
import io.sparkinversion.weights.WeightSource;
import io.sparkinversion.weights.WeightTensor;
import io.sparkinversion.weights.WeightType;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Weights with LoRAs merged into them, in float32; those that no LoRA changes stay as they are stored. */
public final class LoraWeights extends ForwardingWeights {
    private final Map<String, List<LoraChange>> changes;

    /** @param changes of this component, in the order in which they are added */
    public LoraWeights(WeightSource stored, Collection<LoraChange> changes) {
        super(stored);
        this.changes = changes.stream().collect(Collectors.groupingBy(LoraChange::weight));
        // A weight that is not there is reported with all others that are missing.
        changes.stream()
                .filter(change -> stored.names().contains(change.weight()))
                .forEach(change -> change.requireFit(stored.shape(change.weight())));
    }

    @Override
    public WeightType type(String name) {
        return changes.containsKey(name) ? WeightType.F32 : stored.type(name);
    }

    @Override
    public WeightTensor read(String name) {
        WeightTensor tensor = stored.read(name);
        List<LoraChange> own = changes.get(name);
        if (own == null) {
            return tensor;
        }
        float[] values = tensor.toFloats();
        own.forEach(change -> change.addTo(values));
        return WeightTensor.ofFloats(name, tensor.shape(), values);
    }
}
