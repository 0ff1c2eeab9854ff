package io.sparkinversion.job;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.spark.util.AccumulatorV2;

/** A Spark accumulator that counts how often each name was added. */
final class CountByName extends AccumulatorV2<String, Map<String, Long>> {
    private static final long serialVersionUID = 1L;

    // Spark's heartbeat reads it while the task adds.
    private final ConcurrentMap<String, Long> counts = new ConcurrentHashMap<>();

    @Override
    public boolean isZero() {
        return counts.isEmpty();
    }

    @Override
    public CountByName copy() {
        CountByName copy = new CountByName();
        copy.counts.putAll(counts);
        return copy;
    }

    @Override
    public void reset() {
        counts.clear();
    }

    @Override
    public void add(String name) {
        counts.merge(name, 1L, Long::sum);
    }

    @Override
    public void merge(AccumulatorV2<String, Map<String, Long>> other) {
        other.value().forEach((name, count) -> counts.merge(name, count, Long::sum));
    }

    @Override
    public Map<String, Long> value() {
        return new TreeMap<>(counts);
    }
}
