package io.sparkinversion.engine;

import io.sparkinversion.diffusion.ClipTokenizer;
import io.sparkinversion.diffusion.LongCaptions;
import io.sparkinversion.editing.EditOptions;
import io.sparkinversion.editing.EditPrompt;
import io.sparkinversion.editing.TargetEdit;
import io.sparkinversion.engine.Engine.EditInput;
import io.sparkinversion.engine.Failure.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which edits of a batch are sampled together.
 *
 * @param groups each in one run
 * @param refused edits that their prompts do not allow
 */
record EditPlan(List<Group> groups, List<Refused> refused) {
    /** More targets of one image are sampled in several runs, each with a source branch of its own. */
    private static final int MOST_TARGETS = 8;

    /**
     * Images with equally many targets each.
     *
     * @param targets of each image
     */
    record Group(int targets, List<Image> images) {}

    /**
     * @param image which of the batch
     * @param planned its edits of this run
     */
    record Image(int image, List<Planned> planned) {}

    /**
     * @param index which of the image's edits
     */
    record Planned(int index, TargetEdit edit) {}

    /** An edit that is not made, and why. */
    record Refused(int image, int index, Failure failure) {}

    /** Images whose inversion is not finite are left out. */
    static EditPlan of(
            ClipTokenizer tokenizer,
            EditOptions options,
            List<EditInput> inputs,
            EditStarts starts,
            LongCaptions longCaptions) {
        Map<Integer, List<Image>> byTargets = new TreeMap<>();
        List<Refused> refused = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            if (!starts.finite(i)) {
                continue;
            }
            List<Planned> planned = planned(tokenizer, options, i, inputs.get(i), longCaptions, refused);
            for (int from = 0; from < planned.size(); from += MOST_TARGETS) {
                List<Planned> together = planned.subList(from, Math.min(planned.size(), from + MOST_TARGETS));
                byTargets
                        .computeIfAbsent(together.size(), any -> new ArrayList<>())
                        .add(new Image(i, together));
            }
        }
        List<Group> groups = new ArrayList<>();
        byTargets.forEach((targets, images) -> {
            // As many branches at a time as the batch has images: that is what was found to fit.
            int most = Math.max(1, inputs.size() / (1 + targets));
            for (int from = 0; from < images.size(); from += most) {
                groups.add(new Group(targets, images.subList(from, Math.min(images.size(), from + most))));
            }
        });
        return new EditPlan(groups, refused);
    }

    private static List<Planned> planned(
            ClipTokenizer tokenizer,
            EditOptions options,
            int image,
            EditInput input,
            LongCaptions longCaptions,
            List<Refused> refused) {
        List<Planned> planned = new ArrayList<>();
        for (int index = 0; index < input.edits().size(); index++) {
            EditPrompt edit = input.edits().get(index);
            try {
                if (longCaptions == LongCaptions.CHUNKS) {
                    requireOneChunk(tokenizer, "caption", input.caption());
                    requireOneChunk(tokenizer, "edit prompt", edit.text());
                }
                planned.add(new Planned(index, options.plan(tokenizer, input.caption(), edit)));
            } catch (IllegalArgumentException e) {
                Failure failure = new Failure(Stage.EDIT, ErrorCode.INVALID_EDIT, e.getMessage());
                refused.add(new Refused(image, index, failure));
            }
        }
        return planned;
    }

    /** Edits take token i of one prompt for token i of the other, or look a word up: that is of one chunk. */
    private static void requireOneChunk(ClipTokenizer tokenizer, String name, String prompt) {
        if (tokenizer.chunkCount(prompt) > 1) {
            throw new IllegalArgumentException("the " + name + " has more than " + (tokenizer.length() - 2)
                    + " tokens, and prompts in chunks cannot be edited; shorten it, or give --long-captions cut");
        }
    }
}
