package io.sparkinversion.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.sparkinversion.diffusion.NoiseSchedule.Step;
import io.sparkinversion.editing.BlendMask;
import io.sparkinversion.editing.ImageEdits;
import io.sparkinversion.editing.LocalBlend;
import io.sparkinversion.editing.PromptToPrompt;
import io.sparkinversion.inversion.Branches;
import java.util.ArrayList;
import java.util.List;

/** Branches whose masks are kept. */
final class RecordedMasks implements Branches {
    /** Mask elements this near to their threshold may fall on either side. */
    private static final double MARGIN = 1e-4;

    private final PromptToPrompt branches;
    private final List<BlendMask> masks = new ArrayList<>();

    RecordedMasks(PromptToPrompt branches) {
        this.branches = branches;
    }

    @Override
    public NDList predict(NDManager owner, NDArray latents, Step step) {
        return branches.predict(owner, latents, step);
    }

    @Override
    public NDArray afterStep(NDManager owner, NDArray latents, Step step) {
        NDArray result = branches.afterStep(owner, latents, step);
        masks.addAll(ofBranches(branches.lastMasks()));
        return result;
    }

    /** By mask that the step has made, of all branches: the source's is each target's. */
    private static List<BlendMask> ofBranches(List<List<BlendMask>> byTarget) {
        List<BlendMask> all = new ArrayList<>();
        for (int mask = 0; !byTarget.isEmpty() && mask < byTarget.get(0).size(); mask++) {
            BlendMask first = byTarget.get(0).get(mask);
            List<float[]> shares = new ArrayList<>(List.of(first.shares()[0]));
            for (List<BlendMask> target : byTarget) {
                shares.add(target.get(mask).shares()[1]);
            }
            all.add(new BlendMask(first.height(), first.width(), shares.toArray(float[][]::new)));
        }
        return all;
    }

    /** As the golden has them; elements too near to their threshold to tell are taken from it. */
    float[] masks(ImageEdits edits, float[] expected) {
        LocalBlend blend = edits.targets().get(0).settings().localBlend();
        boolean subtracts = !blend.subtractWords().isEmpty();
        List<Float> all = new ArrayList<>();
        for (int i = 0; i < masks.size(); i++) {
            double threshold = subtracts && i % 2 == 1 ? blend.subtractThreshold() : blend.threshold();
            boolean[][] surely = masks.get(i).above(threshold + MARGIN);
            boolean[][] perhaps = masks.get(i).above(threshold - MARGIN);
            for (int branch = 0; branch < surely.length; branch++) {
                for (int element = 0; element < surely[branch].length; element++) {
                    boolean certain = surely[branch][element] == perhaps[branch][element];
                    boolean unknown = !certain && all.size() < expected.length;
                    all.add(unknown ? expected[all.size()] : surely[branch][element] ? 1f : 0f);
                }
            }
        }
        float[] values = new float[all.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = all.get(i);
        }
        return values;
    }
}
