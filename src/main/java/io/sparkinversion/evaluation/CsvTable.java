package io.sparkinversion.evaluation;

import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.Share;
import io.sparkinversion.report.TextTable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The table for programs: numbers in full precision, empty where one is not defined. */
final class CsvTable {
    private CsvTable() {}

    static String of(Evaluation evaluation, ResultTable table) {
        List<Map<String, String>> rows = table.rows().stream()
                .map(row -> cells(row, evaluation.lpipsNet()))
                .toList();
        TextTable text = new TextTable(Set.of(), List.copyOf(rows.get(0).keySet()));
        rows.forEach(row -> text.add(List.copyOf(row.values())));
        return text.csv();
    }

    private static Map<String, String> cells(MethodRow row, String lpipsNet) {
        Map<String, String> cells = new LinkedHashMap<>();
        cells.put("method", row.method());
        cells.put("steps", Integer.toString(row.steps()));
        cells.put("n", Integer.toString(row.count()));
        cells.put("failed", Integer.toString(row.failed()));
        cells.put("identical", Integer.toString(row.identical().size()));
        put(cells, "psnr", row.psnr());
        put(cells, "ssim", row.ssim());
        cells.put("lpips_net", lpipsNet == null ? "" : lpipsNet);
        put(cells, "lpips", row.lpips());
        put(cells, "vae_psnr", row.vaePsnr());
        put(cells, "psnr_below_20", row.lowPsnr());
        put(cells, "lpips_above_0.25", row.highLpips());
        put(cells, "psnr_minus_negative_prompt", row.psnrToBaseline());
        put(cells, "lpips_minus_negative_prompt", row.lpipsToBaseline());
        put(cells, "psnr_minus_vae", row.psnrToVae());
        put(cells, "seconds", row.seconds());
        put(cells, "seconds_over_negative_prompt", row.timeRatio());
        cells.put("images_per_second", Numbers.exact(row.imagesPerSecond()));
        cells.put("unet_evaluations_mean", Numbers.exact(row.evaluations().mean()));
        cells.put("unet_evaluations_shallow_mean", Numbers.exact(row.shallow().mean()));
        cells.put("unet_gradients_mean", Numbers.exact(row.gradients().mean()));
        cells.put("inner_steps_mean", Numbers.exact(row.innerSteps().mean()));
        cells.put("peak_memory_bytes", row.peakMemory() == 0 ? "" : Long.toString(row.peakMemory()));
        return cells;
    }

    private static void put(Map<String, String> cells, String name, Estimate estimate) {
        cells.put(name + "_n", Integer.toString(estimate.count()));
        cells.put(name + "_mean", Numbers.exact(estimate.mean()));
        cells.put(name + "_se", Numbers.exact(estimate.standardError()));
        cells.put(name + "_ci_low", Numbers.exact(estimate.low()));
        cells.put(name + "_ci_high", Numbers.exact(estimate.high()));
    }

    private static void put(Map<String, String> cells, String name, Share share) {
        cells.put(name + "_count", Integer.toString(share.count()));
        cells.put(name + "_share", Numbers.exact(share.value()));
        cells.put(name + "_ci_low", Numbers.exact(share.low()));
        cells.put(name + "_ci_high", Numbers.exact(share.high()));
    }
}
