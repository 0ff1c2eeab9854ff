package io.sparkinversion.evaluation;

import io.sparkinversion.report.ChartStyle;
import io.sparkinversion.report.Plot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.knowm.xchart.XYChart;

/** All plots that the evaluation has the numbers for. */
public final class Plots {
    private Plots() {}

    static List<Plot> of(Evaluation evaluation, ResultTable table) {
        Palette palette = new Palette(evaluation.methods());
        List<Plot> plots = new ArrayList<>();
        if (TimeQualityPlot.applies(table)) {
            plots.add(plot(
                    "time-quality",
                    "Mean PSNR over mean time, with the 95% confidence interval of the PSNR. No row is both faster and"
                            + " better than one on the Pareto front; the autoencoder alone, which inverts nothing,"
                            + " takes no part in it.",
                    style -> TimeQualityPlot.chart(evaluation, table, palette, style)));
        }
        plots.addAll(StepSweepPlots.of(evaluation, table, palette));
        plots.addAll(DistributionPlots.of(evaluation, palette));
        plots.addAll(NullTextPlots.of(evaluation, palette));
        return plots;
    }

    /** A chart on a light and on a dark page. */
    public static Plot plot(String name, String caption, Function<ChartStyle, XYChart> chart) {
        byte[] light = ChartStyle.LIGHT.png(chart.apply(ChartStyle.LIGHT));
        byte[] dark = ChartStyle.DARK.png(chart.apply(ChartStyle.DARK));
        return new Plot(name, caption, light, dark);
    }
}
