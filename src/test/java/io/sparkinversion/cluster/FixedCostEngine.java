package io.sparkinversion.cluster;

import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.Engine.Cost;
import io.sparkinversion.engine.Engine.Latent;
import io.sparkinversion.engine.Recipe;
import io.sparkinversion.inversion.Method;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;

/**
 * An engine without a model, which takes the same time for every evaluation of its UNet and no processor: as a GPU that
 * somebody else pays for. Every picture comes back as it was, with its caption for a latent. One batch at a time.
 */
final class FixedCostEngine implements Engine {
    private final String device;
    private final Duration evaluation;
    private final Runnable beforeEvaluation;

    /**
     * @param evaluation how long one takes, whatever the batch
     * @param beforeEvaluation told of each
     */
    FixedCostEngine(String device, Duration evaluation, Runnable beforeEvaluation) {
        this.device = device;
        this.evaluation = evaluation;
        this.beforeEvaluation = beforeEvaluation;
    }

    @Override
    public String device() {
        return device;
    }

    /** NPI's cost for every method: N evaluations for the inversion they share, and N for each. */
    @Override
    public synchronized List<Result> run(List<Input> batch, Recipe recipe) {
        int passes = recipe.steps() * (1 + recipe.methods().size());
        for (int i = 0; i < passes; i++) {
            beforeEvaluation.run();
            evaluate();
        }
        return batch.stream().map(input -> result(input, batch.size(), recipe)).toList();
    }

    private void evaluate() {
        try {
            TimeUnit.NANOSECONDS.sleep(evaluation.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("the task was cancelled");
        }
    }

    private Result result(Input input, int batchSize, Recipe recipe) {
        byte[] latent = input.caption().getBytes(StandardCharsets.UTF_8);
        double seconds = evaluation.toNanos() * 1e-9 * recipe.steps() / batchSize;
        Cost cost = new Cost(recipe.steps(), recipe.steps(), 0, 0, seconds, seconds, 0, batchSize, 0);
        List<Reconstruction> reconstructions = recipe.methods().stream()
                .map((Method method) -> new Reconstruction(method, input.image(), Double.NaN, cost, null))
                .toList();
        return new Result(
                new Latent(new int[] {latent.length, 1, 1}, latent),
                true,
                input.image(),
                Double.NaN,
                reconstructions,
                1,
                false);
    }

    @Override
    public List<Edited> edit(List<EditInput> batch, Recipe recipe, EditRecipe edits) {
        throw new UnsupportedOperationException("edits are tried with the embedded model");
    }

    @Override
    public void close() {}
}
