package io.sparkinversion.evaluation;

import io.sparkinversion.weights.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The images that the gallery shows at the main step count: those with the lowest PSNR of negative-prompt (if it was not
 * run, of the first method that inverts), and some drawn by a hash of their ids.
 *
 * @param worst ids, the lowest PSNR first
 * @param random ids drawn independently of the results, so some of the worst may be among them
 */
record GalleryChoice(List<String> worst, List<String> random) {
    private static final int EACH = 20;
    private static final int SEED = 0;

    static GalleryChoice of(Evaluation evaluation) {
        int steps = evaluation.mainSteps();
        List<String> worst = evaluation.at(evaluation.reference(), steps).stream()
                .filter(one -> !one.failed() && !Double.isNaN(one.psnr()))
                .sorted(Comparator.comparingDouble(Measurement::psnr).thenComparing(Measurement::imageId))
                .limit(EACH)
                .map(Measurement::imageId)
                .toList();
        List<String> random = evaluation.measurements().stream()
                .filter(one -> !one.failed() && one.steps() == steps)
                .map(Measurement::imageId)
                .distinct()
                .sorted(Comparator.comparing(GalleryChoice::draw))
                .limit(EACH)
                .toList();
        return new GalleryChoice(worst, random);
    }

    /** The ids of both, each once. */
    Set<String> all() {
        Set<String> ids = new LinkedHashSet<>(worst);
        ids.addAll(random);
        return ids;
    }

    /** The same order for the same ids on every machine, whatever the order of the measurements. */
    private static String draw(String id) {
        return Sha256.of((SEED + ":" + id).getBytes(StandardCharsets.UTF_8));
    }
}
