package io.sparkinversion.report;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.XYStyler;

/**
 * Axis ranges with a margin around the data, and our own labels. XChart labels a logarithmic axis at powers of ten only,
 * which leaves most of ours without labels; and given a function that formats labels, it searches for a step at which no
 * two labels are equal, and never returns if there is none.
 */
public final class Axes {
    /** A range of less than this many decades has every 1, 2 and 5 labelled, a wider one every power of ten. */
    private static final double FEW_DECADES = 3.2;

    private static final double ROOM = 0.06;
    /** The part of an axis that a label of its own takes. */
    private static final double LABEL = 0.035;

    private static final int TICKS = 9;
    /** Pixels from the plot to an axis title; our labels are between them. */
    private static final int BESIDE_LABELS = 44;

    private Axes() {}

    public static void linearX(XYChart chart, double... values) {
        double[] range = linear(values);
        chart.getStyler().setXAxisMin(range[0]).setXAxisMax(range[1]);
        labelX(chart, rounds(range[0], range[1]));
    }

    public static void linearY(XYChart chart, double... values) {
        double[] range = linear(values);
        chart.getStyler().setYAxisMin(0, range[0]).setYAxisMax(0, range[1]);
        labelY(chart, rounds(range[0], range[1]));
    }

    /** From 0 to 100 exactly. */
    public static void percentY(XYChart chart) {
        chart.getStyler().setYAxisMin(0, 0.0).setYAxisMax(0, 100.0);
        labelY(chart, rounds(0, 100));
    }

    /** From 1 or the least to the largest, with labels at some of the numbers. */
    public static void integersX(XYChart chart, Collection<Integer> numbers) {
        double[] range =
                linear(numbers.stream().mapToDouble(Integer::doubleValue).toArray());
        chart.getStyler().setXAxisMin(range[0]).setXAxisMax(range[1]);
        labelX(chart, integers(numbers, (range[1] - range[0]) * LABEL));
    }

    public static void logarithmicX(XYChart chart, double... values) {
        double[] range = logarithmic(values);
        chart.getStyler().setXAxisLogarithmic(true).setXAxisMin(range[0]).setXAxisMax(range[1]);
        labelX(chart, decimals(range[0], range[1]));
    }

    public static void logarithmicY(XYChart chart, double... values) {
        double[] range = logarithmic(values);
        chart.getStyler().setYAxisLogarithmic(true).setYAxisMin(0, range[0]).setYAxisMax(0, range[1]);
        labelY(chart, decimals(range[0], range[1]));
    }

    private static void labelX(XYChart chart, Map<Double, String> labels) {
        XYStyler styler = chart.getStyler();
        styler.setPlotGridVerticalLinesVisible(false)
                .setXAxisTicksVisible(false)
                .setAxisTitlePadding(BESIDE_LABELS);
        labels.forEach((at, text) -> chart.addAnnotation(ChartTick.onX(at, text, styler)));
    }

    private static void labelY(XYChart chart, Map<Double, String> labels) {
        XYStyler styler = chart.getStyler();
        styler.setPlotGridHorizontalLinesVisible(false)
                .setYAxisTicksVisible(false)
                .setAxisTitlePadding(BESIDE_LABELS);
        labels.forEach((at, text) -> chart.addAnnotation(ChartTick.onY(at, text, styler)));
    }

    /** Where two labels would touch, only the smaller number has one. */
    static Map<Double, String> integers(Collection<Integer> numbers, double least) {
        Map<Double, String> labels = new LinkedHashMap<>();
        double last = Double.NEGATIVE_INFINITY;
        for (int number : new TreeSet<>(numbers)) {
            if (number - last > least) {
                labels.put((double) number, Integer.toString(number));
                last = number;
            }
        }
        return labels;
    }

    /** Multiples of 1, 2 or 5 times a power of ten, about eight of them. */
    static Map<Double, String> rounds(double low, double high) {
        double rough = (high - low) / TICKS;
        int decade = (int) Math.floor(Math.log10(rough));
        double digit = rough / Math.pow(10, decade);
        double step = (digit > 5 ? 10 : digit > 2 ? 5 : digit > 1 ? 2 : 1) * Math.pow(10, decade);
        Map<Double, String> labels = new LinkedHashMap<>();
        for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
            labels.put(i * step, Numbers.fixed(i * step, Math.max(0, (int) -Math.floor(Math.log10(step) + 1e-9))));
        }
        return labels;
    }

    /** Round numbers for a logarithmic axis: 1, 2, 5, 10 and so on. */
    static Map<Double, String> decimals(double low, double high) {
        boolean few = Math.log10(high / low) < FEW_DECADES;
        Map<Double, String> labels = new LinkedHashMap<>();
        for (int decade = (int) Math.floor(Math.log10(low)); decade <= Math.log10(high); decade++) {
            for (int digit : few ? new int[] {1, 2, 5} : new int[] {1}) {
                double at = digit * Math.pow(10, decade);
                if (at >= low && at <= high) {
                    labels.put(at, Numbers.fixed(at, Math.max(0, -decade)));
                }
            }
        }
        return labels;
    }

    private static double[] linear(double[] values) {
        double low = Arrays.stream(values).filter(Double::isFinite).min().orElse(0);
        double high = Arrays.stream(values).filter(Double::isFinite).max().orElse(1);
        double room = Math.max((high - low) * ROOM, Math.max(Math.abs(low), Math.abs(high)) * 0.01 + 1e-3);
        return new double[] {low - room, high + room};
    }

    private static double[] logarithmic(double[] values) {
        double low = Arrays.stream(values).filter(value -> value > 0).min().orElse(1);
        double high = Arrays.stream(values).filter(value -> value > 0).max().orElse(1);
        double room = Math.max(1.6, Math.pow(high / low, ROOM));
        return new double[] {low / room, high * room};
    }
}
