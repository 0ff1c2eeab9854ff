package io.sparkinversion.dataset;

import java.io.Serializable;
import java.util.List;

/** Where a run has the target prompts of its images from. */
public sealed interface EditSource extends Serializable {
    /** Nothing is edited. What the dataset says of edits is not read, so that it may change without consequences. */
    EditSource NONE = new None();

    /** The dataset's own edit prompts, with its blend words and masks. */
    EditSource DATASET = new Dataset();

    /**
     * The same edits of all images, several an image where several are given, in that order.
     *
     * @param texts see {@link Templates}
     * @throws JobException if one is malformed or there are none; the message says which and why, and shows a right one
     */
    static EditSource templates(List<String> texts) {
        return new Templates(texts);
    }

    /** What results keep of it: nothing, {@code {edit_prompt}} for the dataset's own, or the templates. */
    List<String> names();

    /** See {@link #NONE}. */
    record None() implements EditSource {
        @Override
        public List<String> names() {
            return List.of();
        }
    }

    /** See {@link #DATASET}. */
    record Dataset() implements EditSource {
        @Override
        public List<String> names() {
            // No template can be written so: the placeholder is unknown there.
            return List.of("{edit_prompt}");
        }
    }

    /**
     * Templates make the prompts from the captions. They take the place of the dataset's own edits: its edit prompts,
     * blend words and masks, which belong to those, are not read. An image for which a template has no prompt (see
     * {@link EditTemplate}) goes without that edit.
     *
     * @param texts one template or more: {@code s/REGEX/REPLACEMENT/FLAGS}, a text with {@code {caption}} in it, or a
     *     fixed text
     */
    record Templates(List<String> texts) implements EditSource {
        /** @throws JobException if one is malformed or there are none */
        public Templates {
            texts = List.copyOf(texts);
            if (texts.isEmpty()) {
                throw new JobException("no edit template given: give one such as 's/cat/dog/' or '{caption} in oil'");
            }
            texts.forEach(EditTemplate::of);
        }

        @Override
        public List<String> names() {
            return texts;
        }
    }
}
