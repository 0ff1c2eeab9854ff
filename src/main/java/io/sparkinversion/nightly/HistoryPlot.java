package io.sparkinversion.nightly;

import io.sparkinversion.evaluation.Palette;
import io.sparkinversion.nightly.Run.Combination;
import io.sparkinversion.report.ChartStyle;
import io.sparkinversion.report.Estimate;
import java.awt.Color;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Quality and time over the nightly runs: a line for each method and step count, a red point where one failed a run. */
final class HistoryPlot {
    private static final ChartStyle STYLE = ChartStyle.LIGHT;
    private static final Color FAILED = new Color(0xc1121f);

    private final Function<HistoryRow, Estimate> value;
    private final List<HistoryRow> rows;
    private final List<HistoryRow> failed;

    private HistoryPlot(List<HistoryRow> history, Function<HistoryRow, Estimate> value) {
        this.value = value;
        this.rows = history.stream().filter(row -> known(mean(row))).toList();
        this.failed = history.stream().filter(row -> !row.rules().isEmpty()).toList();
    }

    /** A PNG, PSNR above and seconds below. */
    static byte[] png(List<HistoryRow> history) {
        HistoryPlot quality = new HistoryPlot(history, HistoryRow::psnr);
        HistoryPlot time = new HistoryPlot(history, HistoryRow::seconds);
        return STYLE.png(
                quality.chart("Nightly runs: quality", "mean PSNR, dB (bars: 95% CI)"),
                time.logarithmic(time.chart("Nightly runs: time", "seconds per image (logarithmic)")));
    }

    private XYChart chart(String title, String axis) {
        XYChart chart = STYLE.chart(title, "start of the run (UTC)", axis);
        chart.getStyler().setTimezone(TimeZone.getTimeZone("UTC"));
        Palette palette =
                new Palette(rows.stream().map(HistoryRow::method).distinct().toList());
        List<Integer> steps =
                rows.stream().map(HistoryRow::steps).distinct().sorted().toList();
        Map<Combination, List<HistoryRow>> lines = rows.stream()
                .collect(Collectors.groupingBy(HistoryRow::combination, LinkedHashMap::new, Collectors.toList()));
        lines.forEach((combination, own) -> {
            List<Double> bars = own.stream().map(row -> value.apply(row).half()).toList();
            XYSeries series = chart.addSeries(combination.toString(), dates(own), means(own), bars);
            Color colour = palette.of(combination.method());
            STYLE.line(series, colour, steps.indexOf(combination.steps()));
            STYLE.marker(series, colour, palette.index(combination.method()));
        });
        if (!failed.isEmpty()) {
            // What has no number is marked at the bottom.
            double bottom = rows.stream().mapToDouble(this::mean).min().orElse(1);
            List<Double> marks = means(failed).stream()
                    .map(mean -> known(mean) ? mean : bottom)
                    .toList();
            XYSeries series = chart.addSeries("failed", dates(failed), marks);
            series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Scatter);
            series.setMarker(SeriesMarkers.CIRCLE).setMarkerColor(FAILED);
        }
        return chart;
    }

    /** Whole decades, since XChart labels these only. */
    private XYChart logarithmic(XYChart chart) {
        double[] logarithms =
                means(rows).stream().mapToDouble(Math::log10).sorted().toArray();
        if (logarithms.length > 0) {
            double low = Math.floor(logarithms[0]);
            double high = Math.max(low + 1, Math.ceil(logarithms[logarithms.length - 1]));
            chart.getStyler().setYAxisLogarithmic(true);
            chart.getStyler().setYAxisMin(0, Math.pow(10, low)).setYAxisMax(0, Math.pow(10, high));
        }
        return chart;
    }

    private static List<Date> dates(List<HistoryRow> rows) {
        return rows.stream().map(row -> Date.from(row.when())).toList();
    }

    private List<Double> means(List<HistoryRow> rows) {
        return rows.stream().map(this::mean).toList();
    }

    private double mean(HistoryRow row) {
        return value.apply(row).mean();
    }

    private static boolean known(double mean) {
        return mean > 0 && Double.isFinite(mean);
    }
}
