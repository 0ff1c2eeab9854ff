package io.sparkinversion.worker;

import io.sparkinversion.image.Size;
import io.sparkinversion.worker.ImageLoader.Loaded;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Images that wait until there are enough of their shape for a batch. Not thread-safe. */
final class ShapeBatches {
    private final Map<Size, List<Loaded>> waiting = new LinkedHashMap<>();
    private int images;

    void add(Loaded image) {
        waiting.computeIfAbsent(image.size(), size -> new ArrayList<>()).add(image);
        images++;
    }

    /** All that wait. */
    int images() {
        return images;
    }

    /** Those of the shape that most wait of. */
    int most() {
        return waiting.values().stream().mapToInt(List::size).max().orElse(0);
    }

    /**
     * Images of the shape that most wait of; of several such shapes the one that came first.
     *
     * @param limit the most of them
     */
    List<Loaded> take(int limit) {
        Size fullest = null;
        for (Map.Entry<Size, List<Loaded>> shape : waiting.entrySet()) {
            if (fullest == null
                    || shape.getValue().size() > waiting.get(fullest).size()) {
                fullest = shape.getKey();
            }
        }
        List<Loaded> all = waiting.remove(fullest);
        if (all == null) {
            return List.of();
        }
        List<Loaded> batch = all.subList(0, Math.min(limit, all.size()));
        if (batch.size() < all.size()) {
            waiting.put(fullest, new ArrayList<>(all.subList(batch.size(), all.size())));
        }
        images -= batch.size();
        return List.copyOf(batch);
    }

    void clear() {
        waiting.clear();
        images = 0;
    }
}
