package io.sparkinversion.evaluation;

import io.sparkinversion.report.Axes;
import io.sparkinversion.report.ChartStyle;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.Plot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

/** How the images' values spread, at the main step count: what a mean hides. */
final class DistributionPlots {
    /** More points than pixels show nothing more. */
    private static final int MOST_POINTS = 500;

    private DistributionPlots() {}

    static List<Plot> of(Evaluation evaluation, Palette palette) {
        List<Plot> plots = new ArrayList<>();
        String at = " at " + Numbers.count(evaluation.mainSteps(), "step");
        if (has(evaluation, Measurement::psnr)) {
            plots.add(Plots.plot(
                    "psnr-distribution",
                    "For each PSNR, the share of images below it; a curve further to the right is better. Dashed:"
                            + " the bound of the failure rate. Identical images are infinitely far to the right.",
                    style -> chart(
                            evaluation,
                            palette,
                            style,
                            "PSNR of single images" + at,
                            "PSNR, dB",
                            Measurement::psnr,
                            MethodRow.LOW_PSNR)));
        }
        if (evaluation.lpipsNet() != null && has(evaluation, Measurement::lpips)) {
            plots.add(Plots.plot(
                    "lpips-distribution",
                    "For each LPIPS, the share of images below it; a curve further to the left is better. Dashed: the"
                            + " bound of the failure rate.",
                    style -> chart(
                            evaluation,
                            palette,
                            style,
                            "LPIPS of single images" + at,
                            "LPIPS " + evaluation.lpipsNet(),
                            Measurement::lpips,
                            MethodRow.HIGH_LPIPS)));
        }
        return plots;
    }

    private static boolean has(Evaluation evaluation, ToDoubleFunction<Measurement> value) {
        return evaluation.methods().stream()
                .anyMatch(method -> sorted(evaluation.at(method, evaluation.mainSteps()), value).length > 0);
    }

    private static XYChart chart(
            Evaluation evaluation,
            Palette palette,
            ChartStyle style,
            String title,
            String axis,
            ToDoubleFunction<Measurement> value,
            double bound) {
        XYChart chart = style.chart(title, axis, "share of images, %");
        double low = bound;
        double high = bound;
        for (String method : evaluation.methods()) {
            List<Measurement> own = evaluation.at(method, evaluation.mainSteps());
            double[] sorted = sorted(own, value);
            if (sorted.length > 0) {
                int total = (int) own.stream().filter(one -> !one.failed()).count();
                add(chart, style, palette, method, sorted, total);
                low = Math.min(low, sorted[0]);
                high = Math.max(high, sorted[sorted.length - 1]);
            }
        }
        Axes.linearX(chart, low, high);
        Axes.percentY(chart);
        chart.addAnnotation(new AnnotationLine(bound, true, false));
        return chart;
    }

    /** The empirical distribution function: a step up at each value. */
    private static void add(
            XYChart chart, ChartStyle style, Palette palette, String method, double[] sorted, int total) {
        int points = Math.min(sorted.length, MOST_POINTS);
        double[] x = new double[2 * points];
        double[] y = new double[2 * points];
        for (int i = 0; i < points; i++) {
            int rank = points == 1 ? 0 : (int) Math.round((double) i * (sorted.length - 1) / (points - 1));
            x[2 * i] = sorted[rank];
            y[2 * i] = i == 0 ? 0 : y[2 * i - 1];
            x[2 * i + 1] = sorted[rank];
            y[2 * i + 1] = 100 * (rank + 1.0) / total;
        }
        XYSeries series = chart.addSeries(method, x, y);
        style.line(series, palette.of(method), palette.index(method));
    }

    private static double[] sorted(List<Measurement> measurements, ToDoubleFunction<Measurement> value) {
        return measurements.stream()
                .filter(one -> !one.failed())
                .mapToDouble(value)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
    }
}
