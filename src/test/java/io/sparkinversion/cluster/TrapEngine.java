package io.sparkinversion.cluster;

import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.Engine;
import io.sparkinversion.engine.Recipe;
import io.sparkinversion.image.RgbImage;
import io.sparkinversion.worker.WorkerHook.Point;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

/** A {@link FixedCostEngine} that may step into a {@link Trap}: in any evaluation, and when it has made its pictures. */
final class TrapEngine implements Engine {
    /** Where the pictures of a batch are compared on the device. */
    static final String COMPARISON = "COMPARISON";

    /** Where an image's result is handed over. */
    static final String RESULT = "RESULT";

    private static final Duration EVALUATION = Duration.ofMillis(2);

    private final List<Trap> traps;
    private final FixedCostEngine engine;
    private final IntConsumer evaluating;
    private String captions = "";
    private int images;
    private int pass;

    TrapEngine(String device, Trap trap) {
        this(device, List.of(trap), EVALUATION, images -> {});
    }

    /**
     * @param evaluation how long one takes
     * @param evaluating told of each before it begins: how many images it is of
     */
    TrapEngine(String device, List<Trap> traps, Duration evaluation, IntConsumer evaluating) {
        this.traps = traps;
        this.engine = new FixedCostEngine(device, evaluation, this::evaluate);
        this.evaluating = evaluating;
    }

    @Override
    public String device() {
        return engine.device();
    }

    @Override
    public synchronized List<Result> run(List<Input> batch, Recipe recipe) {
        captions = batch.stream().map(Input::caption).collect(Collectors.joining(", "));
        images = batch.size();
        pass = 0;
        List<Result> results = engine.run(batch, recipe);
        TrapHook.reached(traps, COMPARISON, captions);
        List<Result> handedOver = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            handedOver.add(spoilt(
                    results.get(i), TrapHook.reached(traps, RESULT, batch.get(i).caption())));
        }
        return handedOver;
    }

    private void evaluate() {
        pass++;
        evaluating.accept(images);
        TrapHook.reached(traps, Point.EVALUATION.name(), "pass " + pass + " of " + captions);
    }

    private static Result spoilt(Result result, TrapAct act) {
        boolean finite = result.finite() && act != TrapAct.NOT_FINITE;
        List<Reconstruction> reconstructions = act == TrapAct.MISSHAPE
                ? result.reconstructions().stream().map(TrapEngine::misshapen).toList()
                : result.reconstructions();
        return new Result(
                result.terminalLatent(),
                finite,
                result.ceiling(),
                result.ceilingLpips(),
                reconstructions,
                result.captionTokens(),
                result.captionTruncated());
    }

    private static Reconstruction misshapen(Reconstruction made) {
        return new Reconstruction(
                made.method(), new RgbImage(1, 1, new byte[3]), made.lpips(), made.cost(), made.nullText());
    }

    @Override
    public List<Edited> edit(List<EditInput> batch, Recipe recipe, EditRecipe edits) {
        return engine.edit(batch, recipe, edits);
    }

    @Override
    public void close() {}
}
