package io.sparkinversion.job;

import io.sparkinversion.output.ResultSchema;
import io.sparkinversion.worker.EditOutcome.EditScores;
import io.sparkinversion.worker.EditOutcome.Made;
import io.sparkinversion.worker.ImageOutcome.Scores;
import java.util.HashMap;
import java.util.Map;

/** What the tables have of an edit that was made. */
final class EditRow {
    private EditRow() {}

    /** The columns of its metrics row that no other rows have, and those of its inversion and source branch. */
    static Map<String, Object> metrics(Made made, Scores ceiling) {
        Map<String, Object> row = new HashMap<>();
        row.put("status", ResultSchema.OK);
        OutcomeRows.scores(row, "", made.reconstructionScores());
        OutcomeRows.scores(row, "vae_", ceiling);
        EditScores scores = made.editScores();
        OutcomeRows.scores(row, "edit_", scores.whole());
        OutcomeRows.scores(row, "outside_", scores.outside());
        OutcomeRows.scores(row, "inside_", scores.inside());
        OutcomeRows.scores(row, "pie_bench_", scores.pieBench());
        OutcomeRows.number(row, "pie_bench_mse", scores.pieBenchMse());
        OutcomeRows.number(row, "clip", scores.clip());
        OutcomeRows.number(row, "clip_original", scores.clipOriginal());
        OutcomeRows.number(row, "clip_source", scores.clipSource());
        OutcomeRows.number(row, "clip_edited", scores.clipEdited());
        OutcomeRows.number(row, "structure_distance", scores.structure());
        if (made.mask() != null) {
            row.put("mask", made.mask().source());
            row.put("mask_share", made.mask().share());
        }
        OutcomeRows.cost(row, made.cost());
        row.put("unet_evaluations", (int) row.get("unet_evaluations") + made.evaluations());
        row.put("unet_evaluations_edit", made.evaluations());
        row.put("seconds_edit", made.seconds());
        row.put("seconds_total", made.cost().totalSeconds() + made.seconds());
        return row;
    }

    /** The pictures beside the original, PNG by column. */
    static Map<String, byte[]> pictures(Made made) {
        Map<String, byte[]> pictures = new HashMap<>();
        pictures.put("reconstruction", made.reconstruction());
        pictures.put("edited", made.edited());
        if (made.mask() != null) {
            pictures.put("mask", made.mask().picture());
        }
        return pictures;
    }
}
