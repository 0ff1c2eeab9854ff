package io.sparkinversion.worker;

import io.sparkinversion.engine.InvertedArray;
import io.sparkinversion.engine.StoredArray;
import io.sparkinversion.image.ResizeMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Keys of what is kept of inversions: equal where all is equal that the values depend on, within the rounding that
 * batches make.
 */
record InversionKeys(WorkerSettings settings) {

    /**
     * @param imageHash SHA-256 of the encoded image
     * @param method that the values are of; null for what all methods share
     */
    private String key(String imageHash, String caption, String kind, String method) {
        List<String> parts = new ArrayList<>(Arrays.asList(
                imageHash,
                caption,
                kind,
                settings.modelFingerprint(),
                settings.precision().name(),
                Integer.toString(settings.steps()),
                Integer.toString(settings.resolution()),
                settings.resize().name()));
        if (settings.sizing().mode() != ResizeMode.CROP) {
            parts.add(settings.sizing().mode().label());
        }
        // The same file has other pixels on another background.
        settings.pictures().decoding().named().forEach((name, value) -> parts.add(name + "=" + value));
        if (settings.tellsPictureSize()) {
            parts.add("told the picture's size");
        }
        if (method != null) {
            parts.addAll(List.of(method, Double.toString(settings.guidance())));
        }
        return ContentKey.of(parts);
    }

    StoredArray stored(String imageHash, String caption, InvertedArray array) {
        return new StoredArray(key(imageHash, caption, array.kind(), array.method()), array);
    }

    /** Those of the arrays that are of this image, this caption and these settings. */
    List<InvertedArray> valid(String imageHash, String caption, List<StoredArray> stored) {
        return stored.stream()
                .filter(each -> Objects.equals(
                        each.key(),
                        key(
                                imageHash,
                                caption,
                                each.array().kind(),
                                each.array().method())))
                .map(StoredArray::array)
                .toList();
    }
}
