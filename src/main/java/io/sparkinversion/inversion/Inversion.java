package io.sparkinversion.inversion;

import io.sparkinversion.diffusion.Conditioning;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import java.util.List;
import java.util.function.Supplier;

/**
 * A batch of images after DDIM inversion: what every reconstruction method starts from.
 *
 * @param steps in denoising order
 * @param trajectory z_0 to z_T; z_0 alone where no method asked for more
 * @param caption the images' captions
 * @param empty the empty prompt, once per image; computed when a method asks for it
 */
public record Inversion(List<Step> steps, Trajectory trajectory, Conditioning caption, Supplier<Conditioning> empty) {}
