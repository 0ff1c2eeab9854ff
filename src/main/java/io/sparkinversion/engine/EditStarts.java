package io.sparkinversion.engine;

import static io.sparkinversion.engine.DeviceImages.secondsSince;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.SizeCondition;
import io.sparkinversion.diffusion.StableDiffusion;
import io.sparkinversion.editing.EditMethod;
import io.sparkinversion.engine.Engine.EditInput;
import io.sparkinversion.inversion.DdimInversion;
import io.sparkinversion.inversion.Denoiser;
import io.sparkinversion.inversion.Inversion;
import io.sparkinversion.inversion.Method;
import io.sparkinversion.inversion.Trajectory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * What the edits of a batch are sampled from: read where an earlier run has kept it, computed where not. An image of
 * which something is missing is inverted anew for all methods.
 */
final class EditStarts {
    private final StableDiffusion model;
    private final Recipe recipe;
    private final NDManager scope;
    private final List<EditInput> inputs;
    private final Map<Method, EditMethod> methods = new LinkedHashMap<>();
    private final List<Map<Place, InvertedArray>> arrays = new ArrayList<>();
    private final List<Integer> inverted;
    private final Map<Method, MethodCost> costs = new HashMap<>();
    private long sharedEvaluations;
    private double sharedSeconds;

    /** Which array: see {@link InvertedArray}. */
    private record Place(String kind, String method) {}

    /** What a method's own part of the inversion took, an image. */
    record MethodCost(int evaluations, int gradients, double seconds) {
        private static final MethodCost NONE = new MethodCost(0, 0, 0);
    }

    private EditStarts(StableDiffusion model, Recipe recipe, NDManager scope, List<EditInput> inputs) {
        this.model = model;
        this.recipe = recipe;
        this.scope = scope;
        this.inputs = inputs;
        recipe.methods().forEach(method -> methods.put(method, EditMethod.of(method)));
        for (EditInput input : inputs) {
            Map<Place, InvertedArray> own = new LinkedHashMap<>();
            input.stored().forEach(array -> own.put(new Place(array.kind(), array.method()), array));
            own.keySet().retainAll(places());
            arrays.add(own);
        }
        this.inverted = IntStream.range(0, inputs.size())
                .filter(i -> !arrays.get(i).keySet().containsAll(places()))
                .boxed()
                .toList();
    }

    /**
     * @param scope owns what is computed
     * @param latents z_0 of the inputs
     */
    static EditStarts of(
            StableDiffusion model, Recipe recipe, NDManager scope, List<EditInput> inputs, NDArray latents) {
        EditStarts starts = new EditStarts(model, recipe, scope, inputs);
        if (!starts.inverted.isEmpty()) {
            starts.invert(latents);
        }
        return starts;
    }

    private List<Place> places() {
        List<Place> places = new ArrayList<>();
        methods.forEach((method, editing) -> {
            editing.sharedKinds().forEach(kind -> places.add(new Place(kind, null)));
            editing.ownKinds().forEach(kind -> places.add(new Place(kind, method.label())));
        });
        return places.stream().distinct().toList();
    }

    private void invert(NDArray latents) {
        long started = System.nanoTime();
        long[] rows = inverted.stream().mapToLong(Integer::longValue).toArray();
        List<String> captions =
                inverted.stream().map(i -> inputs.get(i).caption()).toList();
        List<Step> steps = model.schedule().steps(recipe.steps());
        NDArray clean = rows.length == inputs.size() ? latents : owned(latents.get(scope.create(rows)));
        List<SizeCondition> sizes = inverted.stream()
                .map(i -> inputs.get(i).size())
                .filter(Objects::nonNull)
                .toList();
        Conditioning caption = model.condition(scope, captions).withSizes(sizes);
        Trajectory trajectory = new Trajectory(List.of(clean));
        if (methods.values().stream().anyMatch(EditMethod::usesInversion)) {
            Denoiser unet = new Denoiser(model);
            trajectory = DdimInversion.invert(scope, unet, steps, clean, caption);
            sharedEvaluations = unet.evaluations() / rows.length;
        }
        Inversion inversion = new Inversion(
                steps,
                trajectory,
                caption,
                () -> model.condition(scope, model.embedNothing(scope, rows.length, 1))
                        .withSizes(sizes),
                DeviceImages.noise(
                        inverted.stream().map(i -> inputs.get(i).image()).toList()));
        for (Place place : places()) {
            if (place.method() == null) {
                keep(place, shared(place.kind(), trajectory));
            }
        }
        sharedSeconds = secondsSince(started) / rows.length;
        methods.forEach((method, editing) -> prepare(method, editing, inversion));
    }

    private NDArray shared(String kind, Trajectory trajectory) {
        if (kind.equals(EditMethod.TERMINAL)) {
            return trajectory.last();
        }
        return owned(NDArrays.stack(new NDList(trajectory.latents()), 1));
    }

    private void prepare(Method method, EditMethod editing, Inversion inversion) {
        if (editing.ownKinds().isEmpty()) {
            return;
        }
        EngineBatch.stopIfInterrupted();
        long started = System.nanoTime();
        Denoiser unet = editing.unet(model);
        try (NDManager own = model.newScope()) {
            editing.prepare(own, unet, inversion, recipe.guidance())
                    .forEach((kind, array) -> keep(new Place(kind, method.label()), array));
        }
        int images = inverted.size();
        costs.put(
                method,
                new MethodCost(
                        (int) (unet.evaluations() / images),
                        (int) (unet.gradients() / images),
                        secondsSince(started) / images));
    }

    /** Copies rows of the device's array to the images that were inverted. */
    private void keep(Place place, NDArray array) {
        byte[] all = array.toByteArray();
        int length = all.length / inverted.size();
        long[] dimensions = array.getShape().getShape();
        int[] shape = Arrays.stream(dimensions, 1, dimensions.length)
                .mapToInt(Math::toIntExact)
                .toArray();
        String dtype = array.getDataType() == DataType.FLOAT64 ? "float64" : "float32";
        for (int row = 0; row < inverted.size(); row++) {
            byte[] bytes = Arrays.copyOfRange(all, row * length, (row + 1) * length);
            arrays.get(inverted.get(row))
                    .put(place, new InvertedArray(place.kind(), place.method(), shape, dtype, bytes));
        }
    }

    private NDArray owned(NDArray array) {
        array.attach(scope);
        return array;
    }

    EditMethod editing(Method method) {
        return methods.get(method);
    }

    /** All of an image's arrays. */
    List<InvertedArray> arrays(int image) {
        return List.copyOf(arrays.get(image).values());
    }

    /** Whether an image's arrays have no infinities or NaN. */
    boolean finite(int image) {
        return arrays.get(image).values().stream().allMatch(EditStarts::finite);
    }

    private static boolean finite(InvertedArray array) {
        ByteBuffer values = ByteBuffer.wrap(array.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        boolean wide = array.dtype().equals("float64");
        while (values.hasRemaining()) {
            if (!Double.isFinite(wide ? values.getDouble() : values.getFloat())) {
                return false;
            }
        }
        return true;
    }

    /** What a method samples these images from, an array {@code [images, ...]} for each kind. */
    Map<String, NDArray> start(NDManager owner, Method method, List<Integer> images) {
        Map<String, NDArray> start = new HashMap<>();
        EditMethod editing = methods.get(method);
        editing.sharedKinds().forEach(kind -> start.put(kind, device(owner, new Place(kind, null), images)));
        editing.ownKinds().forEach(kind -> start.put(kind, device(owner, new Place(kind, method.label()), images)));
        return start;
    }

    private NDArray device(NDManager owner, Place place, List<Integer> images) {
        List<InvertedArray> rows =
                images.stream().map(image -> arrays.get(image).get(place)).toList();
        InvertedArray first = rows.get(0);
        ByteBuffer bytes =
                ByteBuffer.allocate(first.bytes().length * rows.size()).order(ByteOrder.LITTLE_ENDIAN);
        rows.forEach(row -> bytes.put(row.bytes()));
        bytes.flip();
        Shape shape = new Shape(rows.size())
                .addAll(new Shape(Arrays.stream(first.shape()).asLongStream().toArray()));
        if (first.dtype().equals("float64")) {
            double[] values = new double[bytes.remaining() / Double.BYTES];
            bytes.asDoubleBuffer().get(values);
            return owner.create(values, shape);
        }
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return owner.create(values, shape);
    }

    /** UNet evaluations that this run made to invert the image, for all methods. */
    long evaluations(int image) {
        return methods.keySet().stream()
                        .mapToLong(method -> own(image, method).evaluations())
                        .sum()
                + (isInverted(image) ? sharedEvaluations : 0);
    }

    /** UNet evaluations of the inversion that methods share, if this one starts from it. */
    int sharedEvaluations(int image, Method method) {
        return shares(image, method) ? (int) sharedEvaluations : 0;
    }

    double sharedSeconds(int image, Method method) {
        return shares(image, method) ? sharedSeconds : 0;
    }

    /** What the method's own part of the image's inversion took. */
    MethodCost own(int image, Method method) {
        return isInverted(image) ? costs.getOrDefault(method, MethodCost.NONE) : MethodCost.NONE;
    }

    private boolean shares(int image, Method method) {
        return isInverted(image) && methods.get(method).usesInversion();
    }

    private boolean isInverted(int image) {
        return inverted.contains(image);
    }
}
