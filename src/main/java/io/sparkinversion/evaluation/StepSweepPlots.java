package io.sparkinversion.evaluation;

import io.sparkinversion.report.Axes;
import io.sparkinversion.report.ChartStyle;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Plot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

/** Quality and time over the number of DDIM steps, where there is more than one number. */
final class StepSweepPlots {
    private StepSweepPlots() {}

    /**
     * What is on the y axis.
     *
     * @param logarithmic whether the axis is
     */
    private record Quantity(String title, String axis, Function<MethodRow, Estimate> value, boolean logarithmic) {
        double of(MethodRow row) {
            return value.apply(row).mean();
        }

        /** A bar that would reach zero has no place on a logarithmic axis. */
        double half(MethodRow row) {
            double half = value.apply(row).half();
            return logarithmic && half >= of(row) ? 0 : half;
        }

        List<MethodRow> rows(ResultTable table) {
            return table.rows().stream()
                    .filter(row -> !row.method().equals(Evaluation.VAE))
                    .filter(row -> Double.isFinite(of(row)) && (!logarithmic || of(row) > 0))
                    .toList();
        }
    }

    static List<Plot> of(Evaluation evaluation, ResultTable table, Palette palette) {
        List<Plot> plots = new ArrayList<>();
        if (evaluation.steps().size() < 2) {
            return plots;
        }
        add(
                plots,
                "psnr-steps",
                "Mean PSNR over the number of steps, with 95% confidence intervals.",
                new Quantity("PSNR over steps", "mean PSNR, dB", MethodRow::psnr, false),
                evaluation,
                table,
                palette);
        if (evaluation.lpipsNet() != null) {
            String axis = "mean LPIPS " + evaluation.lpipsNet();
            add(
                    plots,
                    "lpips-steps",
                    "Mean LPIPS over the number of steps, with 95% confidence intervals; lower is better.",
                    new Quantity("LPIPS over steps", axis, MethodRow::lpips, false),
                    evaluation,
                    table,
                    palette);
        }
        add(
                plots,
                "seconds-steps",
                "Mean seconds an image over the number of steps, with 95% confidence intervals.",
                new Quantity("Time over steps", "seconds per image (logarithmic)", MethodRow::seconds, true),
                evaluation,
                table,
                palette);
        return plots;
    }

    private static void add(
            List<Plot> plots,
            String name,
            String caption,
            Quantity quantity,
            Evaluation evaluation,
            ResultTable table,
            Palette palette) {
        if (!quantity.rows(table).isEmpty()) {
            plots.add(Plots.plot(name, caption, style -> chart(evaluation, table, palette, style, quantity)));
        }
    }

    private static XYChart chart(
            Evaluation evaluation, ResultTable table, Palette palette, ChartStyle style, Quantity quantity) {
        XYChart chart = style.chart(quantity.title(), "DDIM steps", quantity.axis());
        List<MethodRow> rows = quantity.rows(table);
        double[] extent = rows.stream()
                .flatMapToDouble(row ->
                        DoubleStream.of(quantity.of(row) - quantity.half(row), quantity.of(row) + quantity.half(row)))
                .toArray();
        if (quantity.logarithmic()) {
            Axes.logarithmicY(chart, extent);
        } else {
            Axes.linearY(chart, extent);
        }
        Axes.integersX(chart, rows.stream().map(MethodRow::steps).toList());
        for (String method : evaluation.methods()) {
            List<MethodRow> own =
                    rows.stream().filter(row -> row.method().equals(method)).toList();
            if (!own.isEmpty()) {
                XYSeries series = chart.addSeries(
                        method,
                        own.stream().mapToDouble(MethodRow::steps).toArray(),
                        own.stream().mapToDouble(quantity::of).toArray(),
                        own.stream().mapToDouble(quantity::half).toArray());
                style.line(series, palette.of(method), palette.index(method));
                style.marker(series, palette.of(method), palette.index(method));
            }
        }
        return chart;
    }
}
