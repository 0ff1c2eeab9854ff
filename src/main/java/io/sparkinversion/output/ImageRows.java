package io.sparkinversion.output;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.engine.EditRecipe.Control;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;

/**
 * Which metrics rows an image has: one a method or, where it is edited, one a method, control and edit.
 *
 * @param approaches what is made of every image, or of every edit, one or more
 */
public record ImageRows(List<Approach> approaches) implements Serializable {

    /** @param control null where nothing is edited */
    public record Approach(String method, String control) implements Serializable {}

    /**
     * What tells an image's rows apart.
     *
     * @param control null where nothing is edited
     * @param edit which of the image's edits, from 0; null where nothing is edited
     */
    public record Key(String method, String control, Integer edit) {}

    public static ImageRows of(JobSettings settings) {
        EditRecipe edit = settings.worker().edit();
        return edit == null ? ofMethods(settings.methodLabels()) : ofEdits(settings.methodLabels(), edit.controls());
    }

    /** Where nothing is edited. */
    public static ImageRows ofMethods(List<String> methods) {
        return new ImageRows(
                methods.stream().map(method -> new Approach(method, null)).toList());
    }

    private static ImageRows ofEdits(List<String> methods, List<Control> controls) {
        List<Approach> approaches = new ArrayList<>();
        for (String method : methods) {
            for (Control control : controls) {
                if (control.takes(method)) {
                    approaches.add(new Approach(method, control.label()));
                }
            }
        }
        return new ImageRows(List.copyOf(approaches));
    }

    public boolean edited() {
        return approaches.get(0).control() != null;
    }

    /** @param edits that were asked of the image */
    public List<Key> keys(int edits) {
        List<Key> keys = new ArrayList<>();
        for (Approach approach : approaches) {
            if (!edited()) {
                keys.add(new Key(approach.method(), null, null));
                continue;
            }
            // An image that could not be planned may have no edit; it has a row all the same.
            for (int edit = 0; edit < Math.max(1, edits); edit++) {
                keys.add(new Key(approach.method(), approach.control(), edit));
            }
        }
        return keys;
    }

    /** True for one row of every image. */
    public Column first() {
        return isFirstEdit(approaches.get(0));
    }

    /** True for one row of every image and method. */
    public Column firstOfMethod() {
        if (!edited()) {
            return lit(true);
        }
        Map<String, Approach> firsts = new LinkedHashMap<>();
        approaches.forEach(approach -> firsts.putIfAbsent(approach.method(), approach));
        return firsts.values().stream().map(this::isFirstEdit).reduce(lit(false), Column::or);
    }

    private Column isFirstEdit(Approach approach) {
        Column method = col("method").equalTo(approach.method());
        return edited()
                ? method.and(col("control").equalTo(approach.control()))
                        .and(col("edit").equalTo(0))
                : method;
    }
}
