package io.sparkinversion.evaluation;

import io.sparkinversion.report.Axes;
import io.sparkinversion.report.ChartStyle;
import io.sparkinversion.report.Estimate;
import io.sparkinversion.report.Plot;
import java.util.List;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;

/** Quality and time over the number of DDIM steps, if there is more than one number. */
final class StepSweepPlots {
    private StepSweepPlots() {}

    /**
     * What is on the y axis.
     *
     * @param name of the plot's file
     * @param what for the title
     * @param caption what the plot shows
     * @param axis its label
     * @param value what is drawn
     * @param logarithmic whether the axis is
     */
    private record Quantity(
            String name,
            String what,
            String caption,
            String axis,
            Function<MethodRow, Estimate> value,
            boolean logarithmic) {
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
        if (evaluation.steps().size() < 2) {
            return List.of();
        }
        Quantity psnr = new Quantity("psnr-steps", "PSNR", "Mean PSNR", "mean PSNR, dB", MethodRow::psnr, false);
        Quantity lpips = new Quantity(
                "lpips-steps",
                "LPIPS",
                "Mean LPIPS (lower is better)",
                "mean LPIPS " + evaluation.lpipsNet(),
                MethodRow::lpips,
                false);
        Quantity seconds = new Quantity(
                "seconds-steps",
                "Time",
                "Mean seconds per image",
                "seconds per image (logarithmic)",
                MethodRow::seconds,
                true);
        return Stream.of(psnr, lpips, seconds)
                .filter(quantity -> !quantity.rows(table).isEmpty())
                .map(quantity -> Plots.plot(
                        quantity.name(),
                        quantity.caption() + " over the number of steps, with 95% confidence intervals.",
                        style -> chart(evaluation, quantity, quantity.rows(table), palette, style)))
                .toList();
    }

    private static XYChart chart(
            Evaluation evaluation, Quantity quantity, List<MethodRow> rows, Palette palette, ChartStyle style) {
        XYChart chart = style.chart(quantity.what() + " over steps", "DDIM steps", quantity.axis());
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
