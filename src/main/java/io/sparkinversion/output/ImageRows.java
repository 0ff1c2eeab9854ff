package io.sparkinversion.output;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.sparkinversion.engine.EditRecipe;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;

/**
 * Which metrics rows an image has: one a method or, where it is edited, one a method, control and edit.
 *
 * @param methods names of the methods
 * @param controls names of the controls; empty where nothing is edited
 */
public record ImageRows(List<String> methods, List<String> controls) implements Serializable {

    /**
     * What tells an image's rows apart.
     *
     * @param control null where nothing is edited
     * @param edit which of the image's edits, from 0; null where nothing is edited
     */
    public record Key(String method, String control, Integer edit) {}

    public static ImageRows of(JobSettings settings) {
        EditRecipe edit = settings.worker().edit();
        return new ImageRows(
                settings.methodLabels(),
                edit == null
                        ? List.of()
                        : edit.controls().stream()
                                .map(EditRecipe.Control::label)
                                .toList());
    }

    public boolean edited() {
        return !controls.isEmpty();
    }

    /** @param edits that were asked of the image */
    public List<Key> keys(int edits) {
        List<Key> keys = new ArrayList<>();
        for (String method : methods) {
            if (!edited()) {
                keys.add(new Key(method, null, null));
            }
            for (String control : controls) {
                // An image that could not be planned may have no edit; it has a row all the same.
                for (int edit = 0; edit < Math.max(1, edits); edit++) {
                    keys.add(new Key(method, control, edit));
                }
            }
        }
        return keys;
    }

    /** True for one row of every image. */
    public Column first() {
        return col("method").equalTo(methods.get(0)).and(firstOfMethod());
    }

    /** True for one row of every image and method. */
    public Column firstOfMethod() {
        return edited()
                ? col("control").equalTo(controls.get(0)).and(col("edit").equalTo(0))
                : lit(true);
    }
}
