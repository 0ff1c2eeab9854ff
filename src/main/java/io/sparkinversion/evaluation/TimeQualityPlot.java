package io.sparkinversion.evaluation;

import io.sparkinversion.report.Axes;
import io.sparkinversion.report.ChartStyle;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Numbers;
import java.awt.BasicStroke;
import java.awt.Color;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.knowm.xchart.AnnotationLine;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Quality against time, every method and step count in one picture. */
final class TimeQualityPlot {
    private static final int FRONT_ALPHA = 90;
    private static final double AROUND_A_POINT = 1.08;
    private static final double NEAR_TIME = 0.1;
    private static final double NEAR_HEIGHT = 0.05;

    private TimeQualityPlot() {}

    /** Whether there is a point to draw. */
    static boolean applies(ResultTable table) {
        return !rows(table).isEmpty();
    }

    static XYChart chart(Evaluation evaluation, ResultTable table, Palette palette, ChartStyle style) {
        XYChart chart = style.chart("Quality against time", "seconds per image (logarithmic)", "mean PSNR, dB");
        List<MethodRow> rows = rows(table);
        double ceiling = ceiling(table);
        Axes.logarithmicX(chart, values(rows, row -> row.seconds().mean()));
        Axes.linearY(
                chart,
                rows.stream()
                        .flatMapToDouble(row -> DoubleStream.of(
                                row.psnr().mean() - row.psnr().half(),
                                row.psnr().mean() + row.psnr().half(),
                                ceiling))
                        .toArray());
        addFront(chart, ParetoFront.of(rows), style);
        for (String method : evaluation.methods()) {
            List<MethodRow> own =
                    rows.stream().filter(row -> row.method().equals(method)).toList();
            if (!own.isEmpty()) {
                XYSeries series = chart.addSeries(
                        method,
                        values(own, row -> row.seconds().mean()),
                        values(own, row -> row.psnr().mean()),
                        values(own, row -> row.psnr().half()));
                style.line(series, palette.of(method), 0).setLineStyle(new BasicStroke(1));
                style.marker(series, palette.of(method), palette.index(method));
            }
        }
        if (!Double.isNaN(ceiling)) {
            String text = "VAE ceiling " + Numbers.fixed(ceiling, 2) + " dB";
            chart.addAnnotation(new AnnotationLine(ceiling, false, false));
            chart.addAnnotation(style.text(text, chart.getStyler().getXAxisMin(), ceiling));
        }
        if (evaluation.steps().size() > 1) {
            addStepCounts(chart, style, rows);
        }
        return chart;
    }

    private static List<MethodRow> rows(ResultTable table) {
        return table.rows().stream()
                .filter(row -> row.psnr().count() > 0 && row.seconds().mean() > 0)
                .filter(row -> !row.method().equals(Evaluation.VAE))
                .toList();
    }

    /** Equal counts of methods that lie on one another are written once. */
    private static void addStepCounts(XYChart chart, ChartStyle style, List<MethodRow> rows) {
        double height = chart.getStyler().getYAxisMax(0) - chart.getStyler().getYAxisMin(0);
        for (MethodRow row : rows) {
            boolean written = rows.subList(0, rows.indexOf(row)).stream()
                    .anyMatch(other -> other.steps() == row.steps()
                            && Math.abs(Math.log(other.seconds().mean()
                                            / row.seconds().mean()))
                                    < NEAR_TIME
                            && Math.abs(other.psnr().mean() - row.psnr().mean()) < NEAR_HEIGHT * height);
            if (!written) {
                String count = Integer.toString(row.steps());
                chart.addAnnotation(
                        style.text(count, row.seconds().mean(), row.psnr().mean()));
            }
        }
    }

    /** Behind the methods' own series, so it comes first. */
    private static void addFront(XYChart chart, List<MethodRow> front, ChartStyle style) {
        if (front.isEmpty()) {
            return;
        }
        double[] seconds = values(front, row -> row.seconds().mean());
        double[] decibels = values(front, row -> row.psnr().mean());
        // A line through one point shows nothing: a short stroke on either side of it does.
        XYSeries series = front.size() > 1
                ? chart.addSeries("Pareto front", seconds, decibels)
                : chart.addSeries(
                        "Pareto front",
                        new double[] {seconds[0] / AROUND_A_POINT, seconds[0] * AROUND_A_POINT},
                        new double[] {decibels[0], decibels[0]});
        Color muted = style.muted();
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Line).setMarker(SeriesMarkers.NONE);
        series.setLineStyle(new BasicStroke(9, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        series.setLineColor(new Color(muted.getRed(), muted.getGreen(), muted.getBlue(), FRONT_ALPHA));
    }

    /** Of the row over the most images: the others are over a part of them. */
    private static double ceiling(ResultTable table) {
        Estimate best = Estimate.of();
        for (MethodRow row : table.rows()) {
            best = row.vaePsnr().count() > best.count() ? row.vaePsnr() : best;
        }
        return best.mean();
    }

    private static double[] values(List<MethodRow> rows, ToDoubleFunction<MethodRow> value) {
        return rows.stream().mapToDouble(value).toArray();
    }
}
