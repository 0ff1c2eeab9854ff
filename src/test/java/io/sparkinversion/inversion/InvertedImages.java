package io.sparkinversion.inversion;

import static io.sparkinversion.diffusion.EmbeddedModel.wave;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.EmbeddedModel;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.diffusion.StableDiffusion;
import java.util.Collections;
import java.util.List;

/** Two images after DDIM inversion by the embedded model. */
final class InvertedImages implements AutoCloseable {
    static final List<String> CAPTIONS = List.of("twemoji emoji of brown heart", "fluent emoji of lion face");

    final StableDiffusion model = EmbeddedModel.load();
    final NDManager scope = model.newScope();
    final NDArray latent = model.encode(scope, wave(scope, 2, 3, 64, 64));
    final Inversion inversion;

    InvertedImages(int count) {
        List<Step> steps = model.schedule().steps(count);
        Conditioning caption = model.condition(scope, CAPTIONS);
        Conditioning empty = model.condition(scope, Collections.nCopies(CAPTIONS.size(), ""));
        Trajectory trajectory = DdimInversion.invert(scope, new Denoiser(model), steps, latent, caption);
        inversion = new Inversion(steps, trajectory, caption, () -> empty);
    }

    /** One of the images, as if it had been inverted alone. */
    Inversion image(NDManager owner, int image) {
        List<NDArray> rows = inversion.trajectory().latents().stream()
                .map(latents -> row(owner, latents, image))
                .toList();
        Conditioning caption = model.condition(owner, List.of(CAPTIONS.get(image)));
        Conditioning empty = model.condition(owner, List.of(""));
        return new Inversion(inversion.steps(), new Trajectory(rows), caption, () -> empty);
    }

    static NDArray row(NDManager owner, NDArray array, int row) {
        NDArray result = array.get(row + ":" + (row + 1));
        result.attach(owner);
        return result;
    }

    @Override
    public void close() {
        scope.close();
        model.close();
    }
}
