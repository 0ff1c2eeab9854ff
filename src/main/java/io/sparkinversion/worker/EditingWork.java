package io.sparkinversion.worker;

import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.Engine.EditInput;
import io.sparkinversion.engine.Engine.Edited;
import io.sparkinversion.engine.Failure;
import io.sparkinversion.engine.InvertedArray;
import io.sparkinversion.engine.Recipe;
import io.sparkinversion.worker.ImageLoader.Loaded;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Images are inverted and edited. */
record EditingWork(Recipe recipe, EditRecipe edits, InversionKeys keys, ToldSizes sizes, OutcomeMaker outcome)
        implements BatchWork {

    @Override
    public List<Callable<ImageOutcome>> compute(Engine engine, List<Loaded> images) {
        List<Edited> results = engine.edit(images.stream().map(this::input).toList(), recipe, edits);
        EditOutcomeMaker maker = new EditOutcomeMaker(outcome, keys, edits.keepsInversions());
        List<Callable<ImageOutcome>> left = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            Loaded loaded = images.get(i);
            Edited result = results.get(i);
            left.add(() -> maker.of(loaded, result));
        }
        return left;
    }

    private EditInput input(Loaded loaded) {
        WorkItem item = loaded.item();
        List<InvertedArray> stored =
                keys.valid(loaded.source().sha256(), item.caption(), item.edit().stored());
        return new EditInput(
                loaded.image(),
                item.caption(),
                item.edit().prompts(),
                loaded.mask(),
                stored,
                sizes.of(loaded.placement()));
    }

    @Override
    public ImageOutcome failed(Loaded image, Failure failure) {
        return outcome.of(image, failure);
    }
}
