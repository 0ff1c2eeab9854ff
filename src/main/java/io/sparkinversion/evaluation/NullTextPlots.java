package io.sparkinversion.evaluation;

import io.sparkinversion.report.Axes;
import io.sparkinversion.report.ChartStyle;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Plot;
import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * What null-text inversion's optimisation does along the trajectory, at the main step count. Negative-prompt inversion
 * rests on the claim that the optimised embedding comes near the caption's (arXiv 2305.16807); this measures it.
 */
final class NullTextPlots {
    private static final int BAND_ALPHA = 48;

    private NullTextPlots() {}

    static List<Plot> of(Evaluation evaluation, Palette palette) {
        List<Plot> plots = new ArrayList<>();
        Function<Measurement, double[]> cosine = Measurement::nullTextCosine;
        Function<Measurement, double[]> inner =
                one -> Arrays.stream(one.nullTextInnerSteps()).asDoubleStream().toArray();
        if (has(evaluation, cosine)) {
            plots.add(Plots.plot(
                    "null-text-cosine",
                    "Cosine similarity of null-text's optimised embedding and the caption's at each step: mean over the"
                            + " images, band from the least to the most. 1 is what negative-prompt inversion assumes.",
                    style -> chart(
                            evaluation,
                            palette,
                            style,
                            "Null-text embedding against caption",
                            "cosine similarity",
                            cosine)));
        }
        if (has(evaluation, inner)) {
            plots.add(Plots.plot(
                    "null-text-inner-steps",
                    "Null-text's optimisation steps at each step of the trajectory: mean over the images, band from the"
                            + " least to the most.",
                    style -> chart(evaluation, palette, style, "Null-text optimisation", "inner steps", inner)));
        }
        return plots;
    }

    private static boolean has(Evaluation evaluation, Function<Measurement, double[]> values) {
        return evaluation.methods().stream()
                .anyMatch(method -> !courses(evaluation, method, values).isEmpty());
    }

    private static XYChart chart(
            Evaluation evaluation,
            Palette palette,
            ChartStyle style,
            String title,
            String axis,
            Function<Measurement, double[]> values) {
        XYChart chart = style.chart(title, "denoising step, from noise to image", axis);
        List<String> methods = evaluation.methods().stream()
                .filter(method -> !courses(evaluation, method, values).isEmpty())
                .toList();
        // bands first, so that no line is behind another method's band
        methods.forEach(
                method -> addBand(chart, style, palette.of(method), method, courses(evaluation, method, values)));
        methods.forEach(method -> addMean(chart, style, palette, method, courses(evaluation, method, values)));
        double[] all = methods.stream()
                .flatMap(method -> courses(evaluation, method, values).stream())
                .flatMapToDouble(Arrays::stream)
                .toArray();
        int longest = methods.stream()
                .mapToInt(method -> longest(courses(evaluation, method, values)))
                .max()
                .orElse(1);
        Axes.integersX(
                chart,
                IntStream.rangeClosed(1, longest)
                        .filter(step -> step == 1 || step % 5 == 0 || step == longest)
                        .boxed()
                        .toList());
        Axes.linearY(chart, all);
        return chart;
    }

    private static void addBand(XYChart chart, ChartStyle style, Color colour, String method, List<double[]> courses) {
        int steps = longest(courses);
        if (courses.size() < 2 || steps < 2) {
            return;
        }
        double[] x = new double[2 * steps];
        double[] y = new double[2 * steps];
        for (int i = 0; i < steps; i++) {
            x[i] = i + 1;
            y[i] = Arrays.stream(column(courses, i)).min().orElseThrow();
            x[2 * steps - 1 - i] = i + 1;
            y[2 * steps - 1 - i] = Arrays.stream(column(courses, i)).max().orElseThrow();
        }
        Color shown = style.colour(colour);
        XYSeries band = chart.addSeries(method + ": from least to most", x, y);
        band.setXYSeriesRenderStyle(XYSeriesRenderStyle.PolygonArea);
        band.setFillColor(new Color(shown.getRed(), shown.getGreen(), shown.getBlue(), BAND_ALPHA));
        band.setLineColor(new Color(0, 0, 0, 0)).setLineStyle(new BasicStroke(0));
        band.setMarker(SeriesMarkers.NONE);
        band.setShowInLegend(false);
    }

    private static void addMean(
            XYChart chart, ChartStyle style, Palette palette, String method, List<double[]> courses) {
        int steps = longest(courses);
        double[] x = IntStream.rangeClosed(1, steps).asDoubleStream().toArray();
        double[] y = IntStream.range(0, steps)
                .mapToDouble(i -> Estimate.of(column(courses, i)).mean())
                .toArray();
        XYSeries series = style.line(chart.addSeries(method, x, y), palette.of(method), palette.index(method));
        if (steps == 1) {
            style.marker(series, palette.of(method), palette.index(method));
        }
    }

    private static int longest(List<double[]> courses) {
        return courses.stream().mapToInt(course -> course.length).max().orElse(0);
    }

    private static double[] column(List<double[]> courses, int step) {
        return courses.stream()
                .filter(course -> course.length > step)
                .mapToDouble(course -> course[step])
                .toArray();
    }

    private static List<double[]> courses(
            Evaluation evaluation, String method, Function<Measurement, double[]> values) {
        return evaluation.at(method, evaluation.mainSteps()).stream()
                .filter(one -> !one.failed())
                .map(values)
                .filter(course -> course.length > 0)
                .filter(course -> Arrays.stream(course).allMatch(Double::isFinite))
                .toList();
    }
}
