package io.sparkinversion.worker;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many images a batch may have. All tasks on one engine share it, so that what one of them learns of the device's
 * memory spares the others a computation that ends in failure.
 */
final class BatchLimit {
    private final AtomicInteger images;

    /**
     * @param images what was asked for, 1 or more
     */
    BatchLimit(int images) {
        if (images < 1) {
            throw new IllegalArgumentException("batch size is " + images + "; it must be 1 or more");
        }
        this.images = new AtomicInteger(images);
    }

    int images() {
        return images.get();
    }

    /** A batch of this size did not fit: from now on half of it, rounded up, is the most. */
    void didNotFit(int size) {
        images.accumulateAndGet((size + 1) / 2, Math::min);
    }
}
