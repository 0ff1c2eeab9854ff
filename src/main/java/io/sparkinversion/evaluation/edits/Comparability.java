package io.sparkinversion.evaluation.edits;

import io.sparkinversion.output.RunJson;
import io.sparkinversion.report.Numbers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether figures of published rows may stand beside a run's. */
final class Comparability {
    private static final String CLIP = "clip-vit-large-patch14";
    private static final String DINO = "vitb8";

    private final RunJson run;
    private final boolean pieBench;

    /** @param pieBench whether the dataset is PIE-Bench: it has a category and a mask for every entry */
    Comparability(RunJson run, boolean pieBench) {
        this.run = run;
        this.pieBench = pieBench;
    }

    /** Why no figure of published tables may stand beside this run's; empty where they may. */
    List<String> obstacles() {
        List<String> obstacles = new ArrayList<>();
        if (!pieBench) {
            obstacles.add("the dataset is not PIE-Bench");
        }
        if (run.model().id().startsWith("fake:")) {
            obstacles.add("the model's weights are made up");
        }
        number("resolution", PublishedRow.RESOLUTION, "pixels").ifPresent(obstacles::add);
        number("steps", PublishedRow.STEPS, "steps").ifPresent(obstacles::add);
        number("guidance", PublishedRow.GUIDANCE, "as guidance").ifPresent(obstacles::add);
        return obstacles;
    }

    private Optional<String> number(String setting, double expected, String unit) {
        String found = run.settings().get(setting);
        return found != null && Double.parseDouble(found) == expected
                ? Optional.empty()
                : Optional.of("it has " + found + " " + unit + " where the rows have " + Numbers.count(expected));
    }

    /** Whether the column was measured with the evaluation's own network. */
    boolean has(Measure measure) {
        return switch (measure) {
            case LPIPS -> "squeeze".equals(run.settings().get("lpips_net"));
            case CLIP, CLIP_EDITED, CLIP_SOURCE ->
                String.valueOf(run.settings().get("clip_model")).contains(CLIP);
            case STRUCTURE -> String.valueOf(run.settings().get("dino_model")).contains(DINO);
            case SECONDS -> false;
            case PSNR, MSE, SSIM -> true;
        };
    }
}
