package io.sparkinversion.gallery;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * One row of an editing run: an image edited by one prompt with one method and one control.
 *
 * @param imageId unique to the image, not to the row
 * @param method how the image was inverted
 * @param control attention control; null is taken as empty
 * @param edit which of the image's edit prompts, as the run counts them
 * @param caption the source prompt; null is taken as empty
 * @param editPrompt the target prompt; null is taken as empty
 * @param numbers by column label, in the order to show; what is missing, null or NaN is shown as not defined
 * @param picture where the row's {@link EditStrip} lies, as a path relative to the page such as
 *     {@code gallery/0003/000127.jpg}; null if there is none
 * @param failure why there is no edit: {@code CODE: message}, or either alone; null if there is one
 */
public record EditEntry(
        String imageId,
        String method,
        String control,
        int edit,
        String caption,
        String editPrompt,
        Map<String, Double> numbers,
        String picture,
        String failure) {
    /** No empty folder name, no {@code .}, no {@code ..}. */
    private static final Pattern RELATIVE = Pattern.compile("(?!\\.{1,2}(?:/|$))[^/]+(?:/(?!\\.{1,2}(?:/|$))[^/]+)*");

    /**
     * @throws IllegalArgumentException if the picture is not below the page's folder
     */
    public EditEntry {
        control = control == null ? "" : control;
        caption = caption == null ? "" : caption;
        editPrompt = editPrompt == null ? "" : editPrompt;
        numbers = Collections.unmodifiableMap(new LinkedHashMap<>(numbers));
        if (picture != null && !RELATIVE.matcher(picture).matches()) {
            throw new IllegalArgumentException("the picture '" + picture + "' of image " + imageId
                    + " is not a path below the page's folder, such as gallery/0003/000127.jpg");
        }
    }

    boolean failed() {
        return failure != null;
    }
}
