package io.sparkinversion.evaluation.edits;

import io.sparkinversion.evaluation.Palette;
import io.sparkinversion.evaluation.Plots;
import io.sparkinversion.evaluation.edits.EditTable.Line;
import io.sparkinversion.report.Axes;
import io.sparkinversion.report.ChartStyle;
import io.sparkinversion.report.Plot;
import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** How far edits follow their prompts against how much of the image they change, one point an approach. */
final class EditPlot {
    private static final int FRONT_ALPHA = 90;

    private EditPlot() {}

    /** Nothing without CLIP, or without a distance. */
    static Optional<Plot> of(EditTable table) {
        Optional<Measure> distance = Stream.of(Measure.STRUCTURE, Measure.LPIPS)
                .filter(table.measures()::contains)
                .findFirst();
        List<Line> lines = distance.isEmpty()
                ? List.of()
                : table.all().lines().stream()
                        .filter(line -> line.has(Measure.CLIP) && line.has(distance.get()))
                        .toList();
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        Palette palette =
                new Palette(lines.stream().map(line -> line.approach().label()).toList());
        String name = distance.get() == Measure.STRUCTURE ? "structure distance" : "background LPIPS";
        return Optional.of(Plots.plot(
                "edits-tradeoff",
                "Mean CLIP score of the edits with its 95% confidence interval over their mean " + name
                        + ". Nothing is both nearer to the image and to the prompt than what lies on the Pareto front.",
                style -> chart(lines, distance.get(), palette, style)));
    }

    private static XYChart chart(List<Line> lines, Measure distance, Palette palette, ChartStyle style) {
        XYChart chart = style.chart(
                "Prompt against image", distance.header() + " (lower is better)", "CLIP score (higher is better)");
        Axes.linearX(
                chart, lines.stream().mapToDouble(line -> line.mean(distance)).toArray());
        Axes.linearY(
                chart,
                lines.stream()
                        .flatMapToDouble(line -> DoubleStream.of(
                                line.mean(Measure.CLIP)
                                        - line.means().get(Measure.CLIP).half(),
                                line.mean(Measure.CLIP)
                                        + line.means().get(Measure.CLIP).half()))
                        .toArray());
        List<Line> front = front(lines, distance);
        // Behind the points.
        XYSeries behind = chart.addSeries(
                "Pareto front",
                front.stream().mapToDouble(line -> line.mean(distance)).toArray(),
                front.stream().mapToDouble(line -> line.mean(Measure.CLIP)).toArray());
        Color muted = style.muted();
        behind.setXYSeriesRenderStyle(XYSeriesRenderStyle.Line)
                .setMarker(front.size() > 1 ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE);
        behind.setLineStyle(new BasicStroke(9, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        behind.setLineColor(new Color(muted.getRed(), muted.getGreen(), muted.getBlue(), FRONT_ALPHA));
        behind.setMarkerColor(new Color(muted.getRed(), muted.getGreen(), muted.getBlue(), FRONT_ALPHA));
        for (Line line : lines) {
            String label = line.approach().label();
            XYSeries series = chart.addSeries(
                    label, new double[] {line.mean(distance)}, new double[] {line.mean(Measure.CLIP)}, new double[] {
                        line.means().get(Measure.CLIP).half()
                    });
            style.line(series, palette.of(label), 0).setLineStyle(new BasicStroke(1));
            style.marker(series, palette.of(label), palette.index(label));
        }
        return chart;
    }

    /** Those that no other beats in both, by distance upwards. */
    static List<Line> front(List<Line> lines, Measure distance) {
        List<Line> front = new ArrayList<>();
        lines.stream()
                .sorted(Comparator.comparingDouble((Line line) -> line.mean(distance))
                        .thenComparing(line -> -line.mean(Measure.CLIP)))
                .forEach(line -> {
                    if (front.isEmpty()
                            || line.mean(Measure.CLIP)
                                    > front.get(front.size() - 1).mean(Measure.CLIP)) {
                        front.add(line);
                    }
                });
        return front;
    }
}
