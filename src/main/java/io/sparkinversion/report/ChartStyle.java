package io.sparkinversion.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.stream.ImageOutputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.XYSeries.XYSeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** The look of all plots, on a light or a dark page. */
public enum ChartStyle {
    LIGHT(Color.WHITE, new Color(0x1f2328), new Color(0x59636e), new Color(0xe3e6ea)),
    DARK(new Color(0x161b22), new Color(0xe6edf3), new Color(0x9aa4af), new Color(0x2d343d));

    public static final int WIDTH = 960;
    public static final int HEIGHT = 520;
    /** Pixels of the picture for one of the chart, for sharp text on dense displays. */
    private static final int DENSITY = 2;

    private static final int MARKER_SIZE = 9;

    private static final List<Marker> MARKERS = List.of(
            SeriesMarkers.CIRCLE,
            SeriesMarkers.SQUARE,
            SeriesMarkers.DIAMOND,
            SeriesMarkers.TRIANGLE_UP,
            SeriesMarkers.TRIANGLE_DOWN,
            SeriesMarkers.CROSS,
            SeriesMarkers.PLUS,
            SeriesMarkers.TRAPEZOID,
            SeriesMarkers.OVAL,
            SeriesMarkers.RECTANGLE);

    private static final float[][] DASHES = {null, {8, 4}, {2, 3}, {10, 3, 2, 3}};

    private final Color background;
    private final Color text;
    private final Color muted;
    private final Color grid;

    ChartStyle(Color background, Color text, Color muted, Color grid) {
        this.background = background;
        this.text = text;
        this.muted = muted;
        this.grid = grid;
    }

    public XYChart chart(String title, String xAxis, String yAxis) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle(xAxis)
                .yAxisTitle(yAxis)
                .build();
        XYStyler styler = chart.getStyler();
        styler.setLocale(Locale.ROOT);
        styler.setChartBackgroundColor(background).setPlotBackgroundColor(background);
        styler.setChartFontColor(text).setChartTitleFont(font(Font.BOLD, 16)).setChartTitlePadding(12);
        styler.setChartPadding(16);
        styler.setLegendPosition(LegendPosition.OutsideE).setLegendBackgroundColor(background);
        styler.setLegendBorderColor(background)
                .setLegendFont(font(Font.PLAIN, 13))
                .setLegendPadding(10);
        styler.setLegendSeriesLineLength(26);
        styler.setPlotBorderVisible(false);
        styler.setXAxisTitleColor(text).setYAxisTitleColor(text);
        styler.setMarkerSize(MARKER_SIZE);
        styler.setAnnotationTextFont(font(Font.PLAIN, 12)).setAnnotationTextFontColor(muted);
        styler.setAnnotationLineColor(muted);
        styler.setAnnotationLineStroke(
                new BasicStroke(1.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, DASHES[1], 0));
        styler.setAxisTitleFont(font(Font.PLAIN, 14)).setAxisTickLabelsFont(font(Font.PLAIN, 12));
        styler.setAxisTickLabelsColor(muted).setAxisTickMarksColor(grid).setAxisTitlePadding(10);
        styler.setPlotGridLinesColor(grid).setPlotGridLinesStroke(new BasicStroke(1));
        styler.setPlotContentSize(0.98);
        styler.setPlotMargin(0).setAxisTicksLineVisible(false);
        styler.setErrorBarsColorSeriesColor(true);
        return chart;
    }

    /** Lighter on a dark page, for contrast. */
    public Color colour(Color colour) {
        if (this == LIGHT) {
            return colour;
        }
        return new Color(lighter(colour.getRed()), lighter(colour.getGreen()), lighter(colour.getBlue()));
    }

    /** A line in the dash pattern of the index. */
    public XYSeries line(XYSeries series, Color colour, int index) {
        series.setXYSeriesRenderStyle(XYSeriesRenderStyle.Line);
        float[] dashes = DASHES[Math.floorMod(index, DASHES.length)];
        series.setLineStyle(new BasicStroke(2.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, dashes, 0));
        series.setLineColor(colour(colour));
        series.setMarker(SeriesMarkers.NONE);
        return series;
    }

    /** Adds the marker of the index. */
    public XYSeries marker(XYSeries series, Color colour, int index) {
        series.setMarker(MARKERS.get(Math.floorMod(index, MARKERS.size())));
        series.setMarkerColor(colour(colour));
        return series;
    }

    /** Text in the muted colour at a point of the data. */
    public ChartText text(String content, double x, double y) {
        return new ChartText(content, x, y, muted, font(Font.PLAIN, 12));
    }

    public Color muted() {
        return muted;
    }

    /** One below the other. */
    public byte[] png(XYChart... charts) {
        BufferedImage image =
                new BufferedImage(WIDTH * DENSITY, charts.length * HEIGHT * DENSITY, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.scale(DENSITY, DENSITY);
        for (XYChart chart : charts) {
            chart.paint(graphics, WIDTH, HEIGHT);
            graphics.translate(0, HEIGHT);
        }
        graphics.dispose();
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (ImageOutputStream stream = new MemoryCacheImageOutputStream(file)) {
            ImageIO.write(image, "png", stream);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a plot to memory", e);
        }
        return file.toByteArray();
    }

    private static Font font(int style, int size) {
        return new Font(Font.SANS_SERIF, style, size);
    }

    private static int lighter(int channel) {
        return channel + (255 - channel) * 3 / 10;
    }
}
