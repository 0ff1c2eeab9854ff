package io.sparkinversion.nightly;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkinversion.report.Estimate;

/** The verdict for programs: numbers in full precision, null where one is not defined (JSON has no NaN). */
final class VerdictJson {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private VerdictJson() {}

    static String of(Verdict verdict) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("verdict", verdict.outcome().label());
        root.put("run", verdict.run());
        root.put("when", verdict.when());
        root.put("code_version", verdict.codeVersion());
        root.put("baseline", verdict.baseline());
        root.put("baseline_code_version", verdict.baselineCodeVersion());
        ObjectNode limits = root.putObject("limits");
        limits.put("max_psnr_drop", verdict.limits().maxPsnrDrop());
        limits.put("max_slowdown", verdict.limits().maxSlowdown());
        ArrayNode rows = root.putArray("rows");
        verdict.rows().forEach(row -> add(rows.addObject(), row));
        ArrayNode differences = root.putArray("differences");
        verdict.differences().forEach(difference -> differences
                .addObject()
                .put("setting", difference.name())
                .put("baseline", difference.before())
                .put("now", difference.now())
                .put("effect", difference.effect().text()));
        ArrayNode notes = root.putArray("notes");
        verdict.notes().forEach(notes::add);
        try {
            return MAPPER.writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the verdict could not be written as JSON", e);
        }
    }

    private static void add(ObjectNode node, VerdictRow row) {
        node.put("method", row.combination().method());
        node.put("steps", row.combination().steps());
        ArrayNode breaches = node.putArray("breaches");
        row.breaches()
                .forEach(breach ->
                        breaches.addObject().put("rule", breach.rule().label()).put("text", breach.text()));
        node.put("n", row.count());
        node.put("failed", row.failed());
        add(node, "psnr", row.psnr());
        add(node, "ssim", row.ssim());
        add(node, "lpips", row.lpips());
        add(node, "seconds", row.seconds());
        node.put("compared", row.compared());
        node.put("pairs", row.pairs().size());
        node.put("recovered", row.pairs().recovered());
        node.put("added", row.pairs().added());
        node.put("recaptioned", row.pairs().recaptioned());
        add(node, "psnr_change", row.pairs().psnrChange());
        add(node, "ssim_change", row.pairs().ssimChange());
        add(node, "lpips_change", row.lpipsChange());
        if (row.pairs().clipChange().count() > 0) {
            add(node, "clip_change", row.pairs().clipChange());
        }
        put(node, "slowdown_median", row.pairs().medianSlowdown());
        put(node, "slowdown_total", row.pairs().totalSlowdown());
        node.put("speed_not_judged", row.speedNotJudged().isEmpty() ? null : row.speedNotJudged());
    }

    private static void add(ObjectNode parent, String name, Estimate estimate) {
        ObjectNode node = parent.putObject(name);
        node.put("n", estimate.count());
        put(node, "mean", estimate.mean());
        put(node, "ci_low", estimate.low());
        put(node, "ci_high", estimate.high());
    }

    private static void put(ObjectNode node, String name, double value) {
        if (Double.isFinite(value)) {
            node.put(name, value);
        } else {
            node.putNull(name);
        }
    }
}
