package io.sparkinversion.evaluation;

import io.sparkinversion.report.Axes;
import io.sparkinversion.report.ChartStyle;
import io.sparkinversion.report.Numbers;
import io.sparkinversion.report.Plot;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

/** How the images' values spread, at the main step count: what a mean hides. */
final class DistributionPlots {
    /** More points than pixels show nothing more. */
    private static final int MOST_POINTS = 500;

    private DistributionPlots() {}

    /**
     * What is on the x axis.
     *
     * @param name begins the name of the plot's file
     * @param what for the title
     * @param axis its label
     * @param better where better values are, and the rest of the caption
     * @param value of an image
     * @param bound of the failure rate
     */
    private record Quantity(
            String name, String what, String axis, String better, ToDoubleFunction<Measurement> value, double bound) {}

    static List<Plot> of(Evaluation evaluation, Palette palette) {
        Quantity psnr = new Quantity(
                "psnr",
                "PSNR",
                "PSNR, dB",
                "right is better. Identical images are infinitely far to the right.",
                Measurement::psnr,
                MethodRow.LOW_PSNR);
        Quantity lpips = new Quantity(
                "lpips",
                "LPIPS",
                "LPIPS " + evaluation.lpipsNet(),
                "left is better.",
                Measurement::lpips,
                MethodRow.HIGH_LPIPS);
        return Stream.of(psnr, lpips)
                .filter(quantity -> evaluation.methods().stream()
                        .anyMatch(method -> sorted(evaluation, method, quantity).length > 0))
                .map(quantity -> Plots.plot(
                        quantity.name() + "-distribution",
                        "For each " + quantity.what()
                                + ", the share of images below it. Dashed: the bound of the failure"
                                + " rate. A curve further to the " + quantity.better(),
                        style -> chart(evaluation, quantity, palette, style)))
                .toList();
    }

    private static XYChart chart(Evaluation evaluation, Quantity quantity, Palette palette, ChartStyle style) {
        String title = quantity.what() + " of single images at " + Numbers.count(evaluation.mainSteps(), "step");
        XYChart chart = style.chart(title, quantity.axis(), "share of images, %");
        double low = quantity.bound();
        double high = quantity.bound();
        for (String method : evaluation.methods()) {
            double[] sorted = sorted(evaluation, method, quantity);
            if (sorted.length > 0) {
                long total = evaluation.at(method, evaluation.mainSteps()).stream()
                        .filter(one -> !one.failed())
                        .count();
                add(chart, style, palette, method, sorted, total);
                low = Math.min(low, sorted[0]);
                high = Math.max(high, sorted[sorted.length - 1]);
            }
        }
        Axes.linearX(chart, low, high);
        Axes.percentY(chart);
        chart.addAnnotation(new AnnotationLine(quantity.bound(), true, false));
        return chart;
    }

    /** The empirical distribution function: a step up at each value. */
    private static void add(
            XYChart chart, ChartStyle style, Palette palette, String method, double[] sorted, long total) {
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

    private static double[] sorted(Evaluation evaluation, String method, Quantity quantity) {
        return evaluation.at(method, evaluation.mainSteps()).stream()
                .filter(one -> !one.failed())
                .mapToDouble(quantity.value())
                .filter(Double::isFinite)
                .sorted()
                .toArray();
    }
}
