package io.sparkinversion.worker;

import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.EngineException;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.worker.ImageLoader.Loaded;
import java.util.List;
import java.util.concurrent.Callable;

/** What a pipeline does with a batch of images. */
interface BatchWork {
    /**
     * Computes on the device.
     *
     * @return what is left to be done for each image, which needs no device
     * @throws EngineException if the batch failed as a whole
     */
    List<Callable<ImageOutcome>> compute(Engine engine, List<Loaded> images);

    /** An image that the engine has not seen, or that failed there. */
    ImageOutcome failed(Loaded image, Failure failure);
}
