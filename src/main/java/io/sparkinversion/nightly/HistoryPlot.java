package io.sparkinversion.nightly;

import io.sparkinversion.evaluation.Palette;
import io.sparkinversion.nightly.Run.Combination;
import io.sparkinversion.nightly.Verdict.Outcome;
import io.sparkinversion.report.Axes;
import io.sparkinversion.report.ChartStyle;
import io.sparkinversion.report.ChartTick;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Numbers;
import java.awt.BasicStroke;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Quality and time over the nightly runs: a line for each method and step count, a ring around each point that broke a
 * rule, a dashed line through each run that failed.
 */
public final class HistoryPlot {
    /** More do not fit side by side. */
    private static final int MOST_RUNS = 60;

    private static final int MOST_LABELS = 8;
    private static final double ROOM = 0.03;
    /** With more runs than this, markers of the usual size would touch. */
    private static final int CROWDED = 24;

    private static final int SMALL_MARKER = 6;
    private static final String RUN = "run (UTC)";
    private static final Color FAILED = new Color(0xc1121f);
    private static final Set<Rule> OF_TIME = Set.of(Rule.SLOWDOWN);

    private final List<HistoryRow> rows;
    private final List<String> runs;
    private final Map<Combination, List<HistoryRow>> lines = new LinkedHashMap<>();
    private final Palette palette;
    private final List<Integer> steps;

    private HistoryPlot(List<HistoryRow> history) {
        List<String> all = history.stream().map(HistoryRow::run).distinct().toList();
        this.runs = all.subList(Math.max(0, all.size() - MOST_RUNS), all.size());
        this.rows = history.stream().filter(row -> runs.contains(row.run())).toList();
        for (HistoryRow row : rows) {
            lines.computeIfAbsent(new Combination(row.method(), row.steps()), key -> new ArrayList<>())
                    .add(row);
        }
        this.palette =
                new Palette(rows.stream().map(HistoryRow::method).distinct().toList());
        this.steps = List.copyOf(new TreeSet<>(
                rows.stream().map(HistoryRow::steps).filter(count -> count > 0).toList()));
    }

    /**
     * A PNG of the last runs, quality above and time below.
     *
     * @param history in the order of the runs, at least one row
     * @throws IllegalArgumentException if there is none
     */
    public static byte[] png(List<HistoryRow> history) {
        if (history.isEmpty()) {
            throw new IllegalArgumentException("a history without runs cannot be drawn");
        }
        HistoryPlot plot = new HistoryPlot(history);
        return HistoryPanels.png(plot.quality(ChartStyle.LIGHT), plot.time(ChartStyle.LIGHT));
    }

    private XYChart quality(ChartStyle style) {
        XYChart chart = style.chart("Nightly runs: quality" + atSteps(), RUN, "mean PSNR, dB (bars: 95% CI)");
        draw(chart, style, HistoryRow::psnr, false);
        return chart;
    }

    private XYChart time(ChartStyle style) {
        XYChart chart = style.chart("Nightly runs: time" + atSteps(), RUN, "seconds per image (logarithmic)");
        draw(chart, style, HistoryRow::seconds, true);
        return chart;
    }

    private String atSteps() {
        return steps.size() == 1 ? " at " + Numbers.count(steps.get(0), "step") : "";
    }

    private void draw(XYChart chart, ChartStyle style, Function<HistoryRow, Estimate> value, boolean time) {
        double[] extent = rows.stream()
                .map(value)
                .filter(mean -> shown(mean, time))
                .flatMapToDouble(mean -> DoubleStream.of(mean.mean() - bar(mean, time), mean.mean() + bar(mean, time)))
                .toArray();
        if (time) {
            Axes.logarithmicY(chart, extent);
        } else {
            Axes.linearY(chart, extent);
        }
        runAxis(chart);
        if (runs.size() > CROWDED) {
            chart.getStyler().setMarkerSize(SMALL_MARKER);
        }
        addFailedRuns(chart);
        lines.forEach((combination, own) -> addLine(chart, style, combination, own, value, time));
        addBreaches(chart, style, value, time);
    }

    private void addLine(
            XYChart chart,
            ChartStyle style,
            Combination combination,
            List<HistoryRow> own,
            Function<HistoryRow, Estimate> value,
            boolean time) {
        double[] y = new double[runs.size()];
        double[] bars = new double[runs.size()];
        Arrays.fill(y, Double.NaN);
        for (HistoryRow row : own) {
            Estimate mean = value.apply(row);
            if (shown(mean, time)) {
                y[runs.indexOf(row.run())] = mean.mean();
                bars[runs.indexOf(row.run())] = bar(mean, time);
            }
        }
        if (Arrays.stream(y).allMatch(Double::isNaN)) {
            return;
        }
        XYSeries series = chart.addSeries(name(combination), positions(), y, bars);
        Color colour = palette.of(combination.method());
        style.line(series, colour, Math.max(0, steps.indexOf(combination.steps())));
        style.marker(series, colour, palette.index(combination.method()));
    }

    /** One entry of the legend for all of them. */
    private void addFailedRuns(XYChart chart) {
        List<Integer> failed = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            String run = runs.get(i);
            if (rows.stream().anyMatch(row -> row.run().equals(run) && row.verdict() == Outcome.FAIL)) {
                failed.add(i);
            }
        }
        if (failed.isEmpty()) {
            return;
        }
        double low = chart.getStyler().getYAxisMin(0);
        double high = chart.getStyler().getYAxisMax(0);
        // Up, down, and a gap before the next.
        double[] x =
                failed.stream().flatMapToDouble(i -> DoubleStream.of(i, i, i)).toArray();
        double[] y = failed.stream()
                .flatMapToDouble(i -> DoubleStream.of(low, high, Double.NaN))
                .toArray();
        XYSeries series = chart.addSeries("failed run", x, y);
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Line).setMarker(SeriesMarkers.NONE);
        series.setLineColor(FAILED);
        series.setLineStyle(
                new BasicStroke(1.4f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {5, 4}, 0));
    }

    private void addBreaches(XYChart chart, ChartStyle style, Function<HistoryRow, Estimate> value, boolean time) {
        List<HistoryRow> broken = rows.stream()
                .filter(row -> row.rules().stream().anyMatch(rule -> OF_TIME.contains(rule) == time))
                .filter(row -> shown(value.apply(row), time))
                .toList();
        if (broken.isEmpty()) {
            return;
        }
        XYSeries series = chart.addSeries(
                time ? "too slow" : "worse or incomplete",
                broken.stream().mapToDouble(row -> runs.indexOf(row.run())).toArray(),
                broken.stream().mapToDouble(row -> value.apply(row).mean()).toArray());
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
        series.setMarker(new HistoryRing(FAILED, style.background()));
    }

    /** A place for each run, whatever the time between them; the last one always has its label. */
    private void runAxis(XYChart chart) {
        double room = Math.max(0.5, runs.size() * ROOM);
        XYStyler styler = chart.getStyler();
        styler.setXAxisMin(-room).setXAxisMax(runs.size() - 1 + room);
        styler.setPlotGridVerticalLinesVisible(false).setXAxisTicksVisible(false);
        List<String> labels =
                HistoryPanels.labels(runs.stream().map(this::began).toList());
        int stride = (runs.size() + MOST_LABELS - 1) / MOST_LABELS;
        for (int run = runs.size() - 1; run >= 0; run -= stride) {
            chart.addAnnotation(ChartTick.onX(run, labels.get(run), styler));
        }
    }

    private String began(String run) {
        return rows.stream()
                .filter(row -> row.run().equals(run))
                .findFirst()
                .orElseThrow()
                .when();
    }

    private double[] positions() {
        double[] positions = new double[runs.size()];
        Arrays.setAll(positions, i -> i);
        return positions;
    }

    private String name(Combination combination) {
        return steps.size() < 2 || combination.steps() == 0
                ? combination.method()
                : combination.method() + ", " + Numbers.count(combination.steps(), "step");
    }

    private static boolean shown(Estimate mean, boolean logarithmic) {
        return Double.isFinite(mean.mean()) && (!logarithmic || mean.mean() > 0);
    }

    /** A bar that would reach zero has no place on a logarithmic axis. */
    private static double bar(Estimate mean, boolean logarithmic) {
        return logarithmic && mean.half() >= mean.mean() ? 0 : mean.half();
    }
}
