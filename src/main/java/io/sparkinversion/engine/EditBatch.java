package io.sparkinversion.engine;

import static io.sparkinversion.engine.DeviceImages.secondsSince;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.ClipTokenizer.Tokens;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.editing.EditRun;
import io.sparkinversion.editing.EditedLatents;
import io.sparkinversion.editing.ImageEdits;
import io.sparkinversion.engine.DeviceImages.Decoded;
import io.sparkinversion.engine.DrawnEdit.Drawing;
import io.sparkinversion.engine.EditPlan.Group;
import io.sparkinversion.engine.EditPlan.Planned;
import io.sparkinversion.engine.EditRecipe.Control;
import io.sparkinversion.engine.Engine.Cost;
import io.sparkinversion.engine.Engine.EditInput;
import io.sparkinversion.engine.Engine.Edited;
import io.sparkinversion.engine.Failure.Stage;
import io.sparkinversion.image.PixelMask;
import io.sparkinversion.inversion.Method;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * One batch of images and their edits on its way through the model. What the edits start from is computed, or found,
 * once an image; then, method by method and control by control, an image's edits are sampled beside their source.
 */
final class EditBatch {
    private final StableDiffusion model;
    private final DeviceImages images;
    private final Judges judges;
    private final PeakMemory memory;
    private final Recipe recipe;
    private final EditRecipe edits;
    private final NDManager scope;
    private final List<EditInput> inputs;
    private final long[] evaluations;
    private final List<List<DrawnEdit>> drawn = new ArrayList<>();
    private NDArray pixels;
    private EditStarts starts;
    private double encodeSeconds;

    /** @param scope owns what the batch computes */
    EditBatch(
            StableDiffusion model,
            DeviceImages images,
            Judges judges,
            PeakMemory memory,
            Recipe recipe,
            EditRecipe edits,
            NDManager scope,
            List<EditInput> inputs) {
        this.model = model;
        this.images = images;
        this.judges = judges;
        this.memory = memory;
        this.recipe = recipe;
        this.edits = edits;
        this.scope = scope;
        this.inputs = inputs;
        this.evaluations = new long[inputs.size()];
        inputs.forEach(input -> drawn.add(new ArrayList<>()));
    }

    List<Edited> run() {
        long started = System.nanoTime();
        pixels =
                DeviceImages.pixels(scope, inputs.stream().map(EditInput::image).toList());
        NDArray latents = model.encode(scope, pixels);
        latents.toFloatArray();
        encodeSeconds = secondsSince(started) / inputs.size();
        Decoded ceiling = images.decode(latents, pixels);
        EngineBatch.stopIfInterrupted();
        starts = EditStarts.of(model, recipe, scope, inputs, latents);
        for (int i = 0; i < inputs.size(); i++) {
            evaluations[i] += starts.evaluations(i);
        }
        for (Control control : edits.controls()) {
            EditPlan plan = EditPlan.of(model.tokenizer(), control.options(), inputs, starts, recipe.longCaptions());
            for (Method method : recipe.methods()) {
                if (!control.takes(method.label())) {
                    continue;
                }
                plan.refused().forEach(refused -> drawn.get(refused.image())
                        .add(DrawnEdit.failed(method, control.label(), refused.index(), refused.failure())));
                for (Group group : plan.groups()) {
                    EngineBatch.stopIfInterrupted();
                    sample(method, control, group);
                }
            }
        }
        EditScorer scorer = new EditScorer(judges, scope);
        List<Edited> edited = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Tokens tokens = model.tokenizer().encode(inputs.get(i).caption());
            edited.add(new Edited(
                    starts.arrays(i),
                    starts.finite(i) && ceiling.finite()[i],
                    ceiling.images().get(i),
                    ceiling.lpips()[i],
                    evaluations[i],
                    DrawnEdit.measured(drawn.get(i), inputs.get(i), scorer),
                    tokens.tokenCount(),
                    tokens.truncated()));
        }
        return edited;
    }

    private void sample(Method method, Control control, Group group) {
        try (PeakMemory.Watch watch = memory.watch();
                NDManager run = model.newScope()) {
            long started = System.nanoTime();
            List<ImageEdits> asked = group.images().stream()
                    .map(image -> new ImageEdits(
                            inputs.get(image.image()).caption(),
                            image.planned().stream().map(Planned::edit).toList(),
                            inputs.get(image.image()).size()))
                    .toList();
            List<Integer> numbers =
                    group.images().stream().map(EditPlan.Image::image).toList();
            EditedLatents sampled = starts.editing(method)
                    .sample(
                            run,
                            new EditRun(
                                    model,
                                    model.schedule().steps(recipe.steps()),
                                    asked,
                                    starts.start(run, method, numbers),
                                    recipe.guidance(),
                                    DeviceImages.noise(numbers.stream()
                                            .map(number -> inputs.get(number).image())
                                            .toList())));
            boolean[] finite = DeviceImages.finite(
                    sampled.latents().toFloatArray(), group.images().size() * (1 + group.targets()));
            double seconds = secondsSince(started) / (numbers.size() * group.targets());
            NDArray originals = originals(run, numbers, group.targets());
            Decoded decoded = images.decode(sampled.latents(), originals);
            long peak = watch.most();
            for (int g = 0; g < numbers.size(); g++) {
                int image = numbers.get(g);
                evaluations[image] +=
                        sampled.sourceEvaluations() + (long) group.targets() * sampled.targetEvaluations();
                Cost cost = new Cost(
                        starts.sharedEvaluations(image, method),
                        starts.own(image, method).evaluations() + sampled.sourceEvaluations(),
                        starts.own(image, method).gradients(),
                        encodeSeconds,
                        starts.sharedSeconds(image, method),
                        starts.own(image, method).seconds(),
                        decoded.seconds() / decoded.images().size(),
                        numbers.size(),
                        peak);
                int source = g * (1 + group.targets());
                for (int target = 0; target < group.targets(); target++) {
                    Planned planned = group.images().get(g).planned().get(target);
                    int row = source + 1 + target;
                    boolean good = finite[source] && finite[row] && decoded.finite()[source] && decoded.finite()[row];
                    Branch branch = new Branch(
                            image,
                            source,
                            row,
                            planned,
                            sampled.blendMasks().get(g).get(target).orElse(null));
                    drawn.get(image)
                            .add(
                                    good
                                            ? made(
                                                    method,
                                                    control,
                                                    branch,
                                                    decoded,
                                                    cost,
                                                    sampled.targetEvaluations(),
                                                    seconds)
                                            : notFinite(method, control, branch));
                }
            }
        }
    }

    /** Of the decoded pictures those of an edit. */
    private record Branch(int image, int source, int row, Planned planned, PixelMask blend) {}

    private static DrawnEdit made(
            Method method,
            Control control,
            Branch branch,
            Decoded decoded,
            Cost cost,
            int targetEvaluations,
            double seconds) {
        Drawing drawing = new Drawing(
                branch.planned().edit().prompt(),
                decoded.images().get(branch.source()),
                decoded.lpips()[branch.source()],
                decoded.images().get(branch.row()),
                decoded.lpips()[branch.row()],
                branch.blend(),
                cost,
                targetEvaluations,
                seconds);
        return new DrawnEdit(method, control.label(), branch.planned().index(), drawing, null);
    }

    private static DrawnEdit notFinite(Method method, Control control, Branch branch) {
        Failure failure = new Failure(
                Stage.EDIT,
                ErrorCode.NOT_FINITE,
                "the edit '" + branch.planned().edit().prompt()
                        + "' has infinities or NaN; try --dtype float32 or bfloat16");
        return DrawnEdit.failed(method, control.label(), branch.planned().index(), failure);
    }

    /** The images' pixels, once for the source and once for each of the targets. */
    private NDArray originals(NDManager owner, List<Integer> numbers, int targets) {
        long[] rows = numbers.stream()
                .flatMap(number -> Collections.nCopies(1 + targets, number).stream())
                .mapToLong(Integer::longValue)
                .toArray();
        NDArray originals = pixels.get(owner.create(rows));
        originals.attach(owner);
        return originals;
    }
}
