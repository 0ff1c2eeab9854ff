package io.sparkinversion.worker;

import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.Engine.Input;
import io.sparkinversion.engine.Engine.Result;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.Recipe;
import io.sparkinversion.worker.ImageLoader.Loaded;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Images are inverted and reconstructed. */
record InversionWork(Recipe recipe, ToldSizes sizes, OutcomeMaker outcome) implements BatchWork {

    @Override
    public List<Callable<ImageOutcome>> compute(Engine engine, List<Loaded> images) {
        List<Input> inputs = images.stream()
                .map(loaded -> new Input(loaded.image(), loaded.item().caption(), sizes.of(loaded.placement())))
                .toList();
        List<Result> results = engine.run(inputs, recipe);
        List<Callable<ImageOutcome>> left = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            Loaded loaded = images.get(i);
            Result result = results.get(i);
            left.add(() -> outcome.of(loaded, result));
        }
        return left;
    }

    @Override
    public ImageOutcome failed(Loaded image, Failure failure) {
        return outcome.of(image, failure);
    }
}
