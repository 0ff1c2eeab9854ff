package io.sparkinversion.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.when;

import io.sparkinversion.dataset.ManifestSchema;
import io.sparkinversion.engine.EditRecipe;
import io.sparkinversion.worker.WorkerSettings;
import org.apache.spark.sql.Column;

/**
 * What an image costs the UNet, before anything of it has been read: walks along the trajectory, a backward pass counted
 * as two forward ones. Rough: it is compared with other images of the run, and tells how long the run may take until
 * its first images are done.
 */
final class WorkEstimate {
    /** Of an edit under guidance: the edit's caption and the empty one. */
    private static final int WALKS_AN_EDIT = 2;

    private WorkEstimate() {}

    /** Over the columns of {@link ManifestSchema}. */
    static Column of(WorkerSettings settings) {
        boolean inverted = settings.methods().stream()
                .anyMatch(method -> method.reconstruction().usesInversion());
        Column walks = lit((inverted ? 1 : 0)
                + settings.methods().stream()
                        .mapToInt(method -> method.reconstruction().walks())
                        .sum());
        EditRecipe edit = settings.edit();
        if (edit != null) {
            int approaches = (int) edit.controls().stream()
                    .mapToLong(control -> settings.methods().stream()
                            .filter(method -> control.takes(method.label()))
                            .count())
                    .sum();
            // The inversion, and what a method adds to it; its way back is the source branch.
            int starts = 1
                    + settings.methods().stream()
                            .mapToInt(method -> method.reconstruction().walks() - 1)
                            .sum();
            Column samples =
                    size(col(ManifestSchema.EDITS)).multiply(WALKS_AN_EDIT).plus(1);
            walks = samples.multiply(approaches).plus(starts);
        }
        return when(col(ManifestSchema.REJECTION_CODE).isNotNull(), lit(0)).otherwise(walks);
    }
}
